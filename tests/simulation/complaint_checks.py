"""The checks about reported clips, takedowns and appeals: whether each had its effect, and had it once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.simulation.case_checks import cards

if TYPE_CHECKING:
    from tests.simulation.world import World

_REPORTS = """
SELECT cases.*, jobs.price_credits, reservations.status AS hold, deliveries.state, deliveries.reason AS removed_by,
    EXISTS (SELECT 1 FROM transfers WHERE transfers.job_id = cases.job_id AND transfers.kind = 'refund') AS refunded,
    EXISTS (SELECT 1 FROM transfers WHERE transfers.job_id = cases.job_id AND transfers.kind = 'refund'
        AND transfers.reason = 'taken_down') AS refunded_for_it,
    EXISTS (SELECT 1 FROM strikes WHERE strikes.job_id = cases.job_id AND strikes.kind = 'moderator') AS struck,
    (SELECT COUNT(*) FROM cases AS all_of_it WHERE all_of_it.job_id = cases.job_id
        AND all_of_it.outcome = 'taken_down') AS takedowns,
    EXISTS (SELECT 1 FROM cases AS open WHERE open.job_id = cases.job_id AND open.kind = 'report'
        AND open.closed_at_ms IS NULL) AS is_open
FROM cases JOIN jobs USING (job_id) JOIN deliveries USING (job_id) LEFT JOIN reservations USING (job_id)
WHERE cases.kind = 'report' ORDER BY case_id
"""
_APPEALS = """
SELECT audit.job_id, audit.decision_id, refused_requests.refused_at_ms, refused_requests.appealed_at_ms,
    (SELECT COUNT(*) FROM audit AS same WHERE same.action = 'appealed'
        AND same.decision_id = audit.decision_id) AS uses,
    (SELECT COUNT(*) FROM cases WHERE cases.job_id = audit.job_id AND cases.kind = 'review') AS cases,
    (SELECT COUNT(*) FROM audit AS later JOIN decisions ON decisions.decision_id = later.decision_id
        WHERE later.job_id = audit.job_id AND later.action = 'request_review' AND decisions.rule = 'appeal'
        AND decisions.verdict = 'review') AS decisions
FROM audit LEFT JOIN refused_requests USING (decision_id) WHERE audit.action = 'appealed' ORDER BY entry_id
"""
_LOST_APPEALS = """
SELECT decision_id FROM refused_requests WHERE appealed_at_ms IS NOT NULL AND decision_id NOT IN
    (SELECT decision_id FROM audit WHERE action = 'appealed') ORDER BY decision_id
"""
_OVERRULED = """
SELECT cases.case_id, cases.job_id,
    EXISTS (SELECT 1 FROM audit WHERE audit.job_id = cases.job_id AND audit.action = 'appealed') AS appealed,
    EXISTS (SELECT 1 FROM audit WHERE audit.job_id = cases.job_id AND audit.action = 'wrong_refusal') AS called_wrong
FROM cases WHERE cases.kind = 'review' ORDER BY case_id
"""
_WRONGS = """
SELECT guild_id, term, wrongs, (SELECT COUNT(*) FROM audit WHERE audit.guild_id = filter_terms.guild_id
    AND action = 'wrong_refusal' AND rule = 'guild_term' AND detail = term) AS called FROM filter_terms ORDER BY term
"""


def check_reports(world: World) -> None:
    """Write every broken promise about a report or a takedown into the story."""
    for case_id in sorted(world.moderators.twice):
        world.story.broken("settled_twice", f"two moderators heard that they settled case {case_id}")
    for row in world.observer.rows(_REPORTS):
        for check, sentence in (*_report(world, row), *cards(world, row)):
            world.story.broken(check, sentence, row["job_id"])


def check_appeals(world: World) -> None:
    """Write every broken promise about an appeal into the story."""
    for row in world.observer.rows(_APPEALS):
        for check, sentence in _appeal(row):
            world.story.broken(check, sentence, row["job_id"])
    for row in world.observer.rows(_LOST_APPEALS):
        world.story.broken("appeal_lost", f"refusal {row['decision_id']} counts as appealed and no job came of it")
    for row in world.observer.rows(_OVERRULED):
        if row["case_id"] in world.moderators.overruled and row["appealed"] and not row["called_wrong"]:
            world.story.broken(
                "verdict_lost", "a moderator called its refusal wrong, and nothing says so", row["job_id"]
            )
    for row in world.observer.rows(_WRONGS):
        if row["wrongs"] != row["called"]:
            where = f"“{row['term']}” of guild {row['guild_id']}"
            world.story.broken("wrongs", f"{where} was called wrong {row['called']} times and counts {row['wrongs']}")


def _report(world: World, row: sqlite3.Row) -> Iterator[tuple[str, str]]:
    heard, outcome = world.moderators.heard.get(row["case_id"]), row["outcome"]
    if heard is not None and heard != outcome:
        yield "verdict_lost", f"a moderator heard that it is {heard}, and it is {outcome or 'open'}"
    settled = ("dismissed", "taken_down", *(("moot",) if row["guild_id"] in world.members.left else ()))
    if outcome and outcome not in settled:
        yield "strange_outcome", f"a report of it ended as {outcome}"
    if row["takedowns"] > 1:
        yield "taken_down_twice", f"{row['takedowns']} cases say that it was taken down"
    if row["removed_by"] == "moderator" and not row["takedowns"]:
        yield "gone_for_nothing", f"a moderator removed it, and its report is {outcome or 'open'}"
    is_on_disk = world.is_on_disk(row["job_id"])
    if row["state"] == "removed" and not row["is_open"] and is_on_disk:
        yield "clip_kept", "it was deleted, its reports are settled, and its clip is on disk"
    if row["is_open"] and row["job_id"] in world.members.evidence and not is_on_disk:
        yield "evidence_lost", "its report is open and moderators cannot see the clip"
    if outcome == "taken_down":
        yield from _takedown(world, row)


def _takedown(world: World, row: sqlite3.Row) -> Iterator[tuple[str, str]]:
    if row["state"] != "removed":
        yield "takedown_stands", f"it was taken down and its delivery is {row['state']}"
    order = world.moderators.orders[row["note"]]
    is_charged = row["hold"] == "settled" and row["price_credits"] > 0
    if order.refund and is_charged and not row["refunded"]:
        yield "not_refunded", "it was taken down with a refund and stays charged"
    if row["refunded_for_it"] and not order.refund:
        yield "refund_unasked", "it was taken down without a refund and is refunded"
    if order.strike != bool(row["struck"]):
        yield "strike", f"it was taken down {'with' if order.strike else 'without'} a strike, and that is not so"
    told = [one for one in world.cases.told if one.case_id == row["case_id"]]
    for one in told:
        if row["refunded_for_it"] and not one.says_refunded:
            yield "not_refunded", "it was taken down with a refund, and its requester read that it stays charged"
    if len(told) > 1:
        yield "told_twice", f"its requester was told {len(told)} times that it was taken down"
    if not told and row["case_id"] not in world.cases.unheard:
        yield "not_told", f"its requester was never told that it was taken down ({row['news']})"


def _appeal(row: sqlite3.Row) -> Iterator[tuple[str, str]]:
    if row["uses"] > 1:
        yield "appealed_twice", f"refusal {row['decision_id']} was appealed {row['uses']} times"
    if row["cases"] != 1:
        yield "appeal_without_case", f"it is an appeal and has {row['cases']} reviews"
    if row["decisions"] != 1:
        yield "undecided", f"it is an appeal and {row['decisions']} decisions say so"
    if row["refused_at_ms"] is not None and row["appealed_at_ms"] is None:
        yield "appealed_twice", f"refusal {row['decision_id']} was appealed and can be once more"
