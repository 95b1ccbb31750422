"""Cancelled anywhere, a transaction is whole or absent, and the next one works."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from pathlib import Path

import pytest

from klapper.database.sqlite import SqliteDatabase
from tests.unit.database.interrupted import interrupt
from tests.unit.database.pauses import PAUSED, pause, paused

EARLY_AND_LATE = pytest.mark.parametrize("late", [False, True], ids=["while it waits", "when its answer is there"])


async def write_pair(database: SqliteDatabase, guild_id: int) -> None:
    async with database.write() as tx:
        await pause(tx, guild_id)
        assert await tx.one(PAUSED) is not None  # leaves a half-read cursor when it is cancelled
        await pause(tx, guild_id + 1)


async def cancelled_writes(database: SqliteDatabase, instants: Collection[Collection[int]], *, late: bool) -> list[int]:
    """Cancel one pair of writes at each of these instants; the number of rows that each left."""
    left = []
    for run, at in enumerate(instants):
        before = len(await paused(database))
        outcome = await interrupt(write_pair(database, 10 * run), at, late=late)
        assert outcome.cancelled, at
        left.append(len(await paused(database)) - before)
        async with database.write() as tx:
            await pause(tx, 10 * run + 5)
    return left


async def awaits_of_a_write(database: SqliteDatabase) -> int:
    return (await interrupt(write_pair(database, 10_000))).awaits


@EARLY_AND_LATE
async def test_a_writer_cancelled_at_any_await_leaves_all_or_nothing(database: SqliteDatabase, late: bool) -> None:
    awaits = await awaits_of_a_write(database)
    left = await cancelled_writes(database, [{n} for n in range(1, awaits + 1)], late=late)
    assert left == [0] * (awaits - 1) + [2]  # cancelled in its COMMIT, which had left already


@EARLY_AND_LATE
async def test_a_writer_cancelled_twice_leaves_all_or_nothing(database: SqliteDatabase, late: bool) -> None:
    awaits = await awaits_of_a_write(database)
    pairs = [{n, n + more} for n in range(1, awaits + 1) for more in (1, 2)]
    left = await cancelled_writes(database, pairs, late=late)
    assert left == [0] * 2 * (awaits - 1) + [2, 2]


@EARLY_AND_LATE
async def test_a_cancelled_reader_gives_its_connection_back_and_reads_the_newest_next(
    database: SqliteDatabase, late: bool
) -> None:
    async def read() -> None:
        async with database.read() as tx:
            await tx.one(PAUSED)
            await tx.all(PAUSED)

    async with database.write() as tx:
        await pause(tx, 1)
        await pause(tx, 2)
    awaits = (await interrupt(read())).awaits
    for n in range(1, awaits + 1):
        assert (await interrupt(read(), {n, n + 1}, late=late)).cancelled
        async with database.write() as tx:
            await pause(tx, 100 + n)
        seen = await asyncio.gather(*(paused(database) for _ in range(3)))  # every connection, one of them twice
        assert seen == [[1, 2, *range(101, 101 + n)]] * 3


async def test_a_writer_cancelled_in_the_queue_leaves_the_others_their_turn(database: SqliteDatabase) -> None:
    async with database.write() as tx:
        waiting = [asyncio.create_task(write_pair(database, 10 * n)) for n in (1, 2, 3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await pause(tx, 1)
    assert [type(result) for result in await asyncio.gather(*waiting, return_exceptions=True)] == [
        type(None),
        asyncio.CancelledError,
        type(None),
    ]
    assert await paused(database) == [1, 10, 11, 30, 31]


async def test_a_timeout_around_a_block_leaves_nothing(database: SqliteDatabase) -> None:
    async def never_ends() -> None:
        async with database.write() as tx:
            await pause(tx, 1)
            await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(never_ends(), 0.001)
    assert await paused(database) == []


@EARLY_AND_LATE
async def test_opening_cancelled_at_any_await_leaves_no_thread(database_file: Path, late: bool) -> None:
    async def open_and_close() -> None:
        async with SqliteDatabase.open(database_file) as database:
            await paused(database)

    threads = set(threading.enumerate())
    awaits = (await interrupt(open_and_close())).awaits
    for n in range(1, awaits + 1):
        assert (await interrupt(open_and_close(), {n, n + 1}, late=late)).cancelled
        await asyncio.to_thread(_join_all, threads | {threading.current_thread()})


@EARLY_AND_LATE
def test_a_loop_that_ends_after_a_cancelled_opening_hears_nothing_more(database_file: Path, late: bool) -> None:
    async def open_and_close() -> None:
        async with SqliteDatabase.open(database_file):
            pass

    threads = set(threading.enumerate())
    awaits = asyncio.run(interrupt(open_and_close())).awaits
    for n in range(1, awaits + 1):
        assert asyncio.run(interrupt(open_and_close(), {n}, late=late)).cancelled
        _join_all(threads)  # a thread that reports to the closed loop dies of it, which fails this test


def _join_all(but: set[threading.Thread]) -> None:
    """Every thread of a connection ends; asyncio's own pool is not one of them."""
    for thread in set(threading.enumerate()) - but - {threading.current_thread()}:
        if not thread.name.startswith("asyncio"):
            thread.join(timeout=5)
            assert not thread.is_alive(), thread
