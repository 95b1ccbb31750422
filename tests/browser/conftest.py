"""A town whose page somebody visits, with the checks that hold for every visit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.demo.bot_door import BotDoor
from sandbox.discord.defaults import demo_world
from tests.acceptance.town import Town
from tests.acceptance.town import town as build_town
from tests.browser.chromium import chromium
from tests.browser.town_bot import TownBot
from tests.browser.visitor import Visitor


@pytest.fixture
async def page_town(tmp_path: Path) -> AsyncIterator[Town]:
    """The demo's world with everything that its page reaches; the test opens it. The books add up afterwards."""
    bot = TownBot()
    async with BotDoor(bot) as door, build_town(tmp_path, world=demo_world(), door_url=door.url) as town:
        bot.town = town
        yield town
        if town.bot.is_running:
            assert await town.bot.stop() == 0
        if town.bot.database.exists():
            await town.bot.ledger()


@pytest.fixture
async def visitor(page_town: Town) -> AsyncIterator[Visitor]:
    """Somebody at the page. No error in the console, and nothing asked of anybody but the sandbox."""
    async with chromium() as browser:
        page = await browser.new_page(reduced_motion="reduce")
        visitor = Visitor(page, page_town.discord.url)
        yield visitor
        assert visitor.wrong == []
