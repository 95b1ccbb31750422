"""The bot's own client of Discord, without a connection."""

from __future__ import annotations

from pathlib import Path

from cogs.client import KlapperBot


async def test_what_discord_says_after_the_end_is_not_heard(tmp_path: Path) -> None:
    client = KlapperBot(tmp_path / "commands")
    async with client:
        pass
    client.dispatch("ready")
