"""A sandbox server, a driver and a running discord.py client, all in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver, InteractionResult
from tests.integration.sandbox_discord.card_bot import CardBot
from tests.integration.sandbox_discord.panel_bot import PanelBot
from tests.integration.sandbox_discord.rest import Rest


@pytest.fixture
async def server() -> AsyncIterator[SandboxDiscord]:
    async with SandboxDiscord() as running:
        yield running


@pytest.fixture
async def driver(server: SandboxDiscord) -> AsyncIterator[Driver]:
    async with Driver(server.url) as running:
        yield running


@pytest.fixture
def pointed(server: SandboxDiscord) -> Iterator[SandboxDiscord]:
    """discord.py's two documented addresses point at the server while the test runs."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = server.api_url, yarl.URL(server.gateway_url)
    yield server
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def running(client: discord.Client, token: str) -> AsyncIterator[asyncio.Task[None]]:
    """Runs the client in the background and closes it."""
    task = asyncio.create_task(client.start(token))
    try:
        yield task
    finally:
        await client.close()
        await asyncio.wait([task], timeout=5)


@pytest.fixture
async def bot(pointed: SandboxDiscord, driver: Driver) -> AsyncIterator[CardBot]:
    """A connected bot with its commands registered."""
    client = CardBot(next(iter(pointed.world.guilds)))
    async with running(client, pointed.token):
        await driver.wait_for_ready_bot(commands=["draw"])
        yield client


@pytest.fixture
async def panels(pointed: SandboxDiscord, driver: Driver) -> AsyncIterator[PanelBot]:
    """A connected bot of private panels with its commands registered."""
    client = PanelBot(next(iter(pointed.world.guilds)))
    async with running(client, pointed.token):
        await driver.wait_for_ready_bot(commands=["panel"])
        yield client


@pytest.fixture
async def rest(server: SandboxDiscord) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(server.api_url, server.token, session)


@dataclass(frozen=True, slots=True)
class Raw:
    """An interaction of Mira's `/ping` in #videos that no bot answers by itself."""

    result: InteractionResult
    callback: str
    webhook: str

    @property
    def original(self) -> str:
        return f"{self.webhook}/messages/@original"


@pytest.fixture
def open_raw(server: SandboxDiscord) -> Callable[[InteractionResult], Raw]:
    """The paths of an interaction, for bodies that discord.py would not send."""

    def paths(result: InteractionResult) -> Raw:
        interaction = server.services.desk.get(int(result.id))
        assert interaction is not None
        webhook = f"/webhooks/{server.world.application.id}/{interaction.token}"
        return Raw(result, f"/interactions/{result.id}/{interaction.token}/callback", webhook)

    return paths


@pytest.fixture
async def raw(server: SandboxDiscord, driver: Driver, rest: Rest, open_raw: Callable[[InteractionResult], Raw]) -> Raw:
    ping = {"name": "ping", "description": "Ping"}
    await rest.call("PUT", f"/applications/{server.world.application.id}/commands", [ping])
    return open_raw(await driver.slash("Mira", "videos", "ping"))
