"""What people wrote to moderators goes after `moderation.words_days`; what was decided stays."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from klapper.clock import DAY_MS, SECOND_MS
from klapper.database.queries import load_queries
from klapper.moderation.cases import Outcome
from klapper.services.housekeeping import SWEEP_EVERY_S, WORDS_AT_ONCE
from tests.databases import new_database
from tests.unit.services.audits import write
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import GUILD, World

DAY_S = DAY_MS / SECOND_MS
WORDS_DAYS = 90  # as an operator has it who changed nothing

REFUSED = """
    INSERT INTO refused_requests
        (decision_id, guild_id, channel_id, user_id, request, deliver_to, spoiler, refused_at_ms)
    SELECT decision_id, guild_id, 7, 1001, '{"prompt": "a fox"}', 'here', 0, at_ms FROM decisions
"""


async def case(world: World, job_id: str, *, is_closed: bool = True) -> int:
    """A report with words, and a note when it is closed."""
    cases, now_ms = world.klapper.cases, world.clock.now_ms()
    async with world.database.write() as tx:
        case_id = await cases.open(
            tx, "report", guild_id=GUILD, job_id=job_id, by="member:1", now_ms=now_ms, words="ugly"
        )
        assert case_id is not None
        if is_closed:
            await cases.close(tx, case_id, Outcome.DISMISSED, by="member:1", now_ms=now_ms, note="not so")
    return case_id


async def words(world: World) -> list[str]:
    """Everything that people wrote and that is still there."""
    sql = "SELECT words FROM audit UNION ALL SELECT words FROM cases UNION ALL SELECT note FROM cases"
    return sorted(row[0] for row in await world.rows(sql) if row[0])


async def counts(world: World) -> list[int]:
    tables = ("decisions", "audit", "cases", "refused_requests")
    return [len(await world.rows(f"SELECT 1 FROM {table}")) for table in tables]


async def written(world: World) -> None:
    """A decision about a job with a case, as if its request had been refused, and a moderator's words."""
    job = await world.submit("a fox")
    await case(world, job.job_id)
    await write(world, "knife", words="Enough.")
    await world.execute(REFUSED)


async def test_words_go_and_decisions_stay(world: World) -> None:
    await written(world)
    await world.start("housekeeping")
    await world.clock.jump(WORDS_DAYS * DAY_S - SWEEP_EVERY_S)
    await world.advance(SWEEP_EVERY_S)
    assert await words(world) == ["Enough.", "not so", "ugly"]
    assert await counts(world) == [1, 2, 1, 0]
    await world.advance(SWEEP_EVERY_S)
    assert await words(world) == []
    assert await counts(world) == [1, 2, 1, 0]
    assert await world.rows("SELECT detail FROM audit WHERE detail <> ''") == [("knife",)]


async def test_words_are_kept_for_as_long_as_the_operator_says(open_world: OpenWorld) -> None:
    world = await open_world(moderation={"words_days": 1})
    await written(world)
    await world.clock.jump(DAY_S + 1)
    await world.start("housekeeping")
    assert await words(world) == []


async def test_words_are_kept_for_ever_where_the_operator_wants_that(open_world: OpenWorld) -> None:
    world = await open_world(moderation={"words_days": 0})
    await written(world)
    await world.clock.jump(3_650 * DAY_S)
    await world.start("housekeeping")
    assert await words(world) == ["Enough.", "not so", "ugly"]
    assert await counts(world) == [1, 2, 1, 0]


async def test_a_refused_request_stays_while_it_can_be_appealed(world: World) -> None:
    await written(world)
    await world.start("housekeeping")
    await world.clock.jump(DAY_S - SWEEP_EVERY_S)
    await world.advance(SWEEP_EVERY_S)
    assert await counts(world) == [1, 2, 1, 1]
    await world.advance(SWEEP_EVERY_S)
    assert await counts(world) == [1, 2, 1, 0]


async def test_the_words_of_a_case_stay_until_it_is_decided(world: World) -> None:
    job = await world.submit("a fox")
    case_id = await case(world, job.job_id, is_closed=False)
    await world.clock.jump(2 * WORDS_DAYS * DAY_S)
    async with world.database.write() as tx:
        await world.klapper.cases.close(
            tx, case_id, Outcome.TAKEN_DOWN, by="member:1", now_ms=world.clock.now_ms(), note="so"
        )
    await world.start("housekeeping")
    assert await words(world) == ["so", "ugly"]


async def test_however_many_words_there_are_all_go_in_one_sweep(world: World) -> None:
    await write(world, *map(str, range(2 * WORDS_AT_ONCE + 1)), words="x")
    await world.clock.jump(WORDS_DAYS * DAY_S + 1)
    await world.start("housekeeping")
    assert await words(world) == []


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("forget_words_of_entries", "audit_with_words (at_ms<?)"),
        ("forget_words_of_cases", "cases_with_words (closed_at_ms<?)"),
        ("forget_refused_requests", "refused_requests_by_age (refused_at_ms<?)"),
    ],
)
def test_a_sweep_reads_only_what_is_old_enough(tmp_path: Path, name: str, way: str) -> None:
    sql = load_queries("klapper.moderation")[name]
    connection = sqlite3.connect(new_database(tmp_path / "klapper.db"))
    params = dict.fromkeys(re.findall(r":([a-z_]+)", sql), 0)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
    connection.close()
    assert [step for step in plan if step.startswith("SCAN")] == []
    assert any(way in step for step in plan), plan
