"""The writing connection: blocks take turns on it, and those that wait at the same time share a commit.

A commit is a wait for the disk. Whoever comes while another block is open joins its transaction behind a savepoint of
its own; when nobody waits any more, or `MOST_SHARERS` did, one COMMIT answers all of them (ADR 0019).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from klapper.database.cures import cure
from klapper.database.database import DatabaseError
from klapper.database.statements import SqliteTransaction, Statements, closed
from klapper.database.thread import Thread, finish

MOST_SHARERS = 16  # blocks of one commit
_BEGIN = "BEGIN IMMEDIATE"
_PRIMARY_CODE = 0xFF  # an extended code of SQLite ends with its primary one (SQLite docs: Result and Error Codes)


@dataclass(slots=True)
class _Shared:
    """An open transaction. sharers: blocks that ended well and wait for its commit. ended: when they know."""

    ended: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    sharers: int = 0

    def fail(self, error: BaseException) -> None:
        self.ended.set_exception(error)
        self.ended.exception()  # there may be nobody who asks


class Writing:
    """Keeps:

    - one block at a time, in the order in which they came;
    - a block that raises or is cancelled leaves nothing behind, and those that share its commit do not notice;
    - a block returns after its own rows are on disk; if the commit fails, each of its sharers is told so.

    busy_timeout_ms: how long a block waits for the writer of another process, in the thread. The connection's own
    timeout is 0.
    """

    def __init__(
        self, connection: sqlite3.Connection, thread: Thread, statements: Statements, *, busy_timeout_ms: int
    ) -> None:
        self._connection = connection
        self._thread = thread
        self._statements = statements
        self._busy_timeout_ms = busy_timeout_ms
        self._transaction = SqliteTransaction(statements)
        self._taken = False
        self._queue: deque[asyncio.Future[None]] = deque()
        self._shared: _Shared | None = None

    @asynccontextmanager
    async def block(self) -> AsyncIterator[SqliteTransaction]:
        """A transaction, as far as its block can tell. Raises DatabaseError."""
        await self._take_turn()
        try:
            shared = await self._join()
            self._statements.now("SAVEPOINT block")
            yield self._transaction
            self._statements.now("RELEASE block")
            shared.sharers += 1
        except BaseException as error:
            try:
                await self._leave_nothing()
            finally:
                self._pass_on()
            sentence = as_sentence(error)
            if sentence is not None:
                raise sentence from error
            raise
        self._pass_on()
        await finish(shared.ended)

    def close(self) -> None:
        """Every block that has not ended raises DatabaseError, also those that wait; the connection closes after it."""
        self._statements.close()
        for turn in self._queue:
            if not turn.done():
                turn.set_exception(closed())
        if self._shared is not None:
            self._shared.fail(closed())
            self._shared = None

    # Turns

    async def _take_turn(self) -> None:
        if not self._taken:
            self._taken = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it came at the same moment
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """The next one goes on in the open transaction, or it is committed first."""
        shared = self._shared
        if shared is not None and (shared.sharers >= MOST_SHARERS or not self._is_awaited()):
            self._end(shared)
        else:
            self._give_turn()

    def _is_awaited(self) -> bool:
        while self._queue and self._queue[0].done():  # cancelled
            self._queue.popleft()
        return bool(self._queue)

    def _give_turn(self) -> None:
        if self._is_awaited():
            self._queue.popleft().set_result(None)
        else:
            self._taken = False

    # The transaction

    async def _join(self) -> _Shared:
        if self._shared is None:
            if not self._begin_at_once():
                await self._thread.finish(self._begin_when_free)
            self._shared = _Shared()
        return self._shared

    def _begin_at_once(self) -> bool:
        try:
            self._statements.now(_BEGIN)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def _begin_when_free(self) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms:d}")
        try:
            self._connection.execute(_BEGIN)
        finally:
            self._connection.execute("PRAGMA busy_timeout = 0")

    async def _leave_nothing(self) -> None:
        """Undo what the block did, in the thread: a statement of it that was cancelled may still run there."""
        if not self._statements.are_open:  # what closes the connection undoes it
            self._shared = None
            return
        shared = self._shared
        if shared is not None and shared.sharers:
            try:
                await self._thread.finish(self._undo_block)
            except sqlite3.Error as error:  # SQLite gave up the whole transaction, as it does on a full disk
                self._shared = None
                shared.fail(as_sentence(error) or error)
            return
        # Also without a transaction of ours: a BEGIN that was cancelled may have begun.
        self._shared = None
        await self._thread.finish(self._connection.rollback)

    def _undo_block(self) -> None:
        try:
            self._connection.execute("ROLLBACK TO block")
            self._connection.execute("RELEASE block")
        except sqlite3.Error:
            self._connection.rollback()
            raise

    def _end(self, shared: _Shared) -> None:
        """Commit, and tell the sharers; nobody is waited for here, so nobody can cancel it."""
        self._shared = None
        self._thread.start(self._commit).add_done_callback(partial(self._ended, shared))

    def _commit(self) -> None:
        try:
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise

    def _ended(self, shared: _Shared, commit: asyncio.Future[None]) -> None:
        error = commit.exception()
        if error is None:
            shared.ended.set_result(None)
        else:
            shared.fail(as_sentence(error) or error)
        self._give_turn()


def as_sentence(error: BaseException) -> DatabaseError | None:
    """What an operator reads about an error of SQLite itself; None for any other."""
    if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:  # the latter: damaged
        return DatabaseError(f"The database did not do it ({error}): {cure(error)}.")
    return None
