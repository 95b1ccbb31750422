"""The bot's own client of Discord, without a connection."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cogs.client import KlapperBot
from klapper.database.database import DatabaseError


async def test_what_discord_says_after_the_end_is_not_heard(tmp_path: Path) -> None:
    client = KlapperBot(tmp_path / "commands")
    async with client:
        pass
    client.dispatch("ready")


@pytest.mark.parametrize(("error", "has_traceback"), [(DatabaseError("It was closed."), False), (KeyError("x"), True)])
async def test_an_event_that_comes_as_the_database_closes_is_one_line_and_a_fault_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, has_traceback: bool
) -> None:
    async def fails() -> None:
        raise error

    async with KlapperBot(tmp_path / "commands") as client:
        client.add_listener(fails, "on_guild_available")
        client.dispatch("guild_available")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    [record] = [one for one in caplog.records if one.levelname in ("WARNING", "ERROR")]
    assert bool(record.exc_info) is has_traceback
