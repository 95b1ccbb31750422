"""A town with its page: the demo's world, Segmind and the bot's process behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.demo.bot_door import BotDoor
from sandbox.discord.defaults import demo_world
from tests.acceptance.town import Town, town
from tests.browser.town_bot import TownBot


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[Town]:
    """The bot is not started yet. At the end it stops in time, and its books add up."""
    bot = TownBot()
    async with BotDoor(bot) as door, town(folder, world=demo_world(), door_url=door.url) as place:
        bot.town = place
        yield place
        if place.bot.is_running:
            assert await place.bot.stop() == 0
        if place.bot.database.exists():
            await place.bot.ledger()
