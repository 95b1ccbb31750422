"""Both ends of the wire to a loopback Discord, for tests of the messages that Klapper posts by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import discord

from klapper.clock import MINUTE_MS, SystemClock
from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.messages.publisher import Publisher
from klapper.services.messenger import MessageRef
from klapper.services.views import JobView
from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver, MessageView
from tests.unit.messages.job_views import delivery, view_of

LINK = "https://images.segmind.com/generations/x.mp4"
ABSENT = "Discord's API description is not beside the repository (../shared/reference)"


@dataclass(frozen=True, slots=True)
class Stage:
    """The members' side, the bot's side, and where Mira's jobs live."""

    server: SandboxDiscord
    driver: Driver
    client: discord.Client
    publisher: Publisher
    guild_id: int
    channel_id: int
    user_id: int

    def view(self, view: JobView | None = None, **job: Any) -> JobView:
        """A job of Mira in #videos."""
        shown = view or view_of()
        here = {"guild_id": self.guild_id, "channel_id": self.channel_id, "user_id": self.user_id}
        return replace(shown, job=replace(shown.job, **{**here, **job}))

    async def see(self, ref: MessageRef) -> MessageView:
        """The message as members see it now."""
        return await self.driver.message(str(ref.message_id))


def succeeded(way: str = "", copy: CopyState = CopyState.NONE) -> JobView:
    state = DeliveryState.DELIVERED if way else DeliveryState.PENDING
    return view_of(JobStatus.SUCCEEDED, delivery=delivery(state, way=way, copy=copy), link=LINK)


def a_minute_ago() -> int:
    return SystemClock().now_ms() - MINUTE_MS
