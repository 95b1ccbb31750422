"""Who reads what moderators wrote: the requester alone, of what was declined or taken down; nobody of a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cogs import job_texts
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.messages import card_texts
from klapper.messages.receipt import build_receipt
from klapper.moderation.cases import Case, CaseCard, CaseKind, Outcome
from klapper.moderation.reasons import Reason
from klapper.services.desk import Receipt
from klapper.services.views import JobView, Money, MoneyState
from tests.unit.messages.job_views import CREATED_MS, GUILD, JOB_ID, delivery, view_of
from tests.unit.messages.rendered import text_of

S = JobStatus
WORDS = "Not with that face."
ELSEWHERE = "`/jobs show` has what they wrote."


def case_of(outcome: Outcome | None, *, kind: CaseKind = "review", reasons: tuple[str, ...] = ("review_mode",)) -> Case:
    closed = None if outcome is None else CREATED_MS
    return Case(
        case_id=1,
        kind=kind,
        guild_id=GUILD,
        job_id=JOB_ID,
        opened_by="klapper",
        opened_at_ms=CREATED_MS,
        reasons=tuple(map(Reason, reasons)),
        words="",
        outcome=outcome,
        closed_by=None if outcome is None else "member:7",
        closed_at_ms=closed,
        note="" if outcome is None else WORDS,
        reminded_at_ms=None,
        card=CaseCard(),
    )


def declined(**job: Any) -> JobView:
    return view_of(S.REJECTED, review=case_of(Outcome.REJECTED), job={"reason": "rejected", **job})


BLOCKED = [
    view_of(S.REJECTED, review=case_of(Outcome.BLOCKED), job={"reason": "member_blocked", "deliver_to": to})
    for to in ("here", "dm")
]
TAKEN_DOWN = view_of(
    S.SUCCEEDED,
    delivery=delivery(DeliveryState.REMOVED, reason="moderator"),
    takedown=case_of(Outcome.TAKEN_DOWN, kind="report"),
    money=Money(MoneyState.REFUNDED, 84),
)


def receipt(view: JobView) -> str:
    made = build_receipt(Receipt(view, [], [], "{}"))
    return f"{made.content}\n{made.file_text}"


def show(view: JobView) -> str:
    return text_of(view, with_buttons=False, for_requester=True)


PRIVATE: list[Callable[[JobView], str]] = [card_texts.news_directly, show, receipt]
PUBLIC: list[Callable[[JobView], str]] = [card_texts.news, text_of]
LISTS: list[Callable[[JobView], str]] = [lambda view: job_texts.job_list([view]), job_texts.choice]


@pytest.mark.parametrize("reads", [*PRIVATE, *PUBLIC, *LISTS])
@pytest.mark.parametrize("view", BLOCKED)
def test_why_a_member_was_blocked_is_read_by_moderators_alone(view: JobView, reads: Callable[[JobView], str]) -> None:
    assert WORDS.rstrip(".") not in reads(view)
    assert "/jobs show" not in reads(view)


@pytest.mark.parametrize("view", BLOCKED)
def test_a_block_is_told_as_a_decline_wherever_it_stands(view: JobView) -> None:
    assert card_texts.headline(view) == "Declined"
    for news in (card_texts.news(view), card_texts.news_directly(view)):
        assert "Your request was declined by a moderator." in news
        assert "cancelled" not in news


@pytest.mark.parametrize("reads", PRIVATE)
def test_why_it_was_declined_is_read_by_its_requester(reads: Callable[[JobView], str]) -> None:
    assert WORDS in reads(declined()).replace("\\", "")


@pytest.mark.parametrize("reads", [*PUBLIC, *LISTS])
def test_why_it_was_declined_is_read_by_nobody_else(reads: Callable[[JobView], str]) -> None:
    assert WORDS.rstrip(".") not in reads(declined())


def test_in_the_channel_the_requester_reads_where_it_stands() -> None:
    assert ELSEWHERE in card_texts.news(declined())
    assert "Its requester reads why in `/jobs show`." in text_of(declined())
    said_nothing = view_of(S.REJECTED)
    assert "/jobs show" not in card_texts.news(said_nothing) + text_of(said_nothing)


def test_below_a_card_in_the_direct_message_they_read_why() -> None:
    news = card_texts.news(declined(deliver_to="dm"))
    assert f"> {WORDS}" in news
    assert ELSEWHERE not in news


def test_a_direct_message_says_which_request_was_declined() -> None:
    news = card_texts.news_directly(declined())
    assert news.startswith("Your request was declined by a moderator. Its prompt: “a fox in the snow”.")


def test_that_it_was_an_appeal_is_said_in_private_alone() -> None:
    appeal = view_of(S.REJECTED, review=case_of(Outcome.REJECTED, reasons=("appeal", "guild_term")))
    assert card_texts.news_directly(appeal).startswith("Your appeal was declined by a moderator.")
    assert "Your request was declined by a moderator." in card_texts.news(appeal)


def test_who_lost_a_clip_reads_why_on_their_list() -> None:
    assert "**Taken down** · 84 credits given back" in job_texts.job_list([TAKEN_DOWN])
    assert f"Moderators took this clip down. They wrote:\n> {WORDS}" in show(TAKEN_DOWN)
    assert WORDS in receipt(TAKEN_DOWN)
    assert "Delivery: taken down by moderators" in receipt(TAKEN_DOWN)


def test_a_takedown_is_said_whoever_deleted_the_card_before() -> None:
    hidden = view_of(
        S.SUCCEEDED,
        delivery=delivery(DeliveryState.REMOVED, reason="requester"),
        takedown=case_of(Outcome.TAKEN_DOWN, kind="report"),
    )
    assert card_texts.headline(hidden) == "Taken down"
    assert "deleted" not in show(hidden)


def test_who_could_not_be_reached_reads_on_their_list_how_to_get_the_clip() -> None:
    for reason, is_named in (("unreachable", True), ("no_media", False), ("held_for_moderators", False)):
        view = view_of(S.SUCCEEDED, delivery=delivery(DeliveryState.UNDELIVERABLE, reason=reason))
        assert ("`/jobs recover` gives you the clip" in job_texts.job_list([view])) is is_named


@pytest.mark.parametrize("reason", ["mode_changed", "level_lost"])
def test_a_request_that_went_back_to_review_says_why(reason: str) -> None:
    view = view_of(S.IN_REVIEW, review=case_of(None, reasons=(reason,)), place=1)
    assert "The rules here became stricter after this was asked for" in text_of(view)
    asked_there = view_of(S.IN_REVIEW, review=case_of(None), place=1)
    assert "stricter" not in text_of(asked_there)


@pytest.mark.parametrize("status", [S.IN_REVIEW, S.REJECTED])
def test_a_card_in_the_direct_message_shows_its_reader_the_prompt(status: JobStatus) -> None:
    assert "a fox in the snow" in text_of(view_of(status, job={"deliver_to": "dm"}))
    assert "a fox in the snow" not in text_of(view_of(status))
