"""The checks about cases: whether what moderators decided is what is, and is what their cards say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.decided import HOLDS_OF_NOTHING, JOBS, breaches, content_hash
from tests.simulation.observer import Observer

if TYPE_CHECKING:
    from tests.simulation.world import World

UNSHOWN = "SELECT COUNT(*) FROM cases WHERE closed_at_ms IS NOT NULL AND (is_final = 0 AND lost = '' OR news = 'due')"
_CASES = """
SELECT cases.*, jobs.request, jobs.member_ref,
    EXISTS (SELECT 1 FROM job_events WHERE job_events.job_id = cases.job_id AND from_status = 'in_review'
        AND actor = closed_by AND to_status = CASE outcome WHEN 'approved' THEN 'waiting' ELSE 'rejected' END) AS moved
FROM cases JOIN jobs USING (job_id) WHERE kind = 'review' ORDER BY case_id
"""
_VERDICTS = "SELECT verdict, content_hash, decided_by FROM decisions WHERE member_ref = :member_ref"
_BY_MODERATORS = {"approved": "allowed", "rejected": "refused"}


def undecided(observer: Observer) -> Iterator[tuple[str, str]]:
    """What was held, sent or kept open without its decision: the job's id and a sentence. True at every moment."""
    yield from breaches(observer.rows(JOBS))
    for row in observer.rows(HOLDS_OF_NOTHING):
        yield row["job_id"], "credits are held for a job that there is not"


def check_cases(world: World) -> None:
    """Write every broken promise about a case into the story."""
    for job_id, sentence in undecided(world.observer):
        world.story.broken("undecided", sentence, job_id)
    for row in world.observer.rows(_CASES):
        for check, sentence in (*_verdict(world, row), *cards(world, row)):
            world.story.broken(check, sentence, row["job_id"])


def _verdict(world: World, row: sqlite3.Row) -> Iterator[tuple[str, str]]:
    heard, outcome = world.moderators.heard.get(row["case_id"]), row["outcome"]
    if heard is not None and heard != outcome:
        yield "verdict_lost", f"a moderator heard that it is {heard}, and it is {outcome or 'open'}"
    if outcome not in _BY_MODERATORS:
        return
    said = (_BY_MODERATORS[outcome], content_hash(row["request"]), row["closed_by"])
    if said not in {tuple(one) for one in world.observer.rows(_VERDICTS, member_ref=row["member_ref"])}:
        yield "verdict_unwritten", f"its case is {outcome} and no decision of {row['closed_by']} says so"
    if not row["moved"]:
        yield "verdict_without_effect", f"its case is {outcome} by {row['closed_by']}, who did not move it"


def cards(world: World, row: sqlite3.Row) -> Iterator[tuple[str, str]]:
    """What is wrong with the cards of a case (a row of its table)."""
    there = [card for card in world.cases.there(row["case_id"]) if not card.is_left]
    if len(there) > 1:
        yield "two_case_cards", f"its case has {len(there)} cards"
    if row["lost"] or row["closed_at_ms"] is None:
        return
    for card in there:
        if card.outcome != row["outcome"]:
            yield "stale_case_card", f"the card of its case says {card.outcome or 'open'}, and it is {row['outcome']}"
