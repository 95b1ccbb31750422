"""/manage: what a guild's managers decide. Who may use it is up to Discord's command permissions."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs import texts
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.ports import Credits, Guilds, Interaction
from cogs.replies import acknowledge, reply
from klapper.errors import RequestRefused
from klapper.services.credits import LARGEST_GRANT

Amount = app_commands.Range[int, 1, LARGEST_GRANT]


class ManageCog(GuildCog):
    """Every answer is private. Each command writes, so each is acknowledged before it starts."""

    group = app_commands.Group(
        name="manage",
        description=texts.MANAGE,
        default_permissions=discord.Permissions(manage_guild=True),
        **in_guilds(),
    )

    def __init__(self, *, credits: Credits, guilds: Guilds) -> None:
        super().__init__(guilds)
        self._credits = credits

    @group.command(name="grant", description=texts.MANAGE_GRANT)
    @app_commands.describe(**texts.GRANT_OPTIONS)
    async def grant(self, interaction: Interaction, member: discord.Member, amount: Amount) -> None:
        guild_id = check_served(interaction, self._guilds)
        if member.bot:
            raise RequestRefused("bot_member", texts.BOT_GETS_NOTHING)
        await acknowledge(interaction)
        balance = await self._credits.grant(
            guild_id=guild_id,
            granted_by=interaction.user.id,
            user_id=member.id,
            amount=amount,
            interaction_id=interaction.id,
        )
        await reply(interaction, texts.granted(member.id, amount, balance))

    @group.command(name="pause", description=texts.MANAGE_PAUSE)
    async def pause(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        paused = await self._guilds.pause(guild_id, interaction.user.id)
        await reply(interaction, texts.PAUSED if paused else texts.PAUSED_ALREADY)

    @group.command(name="resume", description=texts.MANAGE_RESUME)
    async def resume(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        resumed = await self._guilds.resume(guild_id)
        await reply(interaction, texts.RESUMED if resumed else texts.RESUMED_ALREADY)
