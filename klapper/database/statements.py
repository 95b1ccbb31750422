"""Where a statement runs: at once on the event loop while it is short, in the connection's thread once it was long.

A hop to the thread and back costs the loop more than most statements do, which read or write a row by its key in some
microseconds (ADR 0019). SQLite counts the steps of its virtual machine, so a long query is broken off and begun again
in the thread, and remembered.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from functools import cache
from typing import cast

from klapper.database.database import ConstraintViolated, DatabaseError, Row
from klapper.database.thread import Thread

QUICK_STEPS = 10_000  # of SQLite's virtual machine, about half a millisecond
_FAILED = " constraint failed: "
_CLOSED = "The database was closed meanwhile: nothing of this is written."
_QUERY = re.compile(r"(?:\s*--.*\n)*\s*(?:SELECT|WITH)\b")  # named queries begin with a comment


class Statements:
    """Runs the statements of one connection, one at a time.

    quick_steps: a query may keep the event loop for so many, or twice as many; 0: everything runs in the thread. A
    statement that writes cannot be broken off without losing its transaction: it is let through once, and runs in the
    thread from then on.
    """

    def __init__(self, connection: sqlite3.Connection, thread: Thread, quick_steps: int = QUICK_STEPS) -> None:
        self._connection = connection
        self._thread = thread
        self._quick_steps = quick_steps
        self._long: set[str] = set()  # the program has so many statements and no more
        self._may_break_off = False
        self._calls = 0
        self._is_open = True
        connection.set_progress_handler(self._quick_steps_are_over, quick_steps)

    @property
    def are_open(self) -> bool:
        return self._is_open

    def close(self) -> None:
        """From now on every statement raises DatabaseError; one that runs in the thread runs to its end."""
        self._is_open = False

    def now(self, sql: str) -> None:
        """A statement that neither waits nor takes long, such as SAVEPOINT."""
        self._refuse_closed()
        self._connection.execute(sql)

    async def query(self, sql: str, params: Mapping[str, object]) -> list[Row]:
        """Every row. Read to the end in one go: a half-read cursor would hold its snapshot beyond the rollback."""
        self._refuse_closed()
        if self._quick_steps and sql not in self._long:
            try:
                return self._at_once(sql, params, may_break_off=_only_reads(sql))
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
        return await self._thread.run(lambda: self._fetch(sql, params))

    async def change(self, sql: str, params: Mapping[str, object]) -> int:
        """The number of rows it changed. Raises ConstraintViolated."""
        self._refuse_closed()
        try:
            if self._quick_steps and sql not in self._long:
                self._begin(may_break_off=False)
                changed = self._connection.execute(sql, params).rowcount
                self._end(sql)
                return changed
            return await self._thread.run(lambda: self._connection.execute(sql, params).rowcount)
        except sqlite3.IntegrityError as error:
            raise ConstraintViolated(_constraint(error)) from error

    def _refuse_closed(self) -> None:
        if not self._is_open:
            raise closed()

    def _at_once(self, sql: str, params: Mapping[str, object], *, may_break_off: bool) -> list[Row]:
        self._begin(may_break_off=may_break_off)
        try:
            return self._fetch(sql, params)
        finally:
            self._end(sql)

    def _fetch(self, sql: str, params: Mapping[str, object]) -> list[Row]:
        return cast("list[Row]", self._connection.execute(sql, params).fetchall())

    def _begin(self, *, may_break_off: bool) -> None:
        self._may_break_off, self._calls = may_break_off, 0

    def _end(self, sql: str) -> None:
        self._may_break_off = False
        if self._is_long:
            self._long.add(sql)

    @property
    def _is_long(self) -> bool:
        # SQLite counts a prepared statement's steps over all of its runs: the first call may come at any step of this
        # one, the second comes `quick_steps` after it.
        return self._calls > 1

    def _quick_steps_are_over(self) -> bool:
        self._calls += 1
        return self._is_long and self._may_break_off


class SqliteTransaction:
    """Statements on one connection between BEGIN and COMMIT."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def one(self, sql: str, /, **params: object) -> Row | None:
        rows = await self._statements.query(sql, params)
        return rows[0] if rows else None

    async def all(self, sql: str, /, **params: object) -> list[Row]:
        return await self._statements.query(sql, params)

    async def execute(self, sql: str, /, **params: object) -> int:
        return await self._statements.change(sql, params)


def closed() -> DatabaseError:
    """What is raised by whoever finds the database closed."""
    return DatabaseError(_CLOSED)


@cache
def _only_reads(sql: str) -> bool:
    return _QUERY.match(sql) is not None


def _constraint(error: sqlite3.IntegrityError) -> str:
    """`CHECK constraint failed: account_available` -> `account_available`; a trigger's words stay as they are."""
    _, found, name = str(error).partition(_FAILED)
    return name if found else str(error)
