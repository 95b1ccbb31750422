"""Commands that only read take a file as it is, and wait for nobody who writes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from klapper.database.database import DatabaseError
from klapper.database.sqlite import SqliteDatabase
from tests.unit.database.pauses import pause, paused


async def test_a_reading_database_cannot_be_written(database_file: Path) -> None:
    before = database_file.read_bytes()
    async with SqliteDatabase.open(database_file, read_only=True) as database:
        with pytest.raises(DatabaseError, match="readonly"):
            async with database.write() as tx:
                await pause(tx, 1)
    assert database_file.read_bytes() == before


async def test_reading_leaves_the_journal_of_a_copy_as_it_was(database_file: Path) -> None:
    with closing(sqlite3.connect(database_file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    async with SqliteDatabase.open(database_file, read_only=True) as database:
        assert await paused(database) == []
    with closing(sqlite3.connect(database_file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


async def test_reading_does_not_wait_for_a_writer(database_file: Path) -> None:
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with SqliteDatabase.open(database_file, busy_timeout_ms=1, read_only=True) as database:
            assert await paused(database) == []


async def test_a_file_that_another_program_holds_is_a_sentence(database_file: Path) -> None:
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseError, match="another program holds it"):
            async with SqliteDatabase.open(database_file, busy_timeout_ms=1, read_only=True):
                raise AssertionError("opened")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_copy_in_a_folder_that_cannot_be_written_can_be_read(database_file: Path) -> None:
    with closing(sqlite3.connect(database_file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    database_file.chmod(0o444)
    database_file.parent.chmod(0o555)
    try:
        async with SqliteDatabase.open(database_file, read_only=True) as database:
            assert await paused(database) == []
    finally:
        database_file.parent.chmod(0o755)
