"""What cards, news and receipts say of refusals by Segmind, of blocked members and of those who have left."""

from __future__ import annotations

import pytest

from klapper.jobs.job import DeliveryState, JobStatus
from klapper.messages import card_texts
from klapper.messages.receipt import build_receipt
from klapper.services.desk import Receipt
from tests.unit.messages.job_views import delivery, view_of
from tests.unit.messages.rendered import text_of

S = JobStatus
HELD = view_of(S.SUCCEEDED, delivery=delivery(DeliveryState.UNDELIVERABLE, reason="held_for_moderators"))


def test_the_news_of_a_refusal_warns_of_a_pause_and_the_card_does_not() -> None:
    warning = "Repeated refusals can lead to a pause."
    refused = view_of(S.REFUSED)
    assert warning in card_texts.news(refused)
    assert warning in card_texts.news_directly(refused)
    assert warning not in text_of(refused)


@pytest.mark.parametrize("reason", ["member_blocked", "cancelled_by_moderator"])
def test_a_card_tells_nobody_that_its_requester_is_blocked(reason: str) -> None:
    view = view_of(S.CANCELLED, job={"reason": reason})
    assert "A moderator cancelled it before it was sent." in text_of(view)
    assert "Your request was cancelled by a moderator." in card_texts.news(view)


def test_a_card_says_that_its_requester_has_left() -> None:
    assert "because its requester has left this server" in text_of(view_of(S.CANCELLED, job={"reason": "member_left"}))


def test_a_clip_that_is_kept_for_moderators_is_said_to_be_so() -> None:
    said = text_of(HELD)
    assert card_texts.headline(HELD) == "Finished, but not delivered"
    assert "It is not posted, and is kept for the moderators of this server for some days." in said
    assert "/jobs recover" not in said


def test_the_receipt_of_such_a_clip_says_where_it_is() -> None:
    receipt = build_receipt(Receipt(HELD, [], [], "{}"))
    assert "Delivery: not posted, kept for the moderators" in receipt.file_text
