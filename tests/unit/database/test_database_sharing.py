"""Blocks that wait at the same time share a commit, and each is answered after its own rows are on disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from klapper.database.database import DatabaseError
from klapper.database.sqlite import SqliteDatabase
from klapper.database.statements import Statements
from klapper.database.thread import Thread
from klapper.database.writing import MOST_SHARERS, Writing
from tests.unit.database.pauses import PAUSE, pause, paused


class CountedConnection(sqlite3.Connection):
    """Counts its commits, waits with them for `gate`, and refuses those that are told to fail."""

    commits = 0
    fails = 0
    gate: threading.Event | None = None

    def commit(self) -> None:
        if self.gate is not None:
            self.gate.wait(timeout=10)
        self.commits += 1
        if self.fails:
            self.fails -= 1
            raise sqlite3.OperationalError("database or disk is full")
        super().commit()


@asynccontextmanager
async def writing(file: Path) -> AsyncIterator[tuple[Writing, CountedConnection]]:
    """The writing side of a database alone."""
    thread = Thread("test")
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, factory=CountedConnection)
    connection.row_factory = sqlite3.Row
    try:
        yield Writing(connection, thread, Statements(connection, thread), busy_timeout_ms=1), connection
    finally:
        await thread.finish(connection.close)
        thread.close()


async def write(side: Writing, guild_id: int, *, then: Exception | None = None) -> int:
    """A block with one row, which raises or ends; the guild it wrote."""
    async with side.block() as tx:
        await pause(tx, guild_id)
        await asyncio.sleep(0)  # so that others come while it is open
        if then is not None:
            raise then
    return guild_id


def rows(file: Path) -> list[int]:
    """What another connection sees."""
    connection = sqlite3.connect(file)
    try:
        return [row[0] for row in connection.execute("SELECT guild_id FROM guild_pauses ORDER BY guild_id")]
    finally:
        connection.close()


async def test_a_block_alone_is_committed_alone(database_file: Path) -> None:
    async with writing(database_file) as (side, connection):
        await write(side, 1)
        await write(side, 2)
        assert connection.commits == 2


async def test_blocks_that_wait_share_commits_in_the_order_in_which_they_came(database_file: Path) -> None:
    count = 2 * MOST_SHARERS
    ended: list[int] = []
    async with writing(database_file) as (side, connection):

        async def one(guild_id: int) -> None:
            ended.append(await write(side, guild_id))

        await asyncio.gather(*map(one, range(count)))
        assert connection.commits == 2
    assert ended == list(range(count))
    assert rows(database_file) == list(range(count))


async def test_nobody_is_answered_before_the_commit_and_everybody_after_it(database_file: Path) -> None:
    async with writing(database_file) as (side, connection):
        connection.gate = threading.Event()
        answers = [asyncio.create_task(write(side, guild_id)) for guild_id in range(3)]
        await asyncio.sleep(0.02)
        assert [answer.done() for answer in answers] == [False] * 3
        assert rows(database_file) == []
        connection.gate.set()
        assert await asyncio.gather(*answers) == [0, 1, 2]
        assert rows(database_file) == [0, 1, 2]


async def test_a_block_that_raises_among_sharers_leaves_nothing_and_they_do_not_notice(database_file: Path) -> None:
    async with writing(database_file) as (side, connection):
        outcomes = await asyncio.gather(
            write(side, 1), write(side, 2, then=ZeroDivisionError()), write(side, 3), return_exceptions=True
        )
        assert connection.commits == 1
    assert [type(outcome) for outcome in outcomes] == [int, ZeroDivisionError, int]
    assert rows(database_file) == [1, 3]


async def test_a_commit_that_fails_is_told_to_each_sharer_and_the_next_one_works(database_file: Path) -> None:
    async with writing(database_file) as (side, connection):
        connection.fails = 1
        outcomes = await asyncio.gather(*(write(side, n) for n in range(3)), return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == [
            "The database did not do it (database or disk is full): make room on the disk."
        ] * 3
        assert {type(outcome) for outcome in outcomes} == {DatabaseError}
        assert rows(database_file) == []
        await write(side, 7)
    assert rows(database_file) == [7]


async def test_a_transaction_that_sqlite_gave_up_is_told_to_its_sharers(database_file: Path) -> None:
    async with writing(database_file) as (side, connection):

        async def gives_up() -> None:
            async with side.block() as tx:
                await pause(tx, 2)
                connection.rollback()  # as SQLite does by itself when the disk is full
                raise sqlite3.OperationalError("database or disk is full")

        outcomes = await asyncio.gather(write(side, 1), gives_up(), write(side, 3), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [DatabaseError, DatabaseError, int]
    assert rows(database_file) == [3]


@pytest.mark.parametrize("which", range(4))
async def test_a_sharer_that_is_cancelled_leaves_all_or_nothing_and_the_others_theirs(
    database_file: Path, which: int
) -> None:
    async with writing(database_file) as (side, connection):
        connection.gate = threading.Event()
        answers = [asyncio.create_task(write(side, guild_id)) for guild_id in range(4)]
        await asyncio.sleep(0.02)  # all are in the commit, which has left
        answers[which].cancel()
        await asyncio.sleep(0)
        connection.gate.set()
        outcomes = await asyncio.gather(*answers, return_exceptions=True)
        assert isinstance(outcomes[which], asyncio.CancelledError)
        assert rows(database_file) == [0, 1, 2, 3]
        await write(side, 9)
    assert rows(database_file) == [0, 1, 2, 3, 9]


async def test_who_is_cancelled_while_waiting_for_an_open_transaction_does_not_keep_it_open(
    database: SqliteDatabase,
) -> None:
    async def slow(guild_id: int, until: asyncio.Event) -> None:
        async with database.write() as tx:
            await pause(tx, guild_id)
            await until.wait()

    go_on = asyncio.Event()
    first = asyncio.create_task(slow(1, go_on))
    await asyncio.sleep(0.02)
    waiting = [asyncio.create_task(slow(n, go_on)) for n in (2, 3)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await first
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await paused(database) == [1]


def test_a_loop_that_ends_in_the_middle_of_writes_ends(database_file: Path) -> None:
    async def main() -> None:
        async with asyncio.timeout(20), SqliteDatabase.open(database_file) as database:

            async def write_on(guild_id: int) -> None:
                async with database.write() as tx:
                    await pause(tx, guild_id)

            tasks = [asyncio.create_task(write_on(guild_id)) for guild_id in range(40)]
            for _ in range(3):
                await asyncio.sleep(0)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:  # as the end of a program does
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())
    seen = rows(database_file)
    assert seen == sorted(set(seen))


class CountedThread(Thread):
    """Counts what it is given."""

    given = 0

    def start(self, work: Callable[[], object]) -> asyncio.Future[object]:  # type: ignore[override]
        self.given += 1
        return super().start(work)


LONG = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :most) SELECT COUNT(*) AS n FROM n"


@asynccontextmanager
async def statements(file: Path) -> AsyncIterator[tuple[Statements, CountedThread]]:
    thread = CountedThread("test")
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        yield Statements(connection, thread, quick_steps=1_000), thread
    finally:
        await thread.finish(connection.close)
        thread.close()


async def test_a_short_statement_never_leaves_the_loop_however_often_it_runs(database_file: Path) -> None:
    async with statements(database_file) as (on, thread):
        for _ in range(2_000):
            [row] = await on.query(LONG, {"most": 3})
            assert row["n"] == 3
        assert thread.given == 0


async def test_a_long_query_goes_on_in_the_thread_and_stays_there(database_file: Path) -> None:
    async with statements(database_file) as (on, thread):
        assert [row["n"] for row in await on.query(LONG, {"most": 100_000})] == [100_000]
        assert thread.given == 1
        assert [row["n"] for row in await on.query(LONG, {"most": 3})] == [3]
        assert thread.given == 2


MANY = (
    "INSERT INTO guild_pauses (guild_id, paused_by, since_ms) "
    "WITH RECURSIVE n(x) AS (SELECT :least UNION ALL SELECT x + 1 FROM n WHERE x < :most) SELECT x, 'a', 0 FROM n"
)


async def test_a_long_change_is_let_through_and_goes_to_the_thread_the_next_time(database_file: Path) -> None:
    async with statements(database_file) as (on, thread):
        on.now("BEGIN")
        assert await on.change(PAUSE, {"guild_id": 1}) == 1
        assert await on.change(MANY, {"least": 10, "most": 2_009}) == 2_000
        assert thread.given == 0
        assert await on.change(MANY, {"least": 3_000, "most": 3_001}) == 2
        assert thread.given == 1
        on.now("COMMIT")
    assert len(rows(database_file)) == 2_003
