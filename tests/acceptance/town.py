"""A whole small world: Discord, Segmind, the bot between them, and members who use it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.discord import SandboxDiscord
from sandbox.discord.world import World
from sandbox.driver import Driver, InteractionResult, MessageView
from sandbox.segmind import SandboxSegmind, SegmindControl
from tests.acceptance.bot_process import START_S, BotProcess
from tests.acceptance.panel import ANSWER_S, linked

CLIP_S = 90.0  # how long a test waits for a clip; a job takes a few seconds, on a busy machine more
RUN_TIME_S = 2.0
# Discord's own 3 s are for `make bench`: a computer on which everything stands still that long is no finding.
ACKNOWLEDGE_S = 10.0
LOOK_REST_S = 0.1  # between two looks into the database
JOB_ID = re.compile(r"\b[abcdefghjkmnpqrstuvwxyz2-9]{8}\b")


@dataclass
class Town:
    """Everything a test needs; see the driver and the control for what they can do."""

    discord: SandboxDiscord
    driver: Driver
    segmind: SandboxSegmind
    bot: BotProcess

    @property
    def control(self) -> SegmindControl:
        return self.segmind.control

    async def open(self, **settings: str) -> None:
        """Start the bot and wait until members can use it."""
        sessions = (await self.driver.bot())["identified"]
        await self.bot.start(**settings)
        await self.driver.wait_for_ready_bot(commands=["video"], sessions=sessions + 1, timeout=START_S)

    async def video(self, member: str = "Mira", channel: str = "videos", **options: Any) -> MessageView:
        """A /video that is accepted: its card as it is first shown."""
        return await self.card_of(await self.ask(member, channel, **options))

    async def card_of(self, result: InteractionResult) -> MessageView:
        """The card of the job that an interaction became: its public answer, or what the private one links to."""
        answer = await result.wait_message(timeout=ANSWER_S)
        if not answer.ephemeral:
            return answer
        assert answer.buttons == [], f"a question, not a job: {answer.text}"
        return await self.driver.message(linked(answer.text))

    async def answer(self, result: InteractionResult) -> str:
        """What an interaction was answered with in the end."""
        return (await result.wait_message(timeout=ANSWER_S)).text

    async def ask(self, member: str = "Mira", channel: str = "videos", **options: Any) -> InteractionResult:
        """A /video, accepted or refused."""
        options.setdefault("prompt", "a fox crosses a frozen river")
        result = await self.driver.slash(member, channel, "video", **options)
        await result.wait_response()
        return result

    async def card_with(self, card: MessageView, *words: str, timeout: float = CLIP_S) -> MessageView:
        """The card once its text has all of these words."""
        return await self.driver.wait_message(
            lambda message: all(word.lower() in message.text.lower() for word in words), timeout=timeout, message=card
        )

    async def clip_on(self, card: MessageView) -> MessageView:
        """The card once it plays its clip."""
        return await self.driver.wait_message(lambda message: bool(clips(message)), timeout=CLIP_S, message=card)

    async def ping_for(self, card: MessageView, member: str = "Mira") -> MessageView:
        """The reply that tells the requester."""
        user_id = await self.driver.user_id(member)
        return await self.driver.wait_message(
            lambda message: message.reply_to == card.id and user_id in message.pinged, timeout=CLIP_S
        )

    async def told_directly(self, card: MessageView) -> MessageView:
        """The direct message that tells the requester."""
        return await self.driver.wait_message(
            lambda message: message.dm and job_id_of(card) in message.text, timeout=CLIP_S
        )

    async def job(self, job_id: str) -> dict[str, Any]:
        """The job as `bot.py jobs` shows it."""
        return (await self.jobs())[job_id]

    async def jobs(self) -> dict[str, dict[str, Any]]:
        """Every job by its id, as `bot.py jobs` shows them."""
        report = await self.bot.jobs()
        return {job["job_id"]: job for job in (*report["unfinished"], *report["recent"])}

    async def job_once(self, card: MessageView, **values: object) -> dict[str, Any]:
        """The job of a card, as `bot.py jobs` shows it, once it has these values."""
        for _ in range(round(CLIP_S / LOOK_REST_S)):
            if values.items() <= (job := await self.job(job_id_of(card))).items():
                return job
            await asyncio.sleep(LOOK_REST_S)
        raise AssertionError(f"not {values}: {job}")

    async def balance(self, member: str = "Mira") -> str:
        """What /credits balance answers."""
        result = await self.driver.slash(member, "videos", "credits balance")
        await result.wait_response()
        return result.text

    async def posts(self) -> int:
        """How many jobs were sent to Segmind."""
        return len(await self.control.submits())


def job_id_of(card: MessageView) -> str:
    """The job id that a card's buttons carry."""
    return card.buttons[0].custom_id.split(":")[1]


def clips(message: MessageView) -> list[str]:
    """Names of the clips that a message plays: attached, and shown by a gallery."""
    shown = str(message.payload["components"]) if message.payload.get("components") else ""
    return [file.filename for file in message.attachments if file.filename.endswith(".mp4") and file.filename in shown]


@asynccontextmanager
async def town(
    folder: Path, *, world: World | None = None, door_url: str | None = None, **settings: str
) -> AsyncIterator[Town]:
    """A town whose bot is not started yet. `settings` are KLAPPER_ variables without the prefix.

    door_url: what the page reaches the bot's process by; with it, it reaches Segmind too.
    """
    async with (
        SandboxSegmind(run_time_s=RUN_TIME_S) as segmind,
        SandboxDiscord(world, backstage=_backstage(segmind, door_url)) as discord,
        Driver(discord.url) as driver,
    ):
        defaults = {
            "DISCORD__TOKEN": discord.token,
            "DISCORD__API_URL": discord.api_url,
            "DISCORD__GATEWAY_URL": discord.gateway_url,
            "SEGMIND__API_KEY": segmind.api_key,
            "SEGMIND__API_URL": segmind.url,
            "SEGMIND__ASSETS_URL": segmind.url,
            "SEGMIND__HISTORY_URL": segmind.url,
            "SEGMIND__DOWNLOAD_HOSTS": "127.0.0.1",
            "SEGMIND__REQUESTS_PER_MINUTE": "6000",
            "DATABASE__URL": f"sqlite:///{folder / 'klapper.db'}",
            "MEDIA__DIRECTORY": str(folder / "media"),
            "LIMITS__UNDO_S": "0",
            "OPS__PORT": "0",
            "OPS__LOG_LEVEL": "DEBUG",
        }
        bot = BotProcess(folder, {**defaults, **settings})
        await driver.set_limits(acknowledge_s=ACKNOWLEDGE_S)
        try:
            yield Town(discord, driver, segmind, bot)
        finally:
            if bot.is_running:
                await bot.kill()


def _backstage(segmind: SandboxSegmind, door_url: str | None) -> dict[str, str]:
    return {} if door_url is None else {"segmind": f"{segmind.url}/sandbox", "bot": door_url}
