"""A look at what is committed, from outside of Klapper."""

from __future__ import annotations

import sqlite3
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from klapper.database.database import Row
from klapper.ledger.audit import audit

T = TypeVar("T")


class Observer:
    """Reads when no transaction is under way. It is the port `Reader` as well, for the audit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **params: object) -> list[sqlite3.Row]:
        return self._connection.execute(sql, params).fetchall()

    def value(self, sql: str, **params: object) -> Any:
        """The first column of the first row, None without one."""
        row = self._connection.execute(sql, params).fetchone()
        return None if row is None else row[0]

    async def one(self, sql: str, /, **params: object) -> Row | None:
        return cast("Row | None", self._connection.execute(sql, params).fetchone())

    async def all(self, sql: str, /, **params: object) -> list[Row]:
        return cast("list[Row]", self.rows(sql, **params))

    def broken_books(self) -> list[str]:
        """Every rule of the books that does not hold."""
        found = _now(audit(self)).violations
        return [f"{violation.rule} {violation.where}: {violation.sentence}" for violation in found]


def _now(work: Coroutine[Any, Any, T]) -> T:
    """The result of work that awaits nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("it waits")
