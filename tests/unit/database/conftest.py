"""A database with the schema, and a table of its own to write to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase
from klapper.database.statements import QUICK_STEPS


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    path = tmp_path / "klapper.db"
    migrate(path)
    return path


@pytest.fixture(params=[QUICK_STEPS, 0], ids=["at once", "in the thread"])
async def database(database_file: Path, request: pytest.FixtureRequest) -> AsyncIterator[SqliteDatabase]:
    """Once with short statements on the loop, as the program has it, and once with every statement in the thread."""
    async with SqliteDatabase.open(database_file, busy_timeout_ms=5_000, quick_steps=request.param) as opened:
        yield opened
