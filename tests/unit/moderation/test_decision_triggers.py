"""What the database itself refuses, whoever writes: a job that nobody let in, and a sending that nobody allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from klapper.database.database import ConstraintViolated
from klapper.database.sqlite import SqliteDatabase
from tests.databases import FleetingDatabase, new_database

ANN, BOB = 1, 2
LET_IN, ALLOWS = "a job needs a decision that lets it in", "a job is sent only when a decision allows it"
DECIDE = """
INSERT INTO decisions (decision_id, guild_id, member_ref, content_hash, verdict, rule, at_ms)
VALUES (:decision_id, 42, :member_ref, 'h', :verdict, 'test', 0)
"""
ASK = """
INSERT INTO jobs (job_id, interaction_id, guild_id, channel_id, member_ref, decision_id, request, slug, body_hash,
    deliver_to, price_credits, budget_units, provider_cost_micro_usd, price_version, status, created_at_ms,
    status_at_ms, waiting_since_ms, not_before_ms)
VALUES ('j', 1, 42, 1, :member_ref, :decision_id, '{}', 's', 'b', 'here', 0, 0, 0, '', :status, 0, 0, 0, 0)
"""
MOVE = "UPDATE jobs SET status = :status, decision_id = COALESCE(:decision_id, decision_id) WHERE job_id = 'j'"
VERDICTS = {"allowed": 1, "review": 2, "refused": 3}
BOBS = 4  # a decision that allows something of Bob's
NONE = 99


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """Two members, and a decision of each verdict."""
    file = new_database(tmp_path / "klapper.db")
    async with FleetingDatabase.open(file) as database:
        async with database.write() as tx:
            for member_ref in (ANN, BOB):
                await tx.execute(
                    "INSERT INTO members VALUES (:ref, 42, :ref, 0, NULL)",
                    ref=member_ref,
                )
            for verdict, decision_id in VERDICTS.items():
                await tx.execute(DECIDE, decision_id=decision_id, member_ref=ANN, verdict=verdict)
            await tx.execute(DECIDE, decision_id=BOBS, member_ref=BOB, verdict="allowed")
        yield database


async def ask(database: SqliteDatabase, status: str, decision_id: int | None) -> None:
    async with database.write() as tx:
        await tx.execute(ASK, member_ref=ANN, status=status, decision_id=decision_id)


async def move(database: SqliteDatabase, status: str, decision_id: int | None = None) -> None:
    async with database.write() as tx:
        await tx.execute(MOVE, status=status, decision_id=decision_id)


@pytest.mark.parametrize(
    ("status", "decision_id"),
    [
        ("waiting", None),
        ("waiting", NONE),
        ("waiting", VERDICTS["review"]),
        ("waiting", VERDICTS["refused"]),
        ("waiting", BOBS),
        ("in_review", None),
        ("in_review", VERDICTS["allowed"]),
        ("in_review", VERDICTS["refused"]),
        ("sending", VERDICTS["review"]),
        ("unknown", VERDICTS["refused"]),
    ],
)
async def test_no_job_is_written_that_no_decision_lets_in(
    database: SqliteDatabase, status: str, decision_id: int | None
) -> None:
    with pytest.raises(ConstraintViolated, match=LET_IN):
        await ask(database, status, decision_id)


@pytest.mark.parametrize(("status", "verdict"), [("waiting", "allowed"), ("in_review", "review")])
async def test_a_job_with_its_decision_is_written(database: SqliteDatabase, status: str, verdict: str) -> None:
    await ask(database, status, VERDICTS[verdict])


@pytest.mark.parametrize("decision_id", [None, VERDICTS["refused"], BOBS, NONE])
async def test_nothing_in_review_is_sent_before_a_decision_allows_it(
    database: SqliteDatabase, decision_id: int | None
) -> None:
    await ask(database, "in_review", VERDICTS["review"])
    await move(database, "waiting")
    with pytest.raises(ConstraintViolated, match=ALLOWS):
        await move(database, "sending", decision_id)


async def test_what_a_moderator_allowed_is_sent(database: SqliteDatabase) -> None:
    await ask(database, "in_review", VERDICTS["review"])
    await move(database, "waiting", VERDICTS["allowed"])
    await move(database, "sending")


@pytest.mark.parametrize(
    "change",
    ["UPDATE decisions SET verdict = 'allowed'", "UPDATE decisions SET content_hash = 'x'", "DELETE FROM decisions"],
)
async def test_a_decision_is_never_changed(database: SqliteDatabase, change: str) -> None:
    with pytest.raises(ConstraintViolated, match="append-only"):
        async with database.write() as tx:
            await tx.execute(change)
