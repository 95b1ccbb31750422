"""SQLite behind the database port: one writing connection, a few reading ones. The only file that knows aiosqlite."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import aiosqlite

from klapper.database.cures import cure
from klapper.database.database import DatabaseError, Row
from klapper.database.finishing import finish
from klapper.database.migrate import migrations
from klapper.database.statements import QUICK_STEPS, SqliteTransaction, Statements
from klapper.database.writing import Writing, as_sentence

BUSY_TIMEOUT_MS = 5_000
READERS = 2
STATEMENTS = 256  # prepared ones that a connection keeps: every one that the program has
_PRIMARY_CODE = 0xFF  # SQLite docs: Result and Error Codes, extended codes end with their primary one

_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # a commit that was answered survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",  # without it REPLACE deletes rows past their triggers
)


class _Connection:
    """A connection and its thread."""

    def __init__(self, plain: sqlite3.Connection, thread: aiosqlite.Connection, quick_steps: int) -> None:
        self._plain = plain
        self._thread = thread
        self.statements = Statements(plain, self, quick_steps)
        self.commit, self.undo, self.close = thread.commit, thread.rollback, thread.close

    async def query(self, sql: str, params: Mapping[str, object], /) -> list[Row]:
        return cast("list[Row]", list(await self._thread.execute_fetchall(sql, cast("Any", params))))

    async def change(self, sql: str, params: Mapping[str, object], /) -> int:
        async with self._thread.execute(sql, cast("Any", params)) as cursor:
            return cursor.rowcount

    async def undo_to(self, savepoint: str) -> None:
        """What happened since the savepoint did not, and it is gone."""
        await self._thread.execute_fetchall(f"ROLLBACK TO {savepoint}")
        await self._thread.execute_fetchall(f"RELEASE {savepoint}")

    async def begin(self, busy_timeout_ms: int) -> None:
        """BEGIN IMMEDIATE; only where another process is writing the thread waits for it."""
        try:
            self.statements.now("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
        else:
            return
        await self._thread.execute_fetchall(f"PRAGMA busy_timeout = {busy_timeout_ms:d}")
        try:
            await self._thread.execute_fetchall("BEGIN IMMEDIATE")
        finally:
            await self._thread.execute_fetchall("PRAGMA busy_timeout = 0")


class SqliteDatabase:
    """A database file.

    Promises: one writer at a time in this process; a block that raises or is cancelled at any await leaves nothing
    behind; a block that ended is on disk. Other processes may read, and write in short transactions of their own.
    """

    def __init__(self, writing: Writing, readers: list[_Connection]) -> None:
        self._writing = writing
        self._idle: asyncio.Queue[_Connection] = asyncio.Queue()
        for reader in readers:
            self._idle.put_nowait(reader)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        read_only: bool = False,
        quick_steps: int = QUICK_STEPS,
    ) -> AsyncIterator[SqliteDatabase]:
        """The database at `path`, which `migrate` has made. Raises DatabaseError.

        busy_timeout_ms: how long a transaction waits for the writer of another process. read_only: for a file that
        must stay as it is, or cannot be written; `write` raises DatabaseError then. quick_steps: see `Statements`.
        """
        connections: list[_Connection] = []
        check_existing(path)
        uri = _existing(path, read_only=read_only)
        _check_opens(path, uri)
        try:
            for role in ("writer",) + ("reader",) * READERS:
                query_only = read_only or role == "reader"
                thread, plain = await _connect(
                    path, uri, busy_timeout_ms, query_only=query_only, keep_journal=read_only
                )
                connections.append(_Connection(plain, thread, quick_steps))
            writer = connections[0]
            writer.statements.now("PRAGMA busy_timeout = 0")  # `begin` waits, and does so in the thread
            writing = Writing(
                writer.statements,
                begin=partial(writer.begin, busy_timeout_ms),
                commit=writer.commit,
                undo=writer.undo,
                undo_to=writer.undo_to,
            )
            try:
                yield cls(writing, connections[1:])
            finally:
                await finish(writing.close())
        finally:
            await finish(asyncio.gather(*(connection.close() for connection in connections)))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqliteTransaction]:
        async with self._writing.block() as transaction:
            yield transaction

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqliteTransaction]:
        connection = await self._idle.get()
        try:
            connection.statements.now("BEGIN DEFERRED")
            yield SqliteTransaction(connection.statements)
            connection.statements.now("COMMIT")
        except BaseException as error:
            await finish(connection.undo())  # in the thread, where a cancelled query may still run
            sentence = as_sentence(error)
            if sentence is not None:
                raise sentence from error
            raise
        finally:
            self._idle.put_nowait(connection)


async def _connect(
    path: Path, uri: str, busy_timeout_ms: int, *, query_only: bool, keep_journal: bool
) -> tuple[aiosqlite.Connection, sqlite3.Connection]:
    # One connection for the loop and for aiosqlite's thread: never at the same time, because a transaction awaits
    # each of its statements, and what undoes a cancelled one waits in the thread behind it.
    plain = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS)
    connection = aiosqlite.Connection(lambda: plain, iter_chunk_size=1)
    try:
        # Awaited to the end: aiosqlite leaves the thread of a cancelled connect behind, which may outlive the loop.
        await finish(connection)
        connection.row_factory = sqlite3.Row
        await connection.execute_fetchall(f"PRAGMA busy_timeout = {busy_timeout_ms:d}")  # first: the others may wait
        for pragma in _PRAGMAS if keep_journal else ("PRAGMA journal_mode = WAL", *_PRAGMAS):
            await connection.execute_fetchall(pragma)
        await connection.execute_fetchall(f"PRAGMA query_only = {query_only:d}")
        [(found,)] = await connection.execute_fetchall("PRAGMA user_version")
        _check_version(path, found)
    except BaseException as error:
        await finish(connection.close())
        if isinstance(error, sqlite3.DatabaseError):
            raise DatabaseError(f"{path} cannot be used as a database ({error}): {cure(error)}.") from error
        raise
    return connection, plain


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
