"""A database with the schema, and a table of its own to write to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    path = tmp_path / "klapper.db"
    migrate(path)
    return path


@pytest.fixture
async def database(database_file: Path) -> AsyncIterator[SqliteDatabase]:
    async with SqliteDatabase.open(database_file, busy_timeout_ms=5_000) as opened:
        yield opened
