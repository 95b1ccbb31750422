"""SQLite behind the database port: one writing connection, a few reading ones. The only file that knows aiosqlite."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiosqlite

from klapper.database.cures import cure
from klapper.database.database import ConstraintViolated, DatabaseError, Row
from klapper.database.migrate import migrations

BUSY_TIMEOUT_MS = 5_000
READERS = 2
_FAILED = " constraint failed: "

_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # a commit that was answered survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",  # without it REPLACE deletes rows past their triggers
)


class SqliteTransaction:
    """Statements on one connection between BEGIN and COMMIT."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def one(self, sql: str, /, **params: object) -> Row | None:
        rows = await self.all(sql, **params)
        return rows[0] if rows else None

    async def all(self, sql: str, /, **params: object) -> list[Row]:
        # Read to the end in one go: a half-read cursor that a cancelled caller leaves behind would hold its snapshot
        # beyond the rollback, and the next transaction of this connection would see the past.
        rows = await self._connection.execute_fetchall(sql, params)
        return cast("list[Row]", list(rows))

    async def execute(self, sql: str, /, **params: object) -> int:
        try:
            async with self._connection.execute(sql, params) as cursor:
                return cursor.rowcount
        except sqlite3.IntegrityError as error:
            raise ConstraintViolated(_constraint(error)) from error


class SqliteDatabase:
    """A database file.

    Promises: one writer at a time in this process; a block that raises or is cancelled at any await leaves nothing
    behind; a block that ended is on disk. Other processes may read, and write in short transactions of their own.
    """

    def __init__(self, writer: aiosqlite.Connection, readers: list[aiosqlite.Connection]) -> None:
        self._writer = writer
        self._writing = asyncio.Lock()
        self._readers = readers
        self._idle: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        for reader in readers:
            self._idle.put_nowait(reader)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, read_only: bool = False
    ) -> AsyncIterator[SqliteDatabase]:
        """The database at `path`, which `migrate` has made. Raises DatabaseError.

        busy_timeout_ms: how long a transaction waits for the writer of another process. read_only: for a file that
        must stay as it is, or cannot be written; `write` raises DatabaseError then.
        """
        connections: list[aiosqlite.Connection] = []
        check_existing(path)
        uri = _existing(path, read_only=read_only)
        _check_opens(path, uri)
        try:
            for role in ("writer",) + ("reader",) * READERS:
                query_only = read_only or role == "reader"
                connections.append(
                    await _connect(path, uri, busy_timeout_ms, query_only=query_only, keep_journal=read_only)
                )
            yield cls(connections[0], connections[1:])
        finally:
            await _finish(asyncio.gather(*(connection.close() for connection in connections)))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqliteTransaction]:
        async with self._writing, _transaction(self._writer, "BEGIN IMMEDIATE") as transaction:
            yield transaction

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqliteTransaction]:
        connection = await self._idle.get()
        try:
            async with _transaction(connection, "BEGIN DEFERRED") as transaction:
                yield transaction
        finally:
            self._idle.put_nowait(connection)


@asynccontextmanager
async def _transaction(connection: aiosqlite.Connection, begin: str) -> AsyncIterator[SqliteTransaction]:
    # BEGIN stands inside the try: aiosqlite hands a statement to its thread before the first await, so a cancelled
    # BEGIN may have begun. The same holds for COMMIT, after which the rollback finds nothing to undo.
    try:
        await connection.execute(begin)
        yield SqliteTransaction(connection)
        await connection.commit()
    except BaseException as error:
        await _finish(connection.rollback())
        if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:  # the latter: damaged
            raise DatabaseError(f"The database did not do it ({error}): {cure(error)}.") from error
        raise


async def _finish(work: Awaitable[Any]) -> None:
    """Await to the end, however often the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


async def _connect(
    path: Path, uri: str, busy_timeout_ms: int, *, query_only: bool, keep_journal: bool
) -> aiosqlite.Connection:
    connection = aiosqlite.connect(uri, uri=True, isolation_level=None)
    try:
        # Awaited to the end: aiosqlite leaves the thread of a cancelled connect behind, which may outlive the loop.
        await _finish(connection)
        connection.row_factory = sqlite3.Row
        await connection.execute_fetchall(f"PRAGMA busy_timeout = {busy_timeout_ms:d}")  # first: the others may wait
        for pragma in _PRAGMAS if keep_journal else ("PRAGMA journal_mode = WAL", *_PRAGMAS):
            await connection.execute_fetchall(pragma)
        await connection.execute_fetchall(f"PRAGMA query_only = {query_only:d}")
        [(found,)] = await connection.execute_fetchall("PRAGMA user_version")
        _check_version(path, found)
    except BaseException as error:
        await _finish(connection.close())
        if isinstance(error, sqlite3.DatabaseError):
            raise DatabaseError(f"{path} cannot be used as a database ({error}): {cure(error)}.") from error
        raise
    return connection


def _check_version(path: Path, found: int) -> None:
    newest = migrations()[-1].number
    if found < newest:
        raise DatabaseError(f"The database {path} is older than this Klapper: run `python bot.py migrate`.")
    if found > newest:
        raise DatabaseError(f"The database {path} is newer than this Klapper: use a newer Klapper.")


def check_existing(path: Path) -> None:
    """Raises DatabaseError when there is no file, or nobody may look whether there is one."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DatabaseError(f"There is no database at {path}: run `python bot.py migrate` to make it.") from error
    except OSError as error:
        raise DatabaseError(
            f"The database {path} cannot be looked at ({error.strerror}): check database.url and the folder's owner."
        ) from error


def _check_opens(path: Path, uri: str) -> None:
    """Fails here rather than in aiosqlite, which leaves the thread of a failed connect behind."""
    try:
        sqlite3.connect(uri, uri=True).close()
    except sqlite3.Error as error:
        raise DatabaseError(f"The database {path} cannot be opened ({error}): {cure(error)}.") from error


def _existing(path: Path, *, read_only: bool) -> str:
    """Open what is there: with mode=rw a missing file is an error, since only `migrate` makes one.

    A copy in a folder where nothing can be written is opened as immutable, for a reader of a write-ahead log makes a
    file beside it; a log that is there says that somebody else has it open, or had.
    """
    uri = path.absolute().as_uri()
    if not read_only:
        return f"{uri}?mode=rw"
    is_copy = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    return f"{uri}?mode=ro{'&immutable=1' if is_copy else ''}"


def _constraint(error: sqlite3.IntegrityError) -> str:
    """`CHECK constraint failed: account_available` -> `account_available`; a trigger's words stay as they are."""
    _, found, name = str(error).partition(_FAILED)
    return name if found else str(error)
