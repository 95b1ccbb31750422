"""What moderators read about a request: all of it, quoted, and nothing in it can pass for a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from klapper.kling.request import Shot, VideoRequest
from klapper.messages.case_card import build_case, build_queue
from klapper.messages.case_texts import quoted, reminder
from klapper.messages.job_card import components
from klapper.moderation.cases import Outcome
from tests.unit.messages.case_views import case_view

FULL = VideoRequest(
    prompt="a fox",
    negative_prompt="blur",
    shots=(Shot("it runs", 5), Shot("it rests", 5)),
    model="v3",
    start_image="a" * 64,
)


def parts(view: ui.LayoutView) -> list[dict[str, Any]]:
    return list(_parts(components(view)))


def _parts(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in found:
        yield part
        yield from _parts([*(part.get("components") or []), *([part["accessory"]] if "accessory" in part else [])])


def text_of(view: ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in parts(view) if "content" in part)


def labels(view: ui.LayoutView) -> list[str]:
    return [part["label"] for part in parts(view) if part.get("type") == 2]


def test_an_open_case_shows_everything_that_would_be_made() -> None:
    shown = text_of(build_case(case_view(request=FULL)))
    for said in ("a fox", "blur", "it runs", "it rests", "84 credits", "wait for a moderator", "expires <t:"):
        assert said in shown, said


def test_an_open_case_can_be_settled_and_a_settled_one_cannot() -> None:
    assert labels(build_case(case_view())) == ["Approve", "Reject…", "Block member…", "Whole request"]
    assert labels(build_case(case_view(Outcome.APPROVED))) == ["Whole request"]


def test_of_an_appeal_the_refusal_can_be_called_wrong() -> None:
    view = case_view(reasons=("appeal", "guild_term"), words="It is of wood.")
    assert labels(build_case(view))[:2] == ["Approve", "Approve, refusal was wrong"]
    assert "> It is of wood." in text_of(build_case(view))
    assert labels(build_case(case_view(Outcome.APPROVED, reasons=("appeal", "guild_term")))) == ["Whole request"]


BY_NOBODY_ELSE = (Outcome.WITHDRAWN, Outcome.REPLACED, Outcome.EXPIRED)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_settled_case_says_how_it_ended_by_whom_and_why(outcome: Outcome) -> None:
    shown = text_of(build_case(case_view(outcome, note="Not here.\n### Approved")))
    assert ("by <@9>" in shown) is (outcome not in BY_NOBODY_ELSE)
    assert " by its requester by" not in shown
    assert "> Not here." in shown
    assert "\n### Approved" not in shown


def test_the_images_are_spoilers() -> None:
    card = build_case(case_view(), files=["SPOILER_image-1.png", "SPOILER_image-2.jpg"])
    (gallery,) = [part for part in parts(card) if "items" in part]
    assert [item["spoiler"] for item in gallery["items"]] == [True, True]


@given(st.text(max_size=400))
def test_every_line_of_a_members_words_is_a_quotation(words: str) -> None:
    assert all(line.startswith("> ") for line in quoted(words, 200).split("\n"))


SENDABLE = st.characters(exclude_categories=["Cc", "Cs"])


@given(st.text(SENDABLE, max_size=3_000), st.text(max_size=3_000))
def test_a_card_of_any_length_fits_into_a_message(prompt: str, note: str) -> None:
    view = case_view(Outcome.REJECTED, request=VideoRequest(prompt=f"x{prompt}"[:2_500]), note=note[:500], words=note)
    assert len(text_of(build_case(view))) <= 4_000


def test_a_page_of_the_queue_has_a_button_for_each_case() -> None:
    page = build_queue([case_view(), case_view(case_id=18)], total=12, number=1)
    assert "12 requests to decide about" in text_of(page)
    assert labels(page) == ["Open", "Open", "Next"]
    assert labels(build_queue([], total=0, number=1)) == []


def test_a_reminder_names_the_roles_and_the_oldest() -> None:
    said = reminder([case_view(), case_view(case_id=18)], [5, 6], [None, None])
    assert said.startswith("<@&5> <@&6> 2 requests wait for a decision")
    assert "/moderate queue" in said
