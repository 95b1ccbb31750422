"""The sandbox's page with a real Segmind behind it, and a bot that only pretends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.demo.bot_door import BotDoor, BotState, CannotBeDone
from sandbox.discord import SandboxDiscord
from sandbox.discord.defaults import demo_world
from sandbox.segmind import SandboxSegmind, SegmindControl


class PretendedBot:
    """Implements `bot_door.BotProcess` without a process."""

    def __init__(self) -> None:
        self._is_running = True
        self._starts = 1

    async def state(self) -> BotState:
        if not self._is_running:
            return BotState("stopped", None, self._starts, [])
        return BotState("running", 4000 + self._starts, self._starts, ["ready"])

    async def kill(self) -> None:
        if not self._is_running:
            raise CannotBeDone("The bot does not run.")
        self._is_running = False

    async def stop(self) -> None:
        await self.kill()

    async def start(self) -> None:
        if self._is_running:
            raise CannotBeDone("The bot runs already.")
        self._is_running, self._starts = True, self._starts + 1


@dataclass(frozen=True, slots=True)
class ProviderStand:
    """The page's server, and the Segmind that its drawer looks at."""

    discord: SandboxDiscord
    segmind: SandboxSegmind

    @property
    def control(self) -> SegmindControl:
        return self.segmind.control

    @property
    def upload_bytes(self) -> int:
        """What a file in the guild may have at most."""
        (guild,) = self.discord.world.guilds.values()
        return guild.upload_bytes

    async def submit(self, slug: str, parameters: dict[str, Any]) -> int:
        """POSTs a job as the bot does; the answer's status."""
        url, headers = f"{self.segmind.url}/v2/{slug}", {"x-api-key": self.segmind.api_key}
        async with aiohttp.ClientSession() as http, http.post(url, json=parameters, headers=headers) as answer:
            return answer.status


@asynccontextmanager
async def provider_stand(
    segmind: SandboxSegmind | None = None, *, services: tuple[str, ...] = ("segmind", "bot")
) -> AsyncIterator[ProviderStand]:
    """services: which of them are behind the page."""
    async with segmind or SandboxSegmind() as provider, BotDoor(PretendedBot()) as door:
        urls = {"segmind": f"{provider.url}/sandbox", "bot": door.url}
        backstage = {name: urls[name] for name in services}
        async with SandboxDiscord(demo_world(), backstage=backstage) as discord:
            yield ProviderStand(discord, provider)
