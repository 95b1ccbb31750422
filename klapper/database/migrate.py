"""Numbered migrations: each runs once; the missing ones run in one transaction, after a copy of the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from klapper.database.cures import cure
from klapper.database.database import DatabaseError


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """What `migrate` did: the versions before and after, and where the copy of the old file is."""

    before: int
    after: int
    copy: Path | None


@cache
def migrations() -> Sequence[Migration]:
    """All of them, by number."""
    found = []
    for file in resources.files("klapper.database").joinpath("migrations").iterdir():
        number, _, name = file.name.removesuffix(".sql").partition("_")
        if file.name.endswith(".sql"):
            found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(path: Path, known: Sequence[Migration] | None = None) -> Migrated:
    """Bring the file at `path` to the newest version, making it where there is none. Raises DatabaseError.

    Call it while holding the lock of the database. Blocking: a copy of a large file takes its time. A migration that
    fails leaves the file as it was. known: by number; `migrations()` where not given.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(
            f"The database {path} cannot be opened ({error}): "
            "check the folder and its owner, or set another database.url."
        ) from error
    try:
        return _migrate(connection, path, known or migrations())
    except sqlite3.Error as error:
        raise DatabaseError(
            f"The database {path} cannot be migrated ({error}); it is as it was: {cure(error)}."
        ) from error
    finally:
        connection.close()


def _migrate(connection: sqlite3.Connection, path: Path, known: Sequence[Migration]) -> Migrated:
    before = version(connection)
    if before > known[-1].number:
        raise DatabaseError(
            f"The database {path} has version {before} and this Klapper knows {known[-1].number}: use a newer Klapper."
        )
    todo = [migration for migration in known if migration.number > before]
    copy = _copy(connection, path, before) if todo and before else None
    if todo:
        _apply(connection, todo)
    return Migrated(before, version(connection), copy)


def version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that ran; 0 for a new file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _apply(connection: sqlite3.Connection, todo: Sequence[Migration]) -> None:
    steps = "\n".join(f"{migration.sql}\nPRAGMA user_version = {migration.number};" for migration in todo)
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{steps}\nCOMMIT;")
    except BaseException:
        connection.rollback()
        raise


def _copy(connection: sqlite3.Connection, path: Path, before: int) -> Path:
    copy = path.with_name(f"{path.name}.before-{before + 1:04d}")
    with closing(sqlite3.connect(copy)) as target:
        connection.backup(target)
    return copy
