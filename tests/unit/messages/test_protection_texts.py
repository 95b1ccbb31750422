"""What cards, news and receipts say of refusals by Segmind, of blocked members and of those who have left."""

from __future__ import annotations

import pytest

from klapper.jobs.job import DeliveryState, JobStatus
from klapper.messages import card_texts
from klapper.messages.receipt import build_receipt
from klapper.moderation.standing import Outlook
from klapper.services.desk import Receipt
from tests.unit.messages.job_views import delivery, view_of
from tests.unit.messages.rendered import text_of

S = JobStatus
HELD = view_of(S.SUCCEEDED, delivery=delivery(DeliveryState.UNDELIVERABLE, reason="held_for_moderators"))


PAUSED_UNTIL_MS = 1_700_000_000_000
CAN_PAUSE = "More refusals like this can lead to a pause."
WATCHED = "for now, a moderator looks at what you ask for first."


@pytest.mark.parametrize(
    ("outlook", "said"),
    [
        (Outlook(can_review=True, can_pause=True), [CAN_PAUSE]),
        (Outlook(can_review=True), ["After more refusals like this, a moderator looks at what you ask for first."]),
        (Outlook(is_watched=True, can_review=True, can_pause=True), [WATCHED, CAN_PAUSE]),
        (Outlook(is_watched=True, can_review=True), [WATCHED]),
        (
            Outlook(PAUSED_UNTIL_MS, is_watched=True, can_pause=True),
            ["you can make clips here again <t:1700000000:R>."],
        ),
        (Outlook(), []),
    ],
)
def test_what_follows_from_a_refusal_is_read_by_its_requester_alone(outlook: Outlook, said: list[str]) -> None:
    refused = view_of(S.REFUSED, outlook=outlook)
    every = [CAN_PAUSE, WATCHED, "make clips here again", "After more refusals"]
    for private in (
        card_texts.news_directly(refused),
        text_of(refused, for_requester=True),
        card_texts.news(view_of(S.REFUSED, outlook=outlook, job={"deliver_to": "dm"})),
    ):
        assert [words for words in said if words not in private] == []
        assert sum(words in private for words in every) == len(said)
    assert not [words for words in every if words in card_texts.news(refused) + text_of(refused)]


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
