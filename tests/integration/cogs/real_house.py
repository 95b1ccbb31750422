"""The real bot on a real database: only Discord, Segmind and time are in the hands of the test."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import discord
import pytest
import simcord
from discord.ext import commands

from cogs import CogServices, Patience, add_cogs
from klapper.assembly import Assembly
from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase
from klapper.jobs.job import Job
from klapper.kling.payload import payload
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest
from klapper.messages.draft_controls import CUSTOM_ID
from klapper.messages.publisher import Publisher
from klapper.ops.metrics import Metrics
from klapper.services.drafts import Author
from klapper.services.intake import AttachmentError, ImageIntake
from klapper.settings import Settings
from tests.fakes import Activity, FakeProvider, ManualClock
from tests.integration.cogs.house_bot import words
from tests.pictures import normalise_here

PATIENCE = Patience(commit_s=5.0, callback_s=5.0, look_s=1.0)
BUTTON, SELECT = 2, 3
DEFECT = logging.ERROR

Answer = simcord.InteractionResult


class SimulatedCdn:
    """Attachments as SimCord keeps them."""

    def __init__(self) -> None:
        self.env: simcord.Env | None = None
        self.is_down = False

    async def fetch(self, url: str, to_path: Path, *, most_bytes: int) -> None:
        assert self.env is not None
        data = self.env.backend.cdn.get(url)
        if self.is_down or data is None:
            raise AttachmentError("try_later", "The attachment is not there.")
        assert len(data) <= most_bytes
        to_path.write_bytes(data)


@dataclass
class Ground:
    """What stays when the bot is restarted."""

    settings: Settings
    database: SqliteDatabase
    clock: ManualClock
    cdn: SimulatedCdn


class RealBot(commands.Bot):
    """Built anew for every restart, with everything that the program is composed of."""

    def __init__(self, ground: Ground) -> None:
        none = discord.AllowedMentions.none()
        intents = discord.Intents(guilds=True)
        super().__init__(commands.when_mentioned, intents=intents, help_command=None, allowed_mentions=none)
        self.klapper = Assembly(
            ground.settings,
            database=ground.database,
            clock=ground.clock,
            provider=FakeProvider(ground.clock, b""),
            messenger=Publisher(self),
            attachments=ground.cdn,
            metrics=Metrics(),
        )
        self._intake = ImageIntake(
            database=ground.database,
            clock=ground.clock,
            images=self.klapper.images,
            shelf=self.klapper.input_shelf,
            source=ground.cdn,
            normalise=normalise_here,
        )

    async def setup_hook(self) -> None:
        klapper = self.klapper
        services = CogServices(
            submission=klapper.submission,
            intake=self._intake,
            drafts=klapper.draft_desk,
            preferences=klapper.preferences,
            jobs=klapper.desk,
            credits=klapper.credits,
            guilds=klapper.guilds,
            board=klapper.board,
            catalogue=klapper.catalogue,
        )
        await add_cogs(self, services, patience=PATIENCE, orphan_grace_s=0)
        await self.tree.sync()


class Town:
    """A guild with a channel, and three members in it."""

    def __init__(self, env: simcord.Env, ground: Ground, log: pytest.LogCaptureFixture) -> None:
        self.env = env
        self.clock = ground.clock
        self.cdn = ground.cdn
        self._ground = ground
        self._log = log
        self.guild = env.create_guild()
        self.channel = self.guild.create_text_channel("videos")
        managers = self.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
        self.mira, self.tom = (self.guild.add_member(env.create_user(name)) for name in ("Mira", "Tom"))
        self.olga = self.guild.add_member(env.create_user("Olga"), roles=[managers])

    @property
    def klapper(self) -> Assembly:
        assert isinstance(self.env.bot, RealBot)
        return self.env.bot.klapper

    async def restart(self) -> None:
        await self.env.restart_bot(RealBot(self._ground))

    def closed_channel(self) -> simcord.ChannelHandle:
        """A channel in which the bot may attach nothing."""
        overwrite = discord.PermissionOverwrite(attach_files=False)
        return self.guild.create_text_channel("closed", overwrites={self.env.bot.user: overwrite})

    async def storyboard(self) -> Panel:
        """Mira begins a storyboard."""
        return Panel(self, self.mira, await self.mira.slash(self.channel, "storyboard"))

    async def video(self, prompt: str = "a fox in the snow", **options: Any) -> Answer:
        """Mira asks for a video."""
        return await self.mira.slash(self.channel, "video", prompt=prompt, **options)

    async def edit(self, card: discord.Message) -> Panel:
        """Mira presses Edit and run on a card."""
        return Panel(self, self.mira, await self.press_card(card, "edit"))

    async def press_card(self, card: discord.Message, action: str, *, by: simcord.MemberActor | None = None) -> Answer:
        """Somebody presses a button of a card; Mira unless told."""
        ids = [one["custom_id"] for one in _controls(parts_of(card))]
        return await (by or self.mira).click(card, custom_id=next(one for one in ids if one.endswith(f":{action}")))

    async def drafts(self) -> int:
        """How many drafts there are, whatever became of them."""
        async with self._ground.database.read() as tx:
            row = await tx.one("SELECT COUNT(*) AS rows FROM drafts")
        assert row is not None
        return int(row["rows"])

    async def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        async with self._ground.database.read() as tx:
            rows = await tx.all("SELECT job_id FROM jobs ORDER BY interaction_id")
            found = [await self.klapper.jobs.get(tx, row["job_id"]) for row in rows]
        return [job for job in found if job is not None]

    async def body(self) -> dict[str, Any]:
        """What Segmind gets for the newest job; an image is its hash."""
        job = (await self.jobs())[-1]
        resolved = ResolvedRequest.from_json(job.request, self.klapper.catalogue)
        return {"slug": resolved.slug, **payload(resolved, {one: one for one in resolved.filled.images()})}

    def card(self) -> discord.Message:
        """The last message in the channel."""
        message = self.channel.last_message
        assert message is not None
        return message

    def defects(self) -> list[str]:
        return [record.getMessage() for record in self._log.records if record.levelno >= DEFECT]


class Panel:
    """A draft's private message in somebody's hands."""

    def __init__(self, town: Town, member: simcord.MemberActor, answer: Answer) -> None:
        message = answer.response or answer.followups[-1]
        assert message.ephemeral
        self._town = town
        self.member = member
        self._at = (message.channel_id, message.id)

    @property
    def message(self) -> simcord.ResponseMessage:
        """As it is now."""
        return simcord.ResponseMessage(self._town.env, self._town.env.backend.get_message(*self._at))

    @property
    def says(self) -> str:
        return words(self.message)

    @property
    def draft_id(self) -> str:
        """Of the draft, while it has any control."""
        match = CUSTOM_ID.fullmatch(next(iter(self.controls.values()))["custom_id"])
        assert match is not None
        return match["draft_id"]

    @property
    def author(self) -> Author:
        return Author(self._town.guild.id, self._at[0], self.member.id)

    @property
    def controls(self) -> dict[str, dict[str, Any]]:
        """Buttons and selects by their action."""
        found = {}
        for control in _controls(self.message.components):
            match = CUSTOM_ID.fullmatch(control["custom_id"])
            assert match is not None
            found[match["action"]] = control
        return found

    @property
    def labels(self) -> dict[str, str]:
        """What each button says, by its action."""
        return {action: one["label"] for action, one in self.controls.items() if one["type"] == BUTTON}

    def chosen(self, action: str) -> str:
        """The label of the option that a select shows."""
        options = self.controls[action]["options"]
        return next((str(one["label"]) for one in options if one.get("default")), "")

    async def press(self, action: str) -> Answer:
        return await self.member.click(self.message, custom_id=self.controls[action]["custom_id"])

    async def choose(self, action: str, value: str) -> Answer:
        return await self.member.select(self.message, [value], custom_id=self.controls[action]["custom_id"])

    async def fill(self, action: str, **values: Any) -> Answer:
        """Open a form and send it. What is not named stays as the form shows it."""
        return await self.send(await self.press(action), **values)

    async def send(self, shown: Answer, **values: Any) -> Answer:
        """Send a form that is open."""
        assert shown.modal is not None
        return await self.member.submit_modal(shown, filled_in(shown.modal) | values)

    async def add_shot(self, text: str, seconds: int) -> Answer:
        return await self.fill("shot", text=text, seconds=[str(seconds)])


def filled_in(modal: dict[str, Any]) -> dict[str, Any]:
    """What a form says before anybody types: texts, and the options that are chosen."""
    inputs = [label["component"] for label in modal["components"]]
    texts = {one["custom_id"]: one["value"] for one in inputs if one.get("value")}
    chosen = {
        one["custom_id"]: [option["value"] for option in one["options"] if option.get("default")]
        for one in inputs
        if one["type"] == SELECT
    }
    return texts | chosen


def said(answer: Answer) -> str:
    """The private sentence beside the panel."""
    messages = [*([answer.response] if answer.response and answer.response.ephemeral else []), *answer.followups]
    assert all(message.ephemeral for message in messages)
    return words(messages[-1]) if messages else ""


def asked(job: Job, town: Town) -> VideoRequest:
    """The request as its author left it."""
    return ResolvedRequest.from_json(job.request, town.klapper.catalogue).asked


def parts_of(message: discord.Message) -> list[dict[str, Any]]:
    """The components of a message as Discord has them."""
    return [dict(component.to_dict()) for component in message.components]


def _controls(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for component in components:
        if component["type"] in (BUTTON, SELECT):
            found.append(component)
        inner = [*(component.get("components") or []), *([component["accessory"]] if "accessory" in component else [])]
        found += _controls(inner)
    return found


async def open_town(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, checker: ModuleType | None
) -> AsyncIterator[Town]:
    """For `pytest.fixture`. Afterwards every body that was sent is held against Discord's description."""
    async for town in town_with(tmp_path, caplog, checker):
        yield town


async def town_with(
    folder: Path, log: pytest.LogCaptureFixture, checker: ModuleType | None, **sections: Any
) -> AsyncIterator[Town]:
    """A town whose operator set these sections."""
    log.set_level(logging.INFO)
    file = folder / "klapper.db"
    migrate(file)
    sections = {"credits": {"default_allowance": 5_000}, "media": {"directory": folder / "media"}} | sections
    settings = Settings(database={"url": f"sqlite:///{file}"}, **sections)  # type: ignore[arg-type]
    async with SqliteDatabase.open(file) as database:
        ground = Ground(settings, database, ManualClock(Activity()), SimulatedCdn())
        env = ground.cdn.env = simcord.Env(RealBot(ground))
        await env.start()
        try:
            town = Town(env, ground, log)
            yield town
        finally:
            await env.shutdown()
        assert [*env.errors, *town.defects()] == []
        for sent in env.http_requests if checker is not None else ():
            assert checker is not None
            assert checker.validate(sent.method, sent.path, sent.json) == [], sent
