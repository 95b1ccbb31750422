"""SQLite behind the database port without threads and disk: the real schema, and a seed that repeats exactly.

A transaction here is one step of its task: nothing else runs between its BEGIN and its COMMIT, so one connection in
memory shows everybody what real snapshots would. The process can die before a transaction and after its commit, when
nobody was told yet; a death within it is the same as one before. That a transaction never waits for anything else is
a promise of the program (no transaction spans a request), and checked.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import cast

from klapper.database.database import ConstraintViolated, DatabaseError, Row
from klapper.database.migrate import migrate

SLOW_ONE_IN = 100  # transactions that take some milliseconds
_FAILED = " constraint failed: "


class Step:
    """One await: whatever else is ready goes first, and the process may die here."""

    def __await__(self) -> Generator[None, None, None]:
        yield


STEP = Step()


@cache
def _template() -> sqlite3.Connection:
    """The schema, as the migrations make it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "klapper.db")
        migrate(file)
        connection = sqlite3.connect(":memory:")
        with sqlite3.connect(file) as made:
            made.backup(connection)
        made.close()
    return connection


def new_database() -> sqlite3.Connection:
    """An empty database in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
    _template().backup(connection)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")
    return connection


class SimulatedTransaction:
    """Statements between BEGIN and COMMIT. claims: ids of the jobs that it commits as `sending`.

    moves: whether a job or a delivery gets another state.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.claims: list[str] = []
        self.moves = False

    async def one(self, sql: str, /, **params: object) -> Row | None:
        return cast("Row | None", self._connection.execute(sql, params).fetchone())

    async def all(self, sql: str, /, **params: object) -> list[Row]:
        return cast("list[Row]", self._connection.execute(sql, params).fetchall())

    async def execute(self, sql: str, /, **params: object) -> int:
        if "to_status" in params or "to_state" in params:
            self.moves = True
        if params.get("sent") == 1:
            self.claims.append(str(params["job_id"]))
        try:
            return self._connection.execute(sql, params).rowcount
        except sqlite3.IntegrityError as error:
            raise ConstraintViolated(_constraint(error)) from error


class SimulatedDatabase:
    """One life's way to the database.

    steps: how many steps the event loop has taken. waits: told when a transaction waited for something. claiming:
    called before a commit that hands jobs to Segmind. committed: called after each commit, told
    whether anything moved. is_full: whether the disk
    refuses writes now.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        chance: Random,
        *,
        steps: Callable[[], int],
        waits: Callable[[], None],
        claiming: Callable[[list[str]], None],
        committed: Callable[[bool], None],
        is_full: Callable[[], bool],
    ) -> None:
        self._connection = connection
        self._writing = asyncio.Lock()
        self._chance = chance
        self._steps = steps
        self._waits = waits
        self._claiming = claiming
        self._committed = committed
        self._is_full = is_full

    def die(self) -> None:
        """What was not committed is gone."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._connection = sqlite3.connect(":memory:")  # for what is closed after the end of the story

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SimulatedTransaction]:
        async with self._writing:
            await self._pause()
            if self._is_full():
                raise DatabaseError("The database did not do it (database or disk is full).")
            tx, connection = SimulatedTransaction(self._connection), self._connection
            connection.execute("BEGIN IMMEDIATE")
            began = self._steps()
            try:
                yield tx
                if tx.claims:
                    self._claiming(tx.claims)
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            if self._steps() != began:
                self._waits()
            self._committed(tx.moves)
        await STEP  # the commit is done and nobody was told yet

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SimulatedTransaction]:
        await self._pause()
        began = self._steps()
        yield SimulatedTransaction(self._connection)
        if self._steps() != began:
            self._waits()

    async def _pause(self) -> None:
        """A disk is sometimes slow, so that tasks meet in other orders."""
        if self._chance.random() * SLOW_ONE_IN < 1:
            await asyncio.sleep(self._chance.random() * 0.05)
        else:
            await STEP


def _constraint(error: sqlite3.IntegrityError) -> str:
    _, found, name = str(error).partition(_FAILED)
    return name if found else str(error)
