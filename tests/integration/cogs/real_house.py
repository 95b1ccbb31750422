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
from klapper.database.sqlite import SqliteDatabase
from klapper.jobs.job import Job
from klapper.kling.payload import payload
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest
from klapper.messages.case_publisher import CasePublisher
from klapper.messages.publisher import Publisher
from klapper.ops.metrics import Metrics
from klapper.services.intake import AttachmentError, ImageIntake
from klapper.services.messenger import MessageRef
from klapper.settings import Settings
from tests.databases import FleetingDatabase, new_database
from tests.discord_schema import complaints
from tests.fakes import Activity, FakeProvider, ManualClock
from tests.integration.cogs.forgery import Forger
from tests.integration.cogs.real_panel import Answer, Panel, Person, controls_of, parts_of
from tests.pictures import normalise_here

PATIENCE = Patience(commit_s=5.0, callback_s=5.0, look_s=1.0)
DEFECT = logging.ERROR


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
            case_messenger=CasePublisher(self),
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
            image_blocks=klapper.image_blocks,
            drafts=klapper.draft_desk,
            preferences=klapper.preferences,
            privacy=klapper.privacy,
            jobs=klapper.desk,
            recovery=klapper.recovery,
            credits=klapper.credits,
            movements=klapper.movements,
            giving=klapper.giving,
            history=klapper.history,
            statistics=klapper.statistics,
            charts=klapper.charts,
            guilds=klapper.guilds,
            cases=klapper.case_desk,
            appeals=klapper.appeal_desk,
            audit=klapper.audit_desk,
            members=klapper.members,
            rule_desk=klapper.rule_desk,
            quota_desk=klapper.quota_desk,
            deletions=klapper.deletions,
            filter_desk=klapper.filter_desk,
            reporting=klapper.reporting,
            reports=klapper.report_desk,
            board=klapper.board,
            catalogue=klapper.catalogue,
        )
        await add_cogs(self, services, patience=PATIENCE, orphan_grace_s=0)
        await self.tree.sync()


class Town:
    """A guild with a channel, and four members in it: Max moderates, Olga manages."""

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
        self.forger = Forger(env, self.channel)
        moderators = self.guild.create_role("Moderators", permissions=discord.Permissions(moderate_members=True))
        self.max = self.guild.add_member(env.create_user("Max"), roles=[moderators])
        self.olga = self.guild.add_member(env.create_user("Olga"), roles=[managers])

    @property
    def klapper(self) -> Assembly:
        assert isinstance(self.env.bot, RealBot)
        return self.env.bot.klapper

    async def restart(self) -> None:
        await self.env.restart_bot(RealBot(self._ground))

    def closed_channel(self) -> simcord.ChannelHandle:
        """A channel in which the bot may attach nothing."""
        assert self.env.bot.user is not None
        overwrite = discord.PermissionOverwrite(attach_files=False)
        return self.guild.create_text_channel("closed", overwrites={self.env.bot.user: overwrite})

    async def storyboard(self) -> Panel:
        """Mira begins a storyboard."""
        return self.panel(await self.mira.slash(self.channel, "storyboard"))

    def panel(self, answer: Answer, *, of: Person | None = None) -> Panel:
        """The panel that was the answer; Mira's unless told."""
        return Panel(self.env, of or self.mira, answer, self.guild.id)

    async def video(self, prompt: str = "a fox in the snow", **options: Any) -> Answer:
        """Mira asks for a video."""
        return await self.mira.slash(self.channel, "video", prompt=prompt, **options)

    async def edit(self, card: discord.Message, *, by: Person | None = None) -> Panel:
        """Somebody presses Edit and run on a card; Mira unless told."""
        return self.panel(await self.press_card(card, "edit", by=by), of=by)

    async def ended(self, card: discord.Message | None = None, *, by: Person | None = None) -> discord.Message:
        """The card, the last one unless told, after its requester took the job back."""
        shown = card or self.card()
        await self.press_card(shown, "cancel", by=by)
        view = await self.klapper.board.view((await self.jobs())[-1].job_id)
        assert view is not None
        await self.klapper.messenger.edit_card(view, MessageRef(shown.channel.id, shown.id))
        stored = self.env.backend.get_message(shown.channel.id, shown.id)
        return simcord.ResponseMessage(self.env, stored).message

    async def press_card(self, card: discord.Message, action: str, *, by: Person | None = None) -> Answer:
        """Somebody presses a button of a card; Mira unless told."""
        ids = [one["custom_id"] for one in controls_of(parts_of(card))]
        return await (by or self.mira).click(card, custom_id=next(one for one in ids if one.endswith(f":{action}")))

    async def drafts(self) -> int:
        """How many drafts there are, whatever became of them."""
        async with self._ground.database.read() as tx:
            row = await tx.one("SELECT COUNT(*) AS rows FROM drafts")
        assert row is not None
        return int(row["rows"])

    async def images(self) -> int:
        """How many images were taken."""
        async with self._ground.database.read() as tx:
            row = await tx.one("SELECT COUNT(*) AS rows FROM images")
        assert row is not None
        return int(row["rows"])

    async def reprice(self, draft_id: str, credits: int) -> None:
        """What its author saw was another price."""
        async with self._ground.database.write() as tx:
            sql = "UPDATE drafts SET price_credits = :credits WHERE draft_id = :draft_id"
            assert await tx.execute(sql, credits=credits, draft_id=draft_id)

    async def lose_bot(self) -> None:
        """The guild removes the bot."""
        self.env.backend.emit("GUILD_DELETE", {"id": str(self.guild.id)})
        await self.env.settle()
        await self.klapper.guilds.left(self.guild.id)

    async def lose_mira(self) -> None:
        """Mira leaves the guild; what she has in her direct messages stays."""
        self.env.backend.remove_member(self.guild.id, self.mira.id)
        await self.env.settle()

    async def forget_drafts(self) -> None:
        """Time goes by until no draft is kept any more."""
        async with self._ground.database.write() as tx:
            assert await self.klapper.drafts.purge(tx, expired_before_ms=2**53)

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


def asked(job: Job, town: Town) -> VideoRequest:
    """The request as its author left it."""
    return ResolvedRequest.from_json(job.request, town.klapper.catalogue).asked


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
    new_database(file)
    sections = {"credits": {"default_allowance": 5_000}, "media": {"directory": folder / "media"}} | sections
    settings = Settings(database={"url": f"sqlite:///{file}"}, **sections)  # type: ignore[arg-type]
    async with FleetingDatabase.open(file) as database:
        ground = Ground(settings, database, ManualClock(Activity()), SimulatedCdn())
        env = ground.cdn.env = simcord.Env(RealBot(ground))
        await env.start()
        try:
            town = Town(env, ground, log)
            await (
                env.settle()
            )  # what the bot does when it learns of the guild needs the database, which must not close on it
            yield town
        finally:
            await env.shutdown()
        assert [*env.errors, *town.defects()] == []
        for sent in env.http_requests if checker is not None else ():
            assert checker is not None
            assert complaints(checker, sent.method, sent.path, sent.json) == [], sent
