"""The writing connection: blocks take turns on it, and those that wait at the same time share a commit.

A commit is a wait for the disk. Whoever comes while another block is open joins its transaction behind a savepoint of
its own; when nobody waits any more, or `MOST_SHARERS` did, one COMMIT answers all of them (ADR 0019).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from klapper.database.cures import cure
from klapper.database.database import DatabaseError
from klapper.database.finishing import finish
from klapper.database.statements import SqliteTransaction, Statements

MOST_SHARERS = 16  # blocks of one commit


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

    begin: BEGIN IMMEDIATE. commit, undo: what `sqlite3.Connection` does, in its thread; no error without a transaction.
    undo_to: ROLLBACK TO and RELEASE of a savepoint, in the thread as well.
    """

    def __init__(
        self,
        statements: Statements,
        *,
        begin: Callable[[], Awaitable[object]],
        commit: Callable[[], Awaitable[object]],
        undo: Callable[[], Awaitable[object]],
        undo_to: Callable[[str], Awaitable[object]],
    ) -> None:
        self._statements = statements
        self._begin = begin
        self._commit = commit
        self._undo = undo
        self._undo_to = undo_to
        self._transaction = SqliteTransaction(statements)
        self._taken = False
        self._queue: deque[asyncio.Future[None]] = deque()
        self._shared: _Shared | None = None
        self._committing: asyncio.Task[None] | None = None

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
                await finish(self._leave_nothing())
            finally:
                self._pass_on()
            sentence = as_sentence(error)
            if sentence is not None:
                raise sentence from error
            raise
        self._pass_on()
        await finish(shared.ended)

    async def close(self) -> None:
        """Wait for the commit that is under way."""
        if self._committing is not None:
            await asyncio.wait({self._committing})

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
            self._committing = asyncio.get_running_loop().create_task(self._end(shared))
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
            await finish(self._open())
        assert self._shared is not None
        return self._shared

    async def _open(self) -> None:
        await self._begin()
        self._shared = _Shared()

    async def _leave_nothing(self) -> None:
        """Undo what the block did, in the thread: a statement of it that was cancelled may still run there."""
        shared = self._shared
        if shared is not None and shared.sharers:
            try:
                await self._undo_to("block")
            except sqlite3.Error as error:  # SQLite gave up the whole transaction, as it does on a full disk
                await self._undo()
                self._shared = None
                shared.fail(as_sentence(error) or error)
            return
        # Also without a transaction of ours: a BEGIN that was cancelled may have begun.
        await self._undo()
        self._shared = None

    async def _end(self, shared: _Shared) -> None:
        self._shared = None
        try:
            await finish(self._commit())
        except BaseException as error:
            await finish(self._undo())  # finds nothing where a cancelled COMMIT had left already
            if isinstance(error, asyncio.CancelledError):
                shared.ended.cancel()
                raise
            shared.fail(as_sentence(error) or error)
        else:
            shared.ended.set_result(None)
        finally:
            self._committing = None
            self._give_turn()


def as_sentence(error: BaseException) -> DatabaseError | None:
    """What an operator reads about an error of SQLite itself; None for any other."""
    if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:  # the latter: damaged
        return DatabaseError(f"The database did not do it ({error}): {cure(error)}.")
    return None
