"""Books in a fresh file, and how hard Hypothesis looks.

The profile `ledger` finds the same examples every time; LEDGER_PROFILE=ledger-search looks longer and elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.unit.ledger.books import Books

settings.register_profile("ledger", database=None, derandomize=True, max_examples=32, stateful_step_count=40)
settings.register_profile("ledger-search", database=None, max_examples=1_000, stateful_step_count=60)


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with Books.open(tmp_path / "klapper.db") as opened:
        yield opened
