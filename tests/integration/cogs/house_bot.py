"""A bot made of the real cogs and the fake services."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord
from discord.ext import commands

from cogs import CogServices, Patience, add_cogs
from klapper.kling.catalogue import CATALOGUE
from klapper.messages.publisher import Publisher
from klapper.services.views import JobView
from tests.integration.cogs.fake_audit import FakeAudit
from tests.integration.cogs.fake_desks import (
    FakeDrafts,
    FakeImageBlocks,
    FakeIntake,
    FakePreferences,
    FakePrivacy,
    FakeRecovery,
)
from tests.integration.cogs.fake_members import FakeMembers
from tests.integration.cogs.fake_movements import FakeGiving, FakeMovements
from tests.integration.cogs.fake_quota_desk import FakeQuotaDesk
from tests.integration.cogs.fake_reports import FakeReporting, FakeReports
from tests.integration.cogs.fake_rules import FakeDeletions, FakeFilterDesk, FakeRuleDesk
from tests.integration.cogs.fake_statistics import FakeCharts, FakeHistory, FakeStatistics
from tests.integration.cogs.fakes import (
    FakeAppeals,
    FakeBoard,
    FakeCases,
    FakeCredits,
    FakeGuilds,
    FakeJobs,
    FakeSubmission,
)
from tests.integration.cogs.house import House

QUICK = Patience(commit_s=0.05, callback_s=1.0, look_s=1.0)
BUTTON, TEXT = 2, 10  # Discord docs: Component Types
NOT_DONE = "not done: "


class HouseBot(commands.Bot):
    """Built anew for every restart; the house stays."""

    def __init__(self, house: House) -> None:
        intents = discord.Intents(guilds=True)
        none = discord.AllowedMentions.none()
        super().__init__(commands.when_mentioned, intents=intents, help_command=None, allowed_mentions=none)
        self.house = house
        self.submission = FakeSubmission(house)
        self.intake = FakeIntake(house)
        self.image_blocks = FakeImageBlocks()
        self.jobs = FakeJobs(house)
        self.drafts = FakeDrafts(house, self.jobs)
        self.preferences = FakePreferences(house)
        self.recovery = FakeRecovery(self.jobs)
        self.credits = FakeCredits(house)
        self.movements = FakeMovements(house, self.credits)
        self.history = FakeHistory(house)
        self.statistics = FakeStatistics()
        self.charts = FakeCharts()
        self.guild_desk = FakeGuilds(house)
        self.audit = FakeAudit()
        self.members = FakeMembers()
        self.rule_desk = FakeRuleDesk()
        self.filter_desk = FakeFilterDesk()
        self.publisher = Publisher(self)
        self.board = FakeBoard(house, self.publisher)

    async def setup_hook(self) -> None:
        services = CogServices(
            submission=self.submission,
            intake=self.intake,
            image_blocks=self.image_blocks,
            drafts=self.drafts,
            preferences=self.preferences,
            privacy=FakePrivacy(),
            jobs=self.jobs,
            recovery=self.recovery,
            credits=self.credits,
            movements=self.movements,
            giving=FakeGiving(),
            history=self.history,
            statistics=self.statistics,
            charts=self.charts,
            guilds=self.guild_desk,
            cases=FakeCases(),
            appeals=FakeAppeals(),
            audit=self.audit,
            members=self.members,
            rule_desk=self.rule_desk,
            quota_desk=FakeQuotaDesk(),
            deletions=FakeDeletions(),
            filter_desk=self.filter_desk,
            reporting=FakeReporting(),
            reports=FakeReports(),
            board=self.board,
            catalogue=CATALOGUE,
        )
        await add_cogs(self, services, patience=QUICK, orphan_grace_s=0)
        await self.tree.sync()


@dataclass
class Scene:
    """A guild with a channel, a requester, somebody else and a moderator."""

    env: simcord.Env
    log: pytest.LogCaptureFixture
    house: House
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    mira: simcord.MemberActor
    tom: simcord.MemberActor
    max: simcord.MemberActor
    olga: simcord.MemberActor

    @property
    def bot(self) -> HouseBot:
        assert isinstance(self.env.bot, HouseBot)
        return self.env.bot

    @property
    def job_id(self) -> str:
        """The first job."""
        return next(iter(self.house.jobs))

    @property
    def job(self) -> JobView:
        """The first job as it is now."""
        return self.house.jobs[self.job_id]

    async def video(self, **options: Any) -> simcord.InteractionResult:
        """Mira asks for a video."""
        return await self.mira.slash(self.channel, "video", **{"prompt": "a fox in the snow", **options})

    async def card(self) -> discord.Message:
        """The card of a new job of Mira's."""
        await self.video()
        card = self.channel.last_message
        assert card is not None
        return card

    async def restart(self) -> None:
        await self.env.restart_bot(HouseBot(self.house))

    def refusals(self) -> list[str]:
        """What was not done so far, by reason code or class of error."""
        said = [record.getMessage() for record in self.log.records]
        return [line.removeprefix(NOT_DONE) for line in said if line.startswith(NOT_DONE)]

    def defects(self) -> list[str]:
        """What the operator had to hear of."""
        return [record.getMessage() for record in self.log.records if record.levelno >= logging.ERROR]


def words(message: discord.Message | simcord.ResponseMessage | None) -> str:
    """Everything a message says."""
    assert message is not None
    return "\n".join([message.content, *_texts(_components(message))])


def buttons(message: discord.Message | simcord.ResponseMessage | None) -> list[str]:
    """The labels of a message's buttons that can be pressed."""
    assert message is not None
    return [button["label"] for button in _buttons(_components(message)) if not button.get("disabled")]


def forged(scene: Scene, custom_id: str) -> discord.Message:
    """A public message of the bot's with a button `x` that no program of ours put there."""
    return forged_in(scene, scene.channel, custom_id)


def forged_in(scene: Scene, channel: simcord.ChannelHandle, custom_id: str) -> discord.Message:
    """The same in another channel."""
    row: dict[str, Any] = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": custom_id}]}
    backend = scene.env.backend
    backend.create_message(channel.id, backend.bot_user.id, "forged", components=[row])
    message = channel.last_message
    assert message is not None
    return message


def _components(message: discord.Message | simcord.ResponseMessage) -> list[dict[str, Any]]:
    if isinstance(message, simcord.ResponseMessage):
        return message.components
    return [dict(component.to_dict()) for component in message.components]


def _buttons(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [component for component in components if component.get("type") == BUTTON]
    for component in components:
        found += _buttons(component.get("components") or [])
    return found


def _texts(components: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for component in components:
        if component.get("type") == TEXT:
            found.append(component["content"])
        found += _texts(component.get("components") or [])
    return found
