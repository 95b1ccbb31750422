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
from klapper.messages.case_texts import quoted, reminder, settled, whole_file
from klapper.messages.job_card import components
from klapper.messages.report_texts import settled as report_settled
from klapper.moderation.cases import Outcome
from klapper.moderation.decisions import Recorded
from klapper.moderation.policy import Decision, Verdict
from klapper.moderation.reasons import Reason
from klapper.moderation.standings import Strike
from klapper.services.member_record import MemberRecord
from klapper.services.views import Money, MoneyState
from tests.unit.messages.case_views import NOW_MS, case_view, report_view

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
    assert labels(build_case(case_view())) == ["Approve", "Decline…", "Block member…", "Whole request"]
    assert labels(build_case(case_view(Outcome.APPROVED))) == ["Whole request"]


def test_of_an_appeal_the_refusal_can_be_called_wrong() -> None:
    view = case_view(reasons=(Reason("appeal"), Reason("guild_term", "peg")), words="It is of wood.")
    assert labels(build_case(view))[:2] == ["Approve", "Approve, refusal was wrong"]
    assert "> It is of wood." in text_of(build_case(view))
    assert labels(build_case(case_view(Outcome.APPROVED, reasons=(Reason("appeal"), Reason("guild_term", "peg"))))) == [
        "Whole request"
    ]


BY_NOBODY_ELSE = (Outcome.WITHDRAWN, Outcome.REPLACED, Outcome.EXPIRED)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_settled_case_says_how_it_ended_by_whom_and_why(outcome: Outcome) -> None:
    shown = text_of(build_case(case_view(outcome, note="Not here.\n### Approved")))
    assert ("by <@9>" in shown) is (outcome not in BY_NOBODY_ELSE)
    assert " by its requester by" not in shown
    assert "> Not here." in shown
    assert "\n### Approved" not in shown


def test_every_reason_has_a_line_of_its_own_with_its_term_and_its_note_before_and_after_the_verdict() -> None:
    reasons = tuple(
        Reason(*one)
        for one in (("appeal",), ("guild_term", "gun"), ("review_term", "peg"), ("remote:violence",), ("review_mode",))
    )
    for outcome, head in ((None, "In review because:"), (Outcome.APPROVED, "Was in review because:")):
        shown = text_of(build_case(case_view(outcome, reasons=reasons, notes={"peg": "ask the carpenter"})))
        assert (
            f"{head}\n- the member appeals a refusal\n- the term “gun” is blocked by this server\n"
            "- the term “peg” of the filter wants a look (note: ask the carpenter)\n"
            "- a check objects: remote\\:violence\n- requests here wait for a moderator"
        ) in shown


def test_a_prompt_that_is_cut_says_how_much_is_missing_and_who_has_it() -> None:
    prompt = "a_fox " * 400
    shown = text_of(build_case(case_view(request=VideoRequest(prompt=prompt))))
    (cut,) = [line for line in shown.split("\n") if line.startswith("> a")]
    kept = len(cut.removeprefix("> ").removesuffix("…").replace("\\", ""))
    assert f"⚠ {len(prompt.strip()) - kept:,} more characters are not shown: **Whole request** has them." in shown
    assert "not shown" not in text_of(build_case(case_view(request=FULL)))
    assert whole_file(case_view(request=VideoRequest(prompt=prompt)), "{}").count("a_fox") == 400


def test_a_card_that_has_no_room_for_a_part_says_so() -> None:
    request = VideoRequest(
        prompt="x" * 1_000, negative_prompt="@" * 400, shots=tuple(Shot("@" * 450, 3) for _ in "1234")
    )
    view = case_view(request=request, words="_" * 500, note="_" * 500, outcome=Outcome.REJECTED)
    assert "Whole request" in text_of(build_case(view))


RECORD = MemberRecord(3, strikes=(Strike("moderator", "k7m2p9xd", NOW_MS),))
WRONG = Recorded(
    1,
    42,
    1,
    "",
    Decision(Verdict.ALLOWED, "approved", reasons=(Reason("approved"), Reason("guild_term", "gun"))),
    "member:9",
    0,
)


def test_a_settled_card_and_its_answer_say_what_the_verdict_did_besides() -> None:
    wrong = case_view(Outcome.APPROVED, decision=WRONG)
    assert "Approved by <@9> <t:1700000060:R>: the refusal by “gun” was wrong." in text_of(build_case(wrong))
    assert "is approved: the refusal by “gun” was wrong." in settled(wrong)
    struck = case_view(Outcome.REJECTED, record=RECORD)
    assert "Declined by <@9> <t:1700000060:R>, with a strike." in text_of(build_case(struck))
    assert "is declined, with a strike." in settled(struck)
    money = Money(MoneyState.REFUNDED, 84)
    down = report_view(Outcome.TAKEN_DOWN, record=RECORD, money=money)
    assert "Taken down by <@9> <t:1700000060:R>, with a strike, 84 credits given back." in text_of(build_case(down))
    assert "Its requester has a strike for it." in report_settled(down)


def test_who_made_nothing_yet_is_said_in_words() -> None:
    assert "Nothing made here yet." in text_of(build_case(case_view(record=MemberRecord(3))))
    assert "Nothing made here yet. Their record: 1 strike." in text_of(build_case(case_view(record=RECORD)))


def test_what_nobody_decided_says_when_it_expired() -> None:
    shown = text_of(build_case(case_view(Outcome.EXPIRED, closed_by=None)))
    assert "Expired <t:1700000060:R>: nobody decided in time." in shown


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
