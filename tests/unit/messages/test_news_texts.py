"""The one message that pings, below the card, and the same as a direct message: how which job ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from klapper.jobs.job import DeliveryState, JobStatus
from klapper.messages import card_texts
from klapper.services.views import JobView, Money, MoneyState
from tests.unit.messages.job_views import CARD, CHANNEL, GUILD, delivery, view_of

S, D = JobStatus, DeliveryState
CARD_LINK = f"https://discord.com/channels/{GUILD}/{CHANNEL}/{CARD}"

NOTHING_CHARGED = "Nothing charged, 84 credits given back."
ENDINGS = [
    (
        view_of(S.SUCCEEDED, delivery=delivery(D.DELIVERED, way="attached")),
        "Your clip is ready.",
        "84 credits charged.",
    ),
    (
        view_of(
            S.SUCCEEDED,
            delivery=delivery(D.UNDELIVERABLE, reason="no_media"),
            money=Money(MoneyState.REFUNDED, 84),
        ),
        "Your clip was made, but could not be loaded.",
        "84 credits given back.",
    ),
    (view_of(S.FAILED), "Your clip could not be made.", NOTHING_CHARGED),
    (view_of(S.REFUSED), "Your request was refused by Segmind's content check.", NOTHING_CHARGED),
    (view_of(S.REJECTED), "Your request was declined by a moderator.", NOTHING_CHARGED),
    (
        view_of(S.REJECTED, job={"reason": "member_blocked"}),
        "Your request was declined by a moderator.",
        NOTHING_CHARGED,
    ),
    (view_of(S.EXPIRED), "Your request expired before it could be sent.", NOTHING_CHARGED),
    (view_of(S.CANCELLED), "Your request was cancelled.", NOTHING_CHARGED),
    (
        view_of(S.CANCELLED, job={"reason": "cancelled_by_moderator"}),
        "Your request was cancelled by a moderator.",
        NOTHING_CHARGED,
    ),
    (view_of(S.ABANDONED), "Segmind never said what became of your clip.", NOTHING_CHARGED),
]


@pytest.mark.parametrize(("view", "said", "money"), ENDINGS)
def test_the_ping_says_how_it_ended(view: JobView, said: str, money: str) -> None:
    news = card_texts.news(view)
    assert news.startswith(f"<@42> {said} {money}\n")
    assert "`abcd2345`" in news


@pytest.mark.parametrize(("view", "said", "money"), ENDINGS)
def test_the_news_in_the_dm_says_how_what_ended_and_where_the_card_is(view: JobView, said: str, money: str) -> None:
    news = card_texts.news_directly(view)
    assert news.startswith(f"{said} Its prompt: “a fox in the snow”. {money}\n")
    assert f"[See the job's card]({CARD_LINK})" in news
    assert "`abcd2345`" in news


def test_the_news_in_the_dm_names_no_card_that_is_gone() -> None:
    view = view_of(S.FAILED)
    assert view.card is not None
    news = card_texts.news_directly(replace(view, card=replace(view.card, lost="deleted")))
    assert "card" not in news
    assert news.startswith("Your clip could not be made.")
