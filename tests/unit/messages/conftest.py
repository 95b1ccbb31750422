"""A Publisher of a logged-in client on a loopback Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import ModuleType

import discord
import pytest
from discord.http import Route

from klapper.messages.publisher import Publisher
from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver
from tests.discord_schema import complaints, schema_checker
from tests.unit.messages.discord_stage import Stage


@pytest.fixture(scope="session")
def checker() -> ModuleType | None:
    return schema_checker()


@pytest.fixture
async def server() -> AsyncIterator[SandboxDiscord]:
    async with SandboxDiscord() as running:
        yield running


@pytest.fixture
def pointed(server: SandboxDiscord) -> Iterator[SandboxDiscord]:
    """discord.py's address of the API points at the server while the test runs."""
    before = Route.BASE
    Route.BASE = server.api_url
    yield server
    Route.BASE = before


@pytest.fixture
async def stage(pointed: SandboxDiscord, checker: ModuleType | None) -> AsyncIterator[Stage]:
    """Afterwards every body that was sent is held against Discord's description, where that is at hand."""
    client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=30)
    async with Driver(pointed.url) as driver, client:
        await client.login(pointed.token)
        guild_id = next(iter(pointed.world.guilds))
        channel_id, user_id = int(await driver.channel_id("videos")), int(await driver.user_id("Mira"))
        yield Stage(pointed, driver, client, Publisher(client), guild_id, channel_id, user_id)
        if checker is not None:
            for sent in await driver.requests():
                assert complaints(checker, sent.method, sent.path, sent.body, files=sent.parts or None) == []
