"""/manage: what a guild's managers decide. Who may use it is up to Discord's command permissions."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from cogs import manage_texts, rule_texts, statistics_texts
from cogs.channel_option import ChannelOption, RuledChannel
from cogs.errors import answer_error
from cogs.forms import read_form_id
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.history_answers import HistoryAnswers
from cogs.jobs import JobId
from cogs.moving import Moving
from cogs.ports import Guilds, Interaction
from cogs.quota_panel import QuotaPanel
from cogs.replies import acknowledge, reply
from cogs.ruling import Ruling, id_of
from cogs.statistics_answers import StatisticsAnswers
from klapper.messages.quota_controls import read_chosen
from klapper.services.movements import LARGEST_GRANT, REASON_CHARS
from klapper.services.notices import Purse
from klapper.services.rule_desk import Reviewers

AnyChannel = app_commands.Transform[RuledChannel, ChannelOption]
Amount = app_commands.Range[int, 1, LARGEST_GRANT]
Reason = app_commands.Range[str, 1, REASON_CHARS]
ExportDays = app_commands.Range[int, 1, 3_650]


class ManageCog(GuildCog):
    """Every answer is private. What writes or takes long is acknowledged before it starts."""

    group = app_commands.Group(
        name="manage",
        description=manage_texts.MANAGE,
        default_permissions=discord.Permissions(manage_guild=True),
        **in_guilds(),
    )

    def __init__(
        self,
        *,
        moving: Moving,
        history: HistoryAnswers,
        statistics: StatisticsAnswers,
        guilds: Guilds,
        ruling: Ruling,
        quota_panel: QuotaPanel,
    ) -> None:
        super().__init__(guilds)
        self._moving = moving
        self._history = history
        self._statistics = statistics
        self._ruling = ruling
        self._quota_panel = quota_panel

    @group.command(name="grant", description=manage_texts.GRANT)
    @app_commands.describe(**manage_texts.GRANT_OPTIONS)
    async def grant(self, interaction: Interaction, member: discord.Member, amount: Amount, reason: Reason) -> None:
        await self._moving.grant(interaction, member, amount, reason)

    @group.command(name="revoke", description=manage_texts.REVOKE)
    @app_commands.describe(**manage_texts.REVOKE_OPTIONS)
    @app_commands.rename(purse="from")
    async def revoke(
        self, interaction: Interaction, member: discord.User, amount: Amount, reason: Reason, purse: Purse = "bonus"
    ) -> None:
        await self._moving.revoke(interaction, member, amount, purse, reason)

    @group.command(name="refund", description=manage_texts.REFUND)
    @app_commands.describe(**manage_texts.REFUND_OPTIONS)
    async def refund(self, interaction: Interaction, job: JobId, reason: Reason) -> None:
        await self._moving.refund(interaction, job, reason)

    @group.command(name="pause", description=manage_texts.PAUSE)
    async def pause(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        paused = await self._guilds.pause(guild_id, interaction.user.id)
        await reply(interaction, manage_texts.PAUSED if paused else manage_texts.PAUSED_ALREADY)

    @group.command(name="resume", description=manage_texts.RESUME)
    async def resume(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        ended = await self._guilds.resume(guild_id, interaction.user.id)
        await reply(interaction, manage_texts.resumed(ended))

    @group.command(name="sharing", description=manage_texts.SHARING)
    @app_commands.describe(state=manage_texts.SHARING_OPTION)
    async def sharing(self, interaction: Interaction, state: Literal["on", "off"]) -> None:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        await self._guilds.share_images(guild_id, interaction.user.id, sharing=state == "on")
        await reply(interaction, manage_texts.SHARED if state == "on" else manage_texts.NOT_SHARED)

    # What it came to

    @group.command(name="statistics", description=statistics_texts.STATISTICS)
    @app_commands.describe(**statistics_texts.DAYS_OPTION)
    async def statistics(self, interaction: Interaction, days: Literal[7, 30, 90] = 30) -> None:
        await self._statistics.of_guild(interaction, check_served(interaction, self._guilds), days)

    @group.command(name="export", description=statistics_texts.EXPORT)
    @app_commands.describe(**statistics_texts.DAYS_OPTION)
    async def export(self, interaction: Interaction, days: ExportDays = 90) -> None:
        await self._history.export_guild(interaction, check_served(interaction, self._guilds), days)

    # Who may make what, where

    @group.command(name="mode", description=rule_texts.MODE)
    @app_commands.describe(**rule_texts.MODE_OPTIONS)
    async def mode(
        self,
        interaction: Interaction,
        mode: Literal["open", "review", "closed", "default"],
        channel: AnyChannel | None = None,
        role: discord.Role | None = None,
    ) -> None:
        await self._ruling.mode(interaction, mode, channel, role)

    @group.command(name="reviewers", description=rule_texts.REVIEWERS)
    @app_commands.describe(**rule_texts.REVIEWERS_OPTIONS)
    async def reviewers(
        self,
        interaction: Interaction,
        channel: discord.TextChannel | None = None,
        audit_channel: discord.TextChannel | None = None,
        role: discord.Role | None = None,
        remove: bool = False,
    ) -> None:
        change = Reviewers(id_of(channel), id_of(audit_channel), id_of(role), remove=remove)
        await self._ruling.reviewers(interaction, change)

    @group.command(name="trusted", description=rule_texts.TRUSTED)
    @app_commands.describe(**rule_texts.TRUSTED_OPTIONS)
    async def trusted(self, interaction: Interaction, role: discord.Role, state: Literal["on", "off"]) -> None:
        await self._ruling.trusted(interaction, role, is_trusted=state == "on")

    @group.command(name="levels", description=rule_texts.LEVELS)
    @app_commands.describe(**rule_texts.LEVELS_OPTIONS)
    async def levels(
        self,
        interaction: Interaction,
        channel: AnyChannel | None = None,
        role: discord.Role | None = None,
        level: Literal["general", "adult"] | None = None,
        spoiler: bool | None = None,
    ) -> None:
        await self._ruling.levels(interaction, channel, role, level, spoiler)

    @group.command(name="unsure", description=rule_texts.UNSURE)
    @app_commands.describe(**rule_texts.UNSURE_OPTIONS)
    async def unsure(self, interaction: Interaction, state: Literal["refuse", "review"]) -> None:
        await self._ruling.unsure(interaction, state)

    @group.command(name="rules", description=rule_texts.RULES)
    async def rules(self, interaction: Interaction) -> None:
        await self._quota_panel.show(interaction)

    # Presses and forms of the panel. Nobody else answers for what goes wrong here.

    @commands.Cog.listener()
    async def on_quota_control(self, interaction: Interaction, form: str) -> None:
        """Something to be changed was chosen in the panel."""
        try:
            await self._quota_panel.choose(interaction, form)
        except Exception as error:
            await answer_error(interaction, error)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """A form of the panel was sent; discord.py knows nothing of it."""
        chosen = read_chosen(read_form_id(interaction))
        if chosen is None:
            return
        try:
            await self._quota_panel.submit(interaction, chosen)
        except Exception as error:
            await answer_error(interaction, error)
