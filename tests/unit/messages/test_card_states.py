"""What a card says in every state: plain words, true ones, and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.messages import card_texts, clip_texts
from klapper.services.views import JobView, Money, MoneyState, WaitingFor
from tests.unit.messages.job_views import CARD, CHANNEL, CREATED_MS, FINISHED_MS, GUILD, POSTED_MS, delivery, view_of
from tests.unit.messages.rendered import text_of

S, W, D, C = JobStatus, WaitingFor, DeliveryState, CopyState
CARD_LINK = f"https://discord.com/channels/{GUILD}/{CHANNEL}/{CARD}"
LINK = "https://images.segmind.com/generations/x.mp4"

STATES: list[tuple[JobView, str, str]] = [
    (view_of(S.IN_REVIEW), "In review", "A moderator looks at this request before anything is sent."),
    (
        view_of(S.WAITING, waiting_for=W.UNDO),
        "Waiting",
        f"It is sent <t:{CREATED_MS // 1000}:R> at the earliest, when its turn comes; you can cancel it until then.",
    ),
    (view_of(S.WAITING, waiting_for=W.TURN), "Waiting", "It waits for its turn."),
    (view_of(S.WAITING, waiting_for=W.TURN, place=1), "Waiting", "It waits for its turn and is next."),
    (view_of(S.WAITING, waiting_for=W.TURN, place=3), "Waiting", "It waits for its turn, about 3rd."),
    (
        view_of(S.WAITING, waiting_for=W.TURN, place=2, job={"attempts": 1}),
        "Waiting",
        "Segmind did not take it and nothing was charged; it is tried again. It waits for its turn, about 2nd.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.OWN_JOBS, place=1),
        "Waiting",
        "As many of your jobs as may run at a time are at Segmind. This one goes on when one of them ends.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.GUILD_PAUSED),
        "Waiting",
        "Klapper is paused on this server. This request keeps its place and goes on when the server's managers resume; "
        "it can be cancelled.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.EQUAL_UNCLEAR),
        "Waiting",
        "An equal request was sent and its outcome is still unclear.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.UPLOAD, job={"reason": "upload_failed"}),
        "Waiting",
        "Its images could not be handed to Segmind yet. That is tried again and nothing is charged meanwhile; it can "
        "be cancelled.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.PROVIDER_PAUSED, pause_reason="bad_key"),
        "Waiting",
        "Segmind does not accept this bot's key at the moment. This request keeps its place until that is mended; "
        "it can be cancelled.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.PROVIDER_PAUSED, pause_reason="no_credits"),
        "Waiting",
        "This bot's account at Segmind has run out of money.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.PROVIDER_PAUSED, pause_reason="low_balance"),
        "Waiting",
        "This bot's account at Segmind does not have enough money left at the moment. This request keeps its place "
        "until that is mended; it can be cancelled.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.PROVIDER_PAUSED, pause_reason="team_limit"),
        "Waiting",
        "This bot's spending limit at Segmind is reached.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.PROVIDER_PAUSED, pause_reason="forbidden"),
        "Waiting",
        "Segmind does not let this bot use the model at the moment.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.PROVIDER_PAUSED, pause_reason="retired"),
        "Waiting",
        "Segmind no longer offers this model.",
    ),
    (
        view_of(S.WAITING, waiting_for=W.PROVIDER_PAUSED, pause_reason="something_new"),
        "Waiting",
        "Nothing is sent to Segmind at the moment.",
    ),
    (view_of(S.SENDING), "Being sent", "It is being handed to Segmind, which cannot cancel it."),
    (view_of(S.QUEUED), "In Segmind's queue", "Segmind has it, will start on it soon, and cannot cancel it."),
    (view_of(S.PROCESSING), "Being made", "Segmind is making it and cannot cancel it."),
    (
        view_of(S.UNKNOWN),
        "Outcome unclear",
        "Segmind did not answer clearly when this was sent. That is being clarified; nothing is sent twice.",
    ),
    (view_of(S.SUCCEEDED), "Done", "The clip is finished."),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.PENDING)),
        "Finished, the clip is on its way",
        "The clip is finished and will be here in a moment.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.PENDING, attempts=2, reason="try_later")),
        "Finished, the clip is on its way",
        "Bringing it here did not work yet and is tried again.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.PENDING, copy=C.SHRINKING)),
        "Finished, the clip is on its way",
        "The clip is finished, but too large to be attached. A smaller copy is being made.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.PENDING, copy=C.CONVERTING, attempts=2)),
        "Finished, the clip is on its way",
        "in a format that Discord does not play. A copy that it plays is being made.",
    ),
    (view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="attached")), "Done", "Here is the clip."),
    (
        view_of(
            S.SUCCEEDED,
            delivery=delivery(D.DELIVERED, way="attached", copy=C.SMALLER),
            link=LINK,
            link_until_ms=FINISHED_MS,
        ),
        "Done",
        "Here is a smaller copy: the clip itself is too large to be attached here.\n"
        f"[Open the original]({LINK}) until <t:{FINISHED_MS // 1000}:f>: save it by then.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="attached", copy=C.CONVERTED)),
        "Done",
        "Here is a copy that Discord plays, which it does not with the clip's own format.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="attached", copy=C.FAILED)),
        "Done",
        "Here is the clip as a file. Discord does not play its format here: download it to watch it.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="recovered")),
        "Done",
        "The clip was given to its requester with `/jobs recover`.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="linked"), link=LINK, link_until_ms=FINISHED_MS),
        "Done",
        f"The clip could not be attached here. [Open the clip]({LINK}) until <t:{FINISHED_MS // 1000}:f>: save it by "
        "then.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="linked"), link=LINK),
        "Done",
        f"[Open the clip]({LINK})",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="linked"), link="https://h/" + "a" * 2000),
        "Done",
        "The clip could not be attached. The receipt has its address.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="replied")),
        "Done",
        "The clip is in the reply to this message.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="dm")),
        "Done",
        "The clip went to its requester as a direct message.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.UNDELIVERABLE, reason="no_media")),
        "Finished, but not delivered",
        "Segmind says that it is finished, but its clip could not be loaded and is nowhere else.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.UNDELIVERABLE, reason="unreachable")),
        "Finished, but not delivered",
        "It is kept for some days: `/jobs recover` gives it to you.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.REMOVED, reason="requester")),
        "Deleted",
        "The clip was made and was deleted by its requester.",
    ),
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.REMOVED, reason="moderator")),
        "Deleted",
        "The clip was made and was deleted by a moderator.",
    ),
    (
        view_of(S.FAILED, delivery=delivery(D.REMOVED, reason="moderator")),
        "Not made",
        "Its card was deleted by a moderator.",
    ),
    (view_of(S.SUCCEEDED, delivery=delivery(D.NONE)), "Done", "The clip is finished."),
    (view_of(S.FAILED), "Not made", "Segmind could not make this. Press Run again to try once more."),
    (replace(view_of(S.FAILED), request=None), "Not made", "Segmind could not make this.\n"),
    (
        view_of(S.FAILED, job={"reason": "bad_parameter"}),
        "Not made",
        "Segmind did not accept one of the options: change them and ask again.",
    ),
    (
        view_of(S.FAILED, job={"reason": "model_retired"}),
        "Not made",
        "Segmind no longer offers this model: choose another one.",
    ),
    (
        view_of(S.FAILED, job={"reason": "image_refused", "provider_text": "too dark"}),
        "Not made",
        "Segmind did not accept one of the images: choose another one and ask again.\nSegmind says: “too dark”",
    ),
    (
        view_of(S.FAILED, job={"reason": "image_lost"}),
        "Not made",
        "One of the images was not kept long enough: attach it again and ask again.",
    ),
    (
        view_of(S.FAILED, job={"provider_text": "internal **error** <@1>"}),
        "Not made",
        "Segmind says: “internal \\*\\*error\\*\\* \\<\\@1\\>”",
    ),
    (
        view_of(S.REFUSED, job={"provider_text": "risk control"}),
        "Refused by Segmind",
        "Segmind's content check refused this. Change the prompt and ask again.\nSegmind says: “risk control”",
    ),
    (view_of(S.REJECTED), "Declined", "A moderator declined this request. Nothing was sent."),
    (view_of(S.FAILED, job={"reason": "bad_request"}), "Not made", "change the prompt or the options and ask again."),
    (view_of(S.CANCELLED), "Cancelled", "It was cancelled before it was sent."),
    (
        view_of(S.CANCELLED, job={"reason": "cancelled_by_moderator"}),
        "Cancelled",
        "A moderator cancelled it before it was sent.",
    ),
    (view_of(S.CANCELLED, job={"reason": "guild_gone"}), "Cancelled", "because Klapper was removed from its server."),
    (view_of(S.EXPIRED), "Expired", "It could not be sent in time. Ask again if you still want it."),
    (
        view_of(S.ABANDONED),
        "No answer",
        "Segmind has not said what became of this. It is still watched: should the clip turn up, it is posted here and "
        "costs nothing.",
    ),
]


@pytest.mark.parametrize(("view", "headline", "sentence"), STATES)
def test_a_card_says_its_state(view: JobView, headline: str, sentence: str) -> None:
    shown = text_of(view)
    assert shown.startswith(f"### {headline} · ")
    assert sentence in shown


def test_the_table_knows_every_state() -> None:
    shown = {(view.job.status, None if view.delivery is None else view.delivery.state) for view, _, _ in STATES}
    assert {status for status, _ in shown} == set(JobStatus)
    assert {state for _, state in shown} - {None} == set(DeliveryState)
    assert {view.waiting_for for view, _, _ in STATES} - {None} == set(WaitingFor)


@pytest.mark.parametrize(("view", "headline", "sentence"), STATES)
def test_no_card_shows_a_percentage(view: JobView, headline: str, sentence: str) -> None:
    assert "%" not in text_of(view).replace(LINK, "")


@pytest.mark.parametrize(
    ("money", "said"),
    [
        (Money(MoneyState.HELD, 84), "84 credits reserved, charged only when the clip is finished."),
        (Money(MoneyState.CHARGED, 84), "84 credits charged."),
        (Money(MoneyState.RELEASED, 84), "Nothing charged, 84 credits given back."),
        (Money(MoneyState.RELEASED, 0), "Nothing charged."),
        (Money(MoneyState.REFUNDED, 1), "1 credit given back."),
        (Money(MoneyState.HELD, 0), "Free of charge."),
        (Money(MoneyState.CHARGED, 0), "Free of charge."),
    ],
)
def test_the_money_line_says_what_the_books_say(money: Money, said: str) -> None:
    assert card_texts.money(money) == said


@pytest.mark.parametrize("status", JobStatus)
@pytest.mark.parametrize("state", MoneyState)
def test_only_the_books_make_a_card_speak_of_credits_that_went_back(status: JobStatus, state: MoneyState) -> None:
    shown = text_of(view_of(status, money=Money(state, 84))).lower()
    assert ("\n84 credits given back" in shown) == (state is MoneyState.REFUNDED)
    assert ("nothing charged" in shown) == (state is MoneyState.RELEASED)
    assert ("84 credits charged" in shown) == (state is MoneyState.CHARGED)


TIMES: list[tuple[dict[str, Any], str]] = [
    ({"status": S.SENDING}, f"Asked <t:{CREATED_MS // 1000}:R>"),
    ({"status": S.WAITING}, f"Asked <t:{CREATED_MS // 1000}:R>"),
    ({"status": S.PROCESSING}, f"Sent <t:{POSTED_MS // 1000}:R>"),
    (
        {"status": S.PROCESSING, "eta_at_ms": FINISHED_MS},
        f"Sent <t:{POSTED_MS // 1000}:R> · usually done <t:{FINISHED_MS // 1000}:R>",
    ),
    ({"status": S.PROCESSING, "eta_at_ms": FINISHED_MS, "overdue": True}, f"Sent <t:{POSTED_MS // 1000}:R>"),
    ({"status": S.UNKNOWN, "eta_at_ms": FINISHED_MS}, f"Sent <t:{POSTED_MS // 1000}:R>"),
    ({"status": S.SUCCEEDED}, f"Ended <t:{FINISHED_MS // 1000}:R> after 2 min 31 s"),
    ({"status": S.SUCCEEDED, "job": {"run_time_s": 90.2}}, f"Ended <t:{FINISHED_MS // 1000}:R> after 1 min 30 s"),
    ({"status": S.CANCELLED}, f"Ended <t:{FINISHED_MS // 1000}:R>"),
]


@pytest.mark.parametrize(("state", "said"), TIMES)
def test_times_are_discord_timestamps(state: dict[str, Any], said: str) -> None:
    assert card_texts.times(view_of(**state)) == said


def test_an_overdue_job_is_said_to_take_longer_than_usual() -> None:
    assert "longer than usual" in text_of(view_of(overdue=True, eta_at_ms=FINISHED_MS))
    assert "longer than usual" not in text_of(view_of(eta_at_ms=FINISHED_MS))


def test_a_forgotten_requester_is_not_mentioned() -> None:
    forgotten = view_of(S.SUCCEEDED, job={"user_id": None})
    assert "<@" not in card_texts.news(forgotten)
    assert "Asked by a former member" in text_of(forgotten)


def test_a_card_says_once_that_credits_are_reserved() -> None:
    assert text_of(view_of(S.UNKNOWN)).count("reserved") == 1


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("attached", f"The clip is in [the job's card]({CARD_LINK})."),
        ("replied", f"The clip is in the reply to [the job's card]({CARD_LINK})."),
        ("dm", "The clip went to its requester as a direct message."),
    ],
)
def test_beside_the_card_the_way_to_the_clip_is_shown(way: str, said: str) -> None:
    view = view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way=way))
    shown = text_of(view, for_requester=True)
    assert said in shown
    assert "Here is the clip" not in shown


def test_a_clip_whose_card_was_deleted_is_not_linked() -> None:
    view = view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="attached"))
    assert view.card is not None
    lost = replace(view, card=replace(view.card, lost="deleted"))
    assert "The clip was in the job's card, which is gone." in text_of(lost, for_requester=True)


def test_the_card_of_a_deleted_job_is_not_linked() -> None:
    assert clip_texts.card_link(view_of(S.FAILED)) == CARD_LINK
    assert clip_texts.card_link(view_of(S.FAILED, delivery=delivery(D.REMOVED, reason="requester"))) is None


def test_the_card_of_a_job_in_the_dm_is_linked_there() -> None:
    view = view_of(S.SUCCEEDED, job={"deliver_to": "dm"}, delivery=delivery(D.DELIVERED, way="attached"))
    assert f"https://discord.com/channels/@me/{CHANNEL}/{CARD}" in text_of(view, for_requester=True)
