"""Commands of other processes write beside a running bot: one waits for the other, for a while."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from klapper.database.database import DatabaseError
from klapper.database.sqlite import SqliteDatabase
from tests.unit.database.pauses import pause, paused

HOLD = """
import asyncio, sys
from pathlib import Path
from klapper.database.sqlite import SqliteDatabase

async def main():
    async with SqliteDatabase.open(Path(sys.argv[1])) as database, database.write() as tx:
        await tx.execute("INSERT INTO guild_pauses (guild_id, paused_by, since_ms) VALUES (77, 'operator', 0)")
        print("writing", flush=True)
        sys.stdin.readline()

asyncio.run(main())
"""


@asynccontextmanager
async def other_writer(file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process in the middle of a write block, which it ends when it is told a line."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, str(file), stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"writing\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_writer_waits_for_the_writer_of_another_process(database: SqliteDatabase, database_file: Path) -> None:
    async def write() -> None:
        async with database.write() as tx:
            await pause(tx, 1)

    async with other_writer(database_file) as other:
        waiting = asyncio.create_task(write())
        assert await paused(database) == []  # a reader waits for nobody
        assert not waiting.done()
        await other.communicate(b"go on\n")
        await waiting
    assert await paused(database) == [1, 77]


async def test_a_writer_that_waited_too_long_is_told_and_can_try_again(database_file: Path) -> None:
    async with SqliteDatabase.open(database_file, busy_timeout_ms=1) as database:

        async def write() -> None:
            async with database.write() as tx:
                await pause(tx, 1)

        async with other_writer(database_file) as other:
            with pytest.raises(DatabaseError, match="database is locked"):
                await write()
            await other.communicate(b"go on\n")
        await write()
        assert await paused(database) == [1, 77]


async def test_a_write_block_keeps_other_writers_out_before_its_first_statement(database_file: Path) -> None:
    async with (
        SqliteDatabase.open(database_file, busy_timeout_ms=1) as one,
        SqliteDatabase.open(database_file, busy_timeout_ms=1) as other,
    ):

        async def write() -> None:
            async with other.write() as tx:
                await pause(tx, 2)

        async with one.write() as tx:
            with pytest.raises(DatabaseError, match="database is locked"):
                await write()
            await pause(tx, 1)
        await write()
        assert await paused(one) == [1, 2]


async def test_a_killed_writer_leaves_nothing_and_blocks_nobody(database: SqliteDatabase, database_file: Path) -> None:
    async with other_writer(database_file) as other:
        other.kill()
        await other.wait()
        async with database.write() as tx:
            await pause(tx, 1)
    assert await paused(database) == [1]
