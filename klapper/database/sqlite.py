"""SQLite behind the database port: one writing connection, a few reading ones, each with a thread for what waits."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from klapper.database.cures import cure
from klapper.database.database import DatabaseError
from klapper.database.migrate import migrations
from klapper.database.statements import QUICK_STEPS, SqliteTransaction, Statements
from klapper.database.thread import Thread, finish
from klapper.database.writing import Writing, as_sentence

BUSY_TIMEOUT_MS = 5_000
READERS = 2
STATEMENTS = 256  # prepared ones that a connection keeps: every one that the program has

_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # a commit that was answered survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten; not every build of SQLite does so by itself
    "PRAGMA recursive_triggers = ON",  # without it REPLACE deletes rows past their triggers
)


@dataclass(frozen=True, slots=True)
class _Connection:
    """A connection that the loop and its thread use, never at the same time: a transaction awaits each statement.

    What undoes a cancelled statement waits in the thread behind it.
    """

    plain: sqlite3.Connection
    thread: Thread
    statements: Statements

    def close(self) -> asyncio.Future[None]:
        """Done when everything is that was handed to its thread; whoever is within a transaction finds it closed."""
        self.statements.close()
        closed = self.thread.start(self.plain.close)
        self.thread.close()
        return closed


class SqliteDatabase:
    """A database file.

    Promises: one writer at a time in this process; a block that raises or is cancelled at any await leaves nothing
    behind; a block that ended is on disk; a block that is open while the database is closed raises DatabaseError, as
    does one that waits for its turn. Other processes may read, and write in short transactions of their own.
    """

    def __init__(self, writing: Writing, readers: list[_Connection]) -> None:
        self._writing = writing
        self._readers = readers
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
        thread: Callable[[str], Thread] = Thread,
    ) -> AsyncIterator[SqliteDatabase]:
        """The database at `path`, which `migrate` has made. Raises DatabaseError.

        busy_timeout_ms: how long a transaction waits for the writer of another process. read_only: for a file that
        must stay as it is, or cannot be written; `write` raises DatabaseError then. quick_steps: see `Statements`.
        thread: makes a connection's thread, by its name.
        """
        connections: list[_Connection] = []
        opened: SqliteDatabase | None = None
        check_existing(path)
        uri = _existing(path, read_only=read_only)
        try:
            for role in ("writer",) + ("reader",) * READERS:
                query_only = read_only or role == "reader"
                connections.append(
                    await _connect(
                        path,
                        uri,
                        busy_timeout_ms,
                        query_only=query_only,
                        keep_journal=read_only,
                        quick_steps=quick_steps,
                        thread=thread("database"),
                    )
                )
            writer, *readers = connections
            writer.statements.now("PRAGMA busy_timeout = 0")  # it waits in the thread
            writing = Writing(writer.plain, writer.thread, writer.statements, busy_timeout_ms=busy_timeout_ms)
            opened = cls(writing, readers)
            yield opened
        finally:
            if opened is not None:
                opened._tell_waiters()
            await finish(asyncio.gather(*(connection.close() for connection in connections)))

    def _tell_waiters(self) -> None:
        """That the database is closed: a reader that finds it so wakes the next one."""
        self._writing.close()
        self._idle.put_nowait(self._readers[0])

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
            if connection.statements.are_open:  # in the thread, where a cancelled query may still run
                await connection.thread.finish(connection.plain.rollback)
            sentence = as_sentence(error)
            if sentence is not None:
                raise sentence from error
            raise
        finally:
            self._idle.put_nowait(connection)


async def _connect(
    path: Path,
    uri: str,
    busy_timeout_ms: int,
    *,
    query_only: bool,
    keep_journal: bool,
    quick_steps: int,
    thread: Thread,
) -> _Connection:
    opening = thread.start(lambda: _open(path, uri, busy_timeout_ms, query_only=query_only, keep_journal=keep_journal))
    try:
        plain = await finish(opening)
    except BaseException:
        try:
            if opening.exception() is None:  # it was cancelled, and is open all the same
                await thread.finish(opening.result().close)
        finally:
            thread.close()
        raise
    return _Connection(plain, thread, Statements(plain, thread, quick_steps))


def _open(path: Path, uri: str, busy_timeout_ms: int, *, query_only: bool, keep_journal: bool) -> sqlite3.Connection:
    try:
        plain = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
        )
    except sqlite3.Error as error:
        raise DatabaseError(f"The database {path} cannot be opened ({error}): {cure(error)}.") from error
    plain.row_factory = sqlite3.Row
    try:
        plain.execute(f"PRAGMA busy_timeout = {busy_timeout_ms:d}")  # first: the others may wait
        for pragma in _PRAGMAS if keep_journal else ("PRAGMA journal_mode = WAL", *_PRAGMAS):
            plain.execute(pragma).fetchall()
        plain.execute(f"PRAGMA query_only = {query_only:d}")
        _check_version(path, plain.execute("PRAGMA user_version").fetchone()[0])
    except BaseException as error:
        plain.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise DatabaseError(f"{path} cannot be used as a database ({error}): {cure(error)}.") from error
        raise
    return plain


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
        raise DatabaseError(
            f"There is no database at {path.absolute()}: run `python bot.py migrate` to make it."
        ) from error
    except OSError as error:
        raise DatabaseError(
            f"The database {path} cannot be looked at ({error.strerror}): check database.url and the folder's owner."
        ) from error


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
