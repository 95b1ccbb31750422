"""A database that is closed while somebody is in it: each of them is told at once, and nothing half is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from klapper.database.sqlite import READERS, SqliteDatabase
from klapper.database.statements import QUICK_STEPS
from tests.unit.database.pauses import pause, paused

WAYS = pytest.mark.parametrize("quick_steps", [QUICK_STEPS, 0], ids=["at once", "in the thread"])


class Visitors:
    """Blocks that stay within a database until they are let go on."""

    def __init__(self) -> None:
        self.inside = asyncio.Semaphore(0)
        self.go_on = asyncio.Event()

    async def write(self, database: SqliteDatabase, guild_id: int) -> None:
        async with database.write() as tx:
            await pause(tx, guild_id)
            self.inside.release()
            await self.go_on.wait()
            await pause(tx, guild_id + 1)

    async def read(self, database: SqliteDatabase) -> None:
        async with database.read() as tx:
            self.inside.release()
            await self.go_on.wait()
            await tx.one("SELECT 1")


async def told(visits: list[asyncio.Task[None]]) -> None:
    """Each of them ended with the sentence."""
    outcomes = await asyncio.wait_for(asyncio.gather(*visits, return_exceptions=True), timeout=10)
    assert [str(outcome) for outcome in outcomes] == [
        "The database was closed meanwhile: nothing of this is written."
    ] * len(visits)


async def rows(file: Path) -> list[int]:
    async with SqliteDatabase.open(file) as again:
        return await paused(again)


@WAYS
async def test_a_writer_that_is_open_leaves_nothing_and_those_behind_it_do_not_wait_for_it(
    database_file: Path, quick_steps: int
) -> None:
    visitors = Visitors()
    async with SqliteDatabase.open(database_file, quick_steps=quick_steps) as database:
        open_one = asyncio.create_task(visitors.write(database, 10))
        await visitors.inside.acquire()
        behind = [asyncio.create_task(visitors.write(database, guild_id)) for guild_id in (20, 30)]
        await asyncio.sleep(0)
    await told(behind)
    assert not open_one.done()
    visitors.go_on.set()
    await told([open_one])
    assert await rows(database_file) == []


@WAYS
async def test_those_that_ended_but_share_a_commit_with_an_open_one_are_told_that_it_never_came(
    database_file: Path, quick_steps: int
) -> None:
    first, second = Visitors(), Visitors()
    async with SqliteDatabase.open(database_file, quick_steps=quick_steps) as database:
        ended = asyncio.create_task(first.write(database, 10))
        await first.inside.acquire()
        open_one = asyncio.create_task(second.write(database, 20))
        await asyncio.sleep(0)
        first.go_on.set()
        await second.inside.acquire()
        assert not ended.done()
    await told([ended])
    second.go_on.set()
    await told([open_one])
    assert await rows(database_file) == []


@WAYS
async def test_readers_are_told_and_so_are_those_that_wait_for_a_connection(
    database_file: Path, quick_steps: int
) -> None:
    visitors = Visitors()
    async with SqliteDatabase.open(database_file, quick_steps=quick_steps) as database:
        within = [asyncio.create_task(visitors.read(database)) for _ in range(READERS)]
        for _ in within:
            await visitors.inside.acquire()
        waiting = [asyncio.create_task(visitors.read(database)) for _ in range(3)]
        await asyncio.sleep(0)
    await told(waiting)
    assert not any(one.done() for one in within)
    visitors.go_on.set()
    await told(within)


async def test_a_commit_that_is_on_its_way_comes_through(database_file: Path) -> None:
    visitors = Visitors()
    visitors.go_on.set()
    async with SqliteDatabase.open(database_file) as database:
        written = asyncio.create_task(visitors.write(database, 10))
        await visitors.inside.acquire()  # it awaits nothing from there to its commit
    await written
    assert await rows(database_file) == [10, 11]
