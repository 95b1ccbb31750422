"""What a transaction promises while nobody is cancelled."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from klapper.database.database import ConstraintViolated, DatabaseError
from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase
from tests.unit.database.pauses import PAUSED, pause, paused


async def test_a_block_that_ends_is_kept(database: SqliteDatabase) -> None:
    async with database.write() as tx:
        await pause(tx, 1)
        await pause(tx, 2)
    assert await paused(database) == [1, 2]


async def test_a_block_that_raises_leaves_nothing(database: SqliteDatabase) -> None:
    async def fails() -> None:
        async with database.write() as tx:
            await pause(tx, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await paused(database) == []


async def test_a_writer_sees_what_it_wrote_and_a_reader_does_not(database: SqliteDatabase) -> None:
    async with database.write() as tx:
        await pause(tx, 1)
        assert [row["guild_id"] for row in await tx.all(PAUSED)] == [1]
        assert await paused(database) == []


async def test_a_reader_sees_one_snapshot_to_its_end(database: SqliteDatabase) -> None:
    async with database.read() as reader:
        assert await reader.all(PAUSED) == []
        async with database.write() as tx:
            await pause(tx, 1)
        assert await reader.all(PAUSED) == []
    assert await paused(database) == [1]


async def test_a_reader_cannot_write(database: SqliteDatabase) -> None:
    with pytest.raises(DatabaseError, match="readonly"):
        async with database.read() as tx:
            await pause(tx, 1)
    async with database.write() as tx:
        await pause(tx, 2)
    assert await paused(database) == [2]


async def test_writers_take_turns(database: SqliteDatabase) -> None:
    async def add(guild_id: int) -> None:
        async with database.write() as tx:
            before = len(await tx.all(PAUSED))
            await asyncio.sleep(0)
            await pause(tx, guild_id)
            assert len(await tx.all(PAUSED)) == before + 1

    await asyncio.gather(*(add(guild_id) for guild_id in range(20)))
    assert await paused(database) == list(range(20))


async def test_more_readers_than_connections_wait_for_one(database: SqliteDatabase) -> None:
    assert await asyncio.gather(*(paused(database) for _ in range(20))) == [[]] * 20


async def test_a_named_constraint_says_its_name(database: SqliteDatabase) -> None:
    with pytest.raises(ConstraintViolated) as violated:
        async with database.write() as tx:
            await tx.execute("INSERT INTO accounts (account_id, ledger) VALUES ('a', 'silver')")
    assert violated.value.constraint == "account_ledger"


async def test_a_second_row_of_the_same_key_says_the_key(database: SqliteDatabase) -> None:
    async def pauses_twice() -> None:
        async with database.write() as tx:
            await pause(tx, 1)
            await pause(tx, 1)

    with pytest.raises(ConstraintViolated) as violated:
        await pauses_twice()
    assert violated.value.constraint == "guild_pauses.guild_id"
    assert await paused(database) == []


async def test_a_reference_to_nothing_is_refused(database: SqliteDatabase) -> None:
    with pytest.raises(ConstraintViolated, match="FOREIGN KEY"):
        async with database.write() as tx:
            await tx.execute("INSERT INTO served_members (member_ref, served_at_ms) VALUES (17, 0)")


async def test_a_caught_constraint_keeps_the_rest_of_the_block(database: SqliteDatabase) -> None:
    async with database.write() as tx:
        await pause(tx, 1)
        with pytest.raises(ConstraintViolated):
            await pause(tx, 1)
        await pause(tx, 2)
    assert await paused(database) == [1, 2]


async def test_a_commit_is_synchronous_and_the_journal_is_a_wal(database: SqliteDatabase) -> None:
    async with database.write() as tx:
        rows = [await tx.one(f"PRAGMA {name}") for name in ("synchronous", "journal_mode", "foreign_keys")]
    assert [tuple(row[name] for name in row.keys()) for row in rows if row] == [(2,), ("wal",), (1,)]  # noqa: SIM118


async def test_a_missing_file_is_a_sentence_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(DatabaseError, match="run `python bot"):
        async with SqliteDatabase.open(path):
            raise AssertionError("opened")
    assert list(tmp_path.iterdir()) == []


async def test_a_file_of_another_kind_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all\n" * 100, encoding="utf-8")
    with pytest.raises(
        DatabaseError, match=r"cannot be used as a database .*: set another path in database\.url, or restore"
    ):
        async with SqliteDatabase.open(path):
            raise AssertionError("opened")


async def test_what_cannot_be_looked_at_is_not_called_missing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"cannot be looked at \(File name too long\): check database\.url"):
        async with SqliteDatabase.open(tmp_path / ("x" * 300)):
            raise AssertionError("opened")


async def test_a_folder_in_place_of_the_file_is_not_called_missing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"cannot be opened .*another path in database\.url"):
        async with SqliteDatabase.open(tmp_path):
            raise AssertionError("opened")


async def test_a_damaged_file_is_a_sentence(database_file: Path) -> None:
    head = 100  # the header is left: the file opens
    database_file.write_bytes(database_file.read_bytes()[:head] + b"\xff" * (database_file.stat().st_size - head))
    with pytest.raises(DatabaseError, match="malformed"):
        async with SqliteDatabase.open(database_file) as database:
            await paused(database)


@pytest.mark.parametrize(
    ("version", "sentence"), [(0, "older than this Klapper: run"), (999, "newer than this Klapper: use")]
)
async def test_a_database_of_another_version_is_a_sentence(tmp_path: Path, version: int, sentence: str) -> None:
    path = tmp_path / "klapper.db"
    migrate(path)
    async with SqliteDatabase.open(path) as database, database.write() as tx:
        await tx.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(DatabaseError, match=sentence):
        async with SqliteDatabase.open(path):
            raise AssertionError("opened")
