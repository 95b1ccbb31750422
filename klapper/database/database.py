"""The database port: what stores may ask of a database.

A transaction is an `async with`; it commits when the block ends and rolls back when it raises or is cancelled. No
transaction spans a network call. Times and amounts are parameters, never computed by the database.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from klapper.errors import KlapperError


class Row(Protocol):
    """One row, read by column name."""

    def __getitem__(self, column: str, /) -> Any: ...

    def keys(self) -> Any: ...


class Reader(Protocol):
    """A consistent view of the database."""

    async def one(self, sql: str, /, **params: object) -> Row | None:
        """The first row, or None."""
        ...

    async def all(self, sql: str, /, **params: object) -> list[Row]:
        """Every row; the statement names its own LIMIT."""
        ...


class Writer(Reader, Protocol):
    """The one writing transaction."""

    async def execute(self, sql: str, /, **params: object) -> int:
        """Run a statement; the number of rows it changed. Raises ConstraintViolated."""
        ...


class Database(Protocol):
    """One writer at a time, readers beside it."""

    def write(self) -> AbstractAsyncContextManager[Writer]:
        """BEGIN IMMEDIATE ... COMMIT."""
        ...

    def read(self) -> AbstractAsyncContextManager[Reader]:
        """One read-only snapshot."""
        ...


class DatabaseError(KlapperError):
    """The database cannot be used. Nothing was changed; the message says what to check."""


class ConstraintViolated(KlapperError):
    """A named constraint of the schema said no. The transaction is rolled back by its block.

    constraint: the CHECK's name, `table.column` of a unique key, `index` names, or the words of a trigger.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(f"Constraint {constraint} was violated.")
        self.constraint = constraint
