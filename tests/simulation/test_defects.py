"""Planted defects: each is caught by the seed that is named beside it. `make simulate-defects` names them anew."""

from __future__ import annotations

import pytest

from tests.simulation.defects import DEFECTS
from tests.simulation.test_simulation import simulated

CAUGHT_BY = {
    "posts-on-timeout": (60, "paid_twice"),
    "unknown-is-not-taken": (60, "paid_twice"),
    "missing-record-is-failure": (4, "clip_lost"),
    "refunds-twice": (11, "books"),
    "reserves-apart": (0, "transaction_waits"),
    "news-before-commit": (1, "news_before_commit"),
    "loses-delivery-row": (1, "delivery_row"),
    "posts-without-looking": (0, "two_cards"),
    "delivered-before-posted": (3, "clip_invisible"),
    "pings-twice": (3, "pinged_twice"),
    "forgets-turns": (9, "fairness"),
    "approval-without-decision": (2, "undecided"),
    "case-closed-apart": (0, "verdict_lost"),
    "takedown-refunded-apart": (25, "not_refunded"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_caught(defect: str) -> None:
    seed, check = CAUGHT_BY[defect]
    done = simulated("--from", str(seed), "--seeds", "1", "--jobs", "1", "--defect", defect)
    assert done.returncode == 1, done.stderr
    assert f"\n  {check}: " in done.stdout
