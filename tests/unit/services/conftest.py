"""A world per test, and one with other settings for those that ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.unit.services.world import World

OpenWorld = Callable[..., Awaitable[World]]


@pytest.fixture
async def open_world(tmp_path: Path) -> AsyncIterator[OpenWorld]:
    """Makes a world with other settings: `await open_world(limits={"undo_s": 0})`."""
    opened: list[World] = []
    async with AsyncExitStack() as stack:

        async def open_(**sections: Any) -> World:
            folder = tmp_path / f"world{len(opened)}"
            opened.append(await stack.enter_async_context(World.open(folder, **sections)))
            return opened[-1]

        yield open_
        for world in opened:
            assert await world.broken_books() == []
    assert [crash for world in opened for crash in world.crashes.seen] == []


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """A world with the settings that an operator has who changed none."""
    return await open_world()
