"""Database files that live as long as a test: the schema is made once, and nobody waits for the disk."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase


@cache
def empty_database() -> bytes:
    """A file with the schema, as the migrations make it."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "klapper.db")
        migrate(file)
        return file.read_bytes()


def new_database(file: Path) -> Path:
    """The file, which is an empty database now."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(empty_database())
    return file


class FleetingDatabase(SqliteDatabase):
    """The same database, but a power cut would lose its last commits.

    For tests in which no process ends: what they see of a commit is the same without the wait for the disk, which is
    most of what a commit costs. The tests of the database and of the ledger, and every bot of the acceptance tests,
    have `synchronous = FULL`.
    """

    def __init__(self, writing: Any, readers: list[Any]) -> None:
        super().__init__(writing, readers)
        writing._connection.execute("PRAGMA synchronous = OFF")
        for reader in readers:  # the last one that is closed moves the log into the file
            reader.plain.execute("PRAGMA synchronous = OFF")
