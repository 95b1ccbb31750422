"""What a history says of each movement."""

from __future__ import annotations

import pytest

from klapper.jobs.cards import CardPlace
from klapper.ledger.records import Kind, Movement
from klapper.messages import card_texts
from klapper.messages.history_texts import NOTHING, REASONS, history, now_available, reason_of
from klapper.services.history import HistoryLine
from klapper.services.movements import LARGEST_GRANT, REASON_CHARS

AT_MS = 1_767_225_600_000
MANY = 2**63


def said(kind: Kind, reason: str = "", *, change: int = 0, left: int | None = None) -> str:
    return history([HistoryLine(Movement(kind, 84, reason, None, AT_MS, change, left))])


def test_only_what_changes_what_one_has_has_a_sign() -> None:
    assert said(Kind.RESERVE, change=-84) == "<t:1767225600:f> **-84** reserved"
    assert said(Kind.SETTLE) == "<t:1767225600:f> **84** charged, from what was reserved"
    assert "**+1,084**" in said(Kind.GRANT, change=1_084)


def test_it_says_what_was_left_afterwards() -> None:
    assert said(Kind.RESERVE, change=-84, left=1_416).endswith("reserved · 1,416 left")
    assert said(Kind.RESERVE, change=-84, left=0).endswith(" · 0 left")


def test_an_allowance_is_told_from_a_managers_grant() -> None:
    assert "your new allowance" in said(Kind.GRANT, "period", change=84)
    assert "granted by a manager" in said(Kind.GRANT, "grant", change=84)


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.REFUND])
def test_what_came_back_says_why(kind: Kind) -> None:
    assert "**+84** given back: the model is no longer offered" in said(kind, "retired", change=84)
    assert "given back" in said(kind, "a code of another version", change=84)


@pytest.mark.parametrize("reason", sorted({*card_texts._BY_REASON, *card_texts._FAILURES}))
def test_every_end_that_a_card_explains_has_words_here(reason: str) -> None:
    assert reason_of(Kind.RELEASE, reason)


def test_a_job_is_a_link_where_its_card_can_be_seen() -> None:
    moved = Movement(Kind.RESERVE, 84, "job", "k7m2p9xd", AT_MS, -84)
    assert history([HistoryLine(moved)]).endswith("· job `k7m2p9xd`")
    here, direct = CardPlace(1, 2, 3), CardPlace(None, 2, 3)
    assert history([HistoryLine(moved, here)]).endswith("[job k7m2p9xd](https://discord.com/channels/1/2/3)")
    assert history([HistoryLine(moved, direct)]).endswith("(https://discord.com/channels/@me/2/3)")


def test_a_manager_is_quoted_in_a_line_of_the_page() -> None:
    moved = Movement(Kind.GRANT, 30, "grant", None, AT_MS, 30, 130)
    assert history([HistoryLine(moved, words="for *the* contest\nof May")]) == (
        r"<t:1767225600:f> **+30** granted by a manager (“for \*the\* contest of May”) · 130 left"
    )


def test_what_the_allowance_has_become_since_the_newest_line_is_said() -> None:
    newest = HistoryLine(Movement(Kind.RESERVE, 84, "job", None, AT_MS, -84, 16))
    assert "You have **500 credits** now" in now_available(500, [newest])
    assert now_available(16, [newest]) == now_available(500, []) == ""


def test_a_page_of_the_longest_lines_is_one_message() -> None:
    longest = max(REASONS, key=lambda reason: len(REASONS[reason]))
    moved = Movement(Kind.RELEASE, MANY, longest, "k7m2p9xd", AT_MS, MANY, MANY)
    refunded = Movement(Kind.REFUND, LARGEST_GRANT, "manager", "k7m2p9xd", AT_MS, LARGEST_GRANT, MANY)
    card = CardPlace(MANY, MANY, MANY)
    for line in (HistoryLine(moved, card), HistoryLine(refunded, card, "*" * REASON_CHARS)):
        assert len(history([line] * 15)) <= 4_000  # Discord docs: Component Reference, Text Display


def test_an_empty_history_says_so() -> None:
    assert history([]) == NOTHING
