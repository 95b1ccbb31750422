"""Somebody at the page of a town, with the checks that hold for every visit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.town import Town
from tests.browser.chromium import chromium
from tests.browser.house import house
from tests.browser.visitor import Visitor


@pytest.fixture
async def page_town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town with its page; the test opens it."""
    async with house(tmp_path) as town:
        yield town


@pytest.fixture
async def visitor(page_town: Town) -> AsyncIterator[Visitor]:
    """Somebody at the page. No error in the console, and nothing asked of anybody but the sandbox."""
    async with chromium() as browser:
        visitor = Visitor(await browser.new_page(reduced_motion="reduce"), page_town.discord.url)
        yield visitor
        assert visitor.wrong == []
