"""/moderate: what a guild's moderators look up and decide. Who may use it is up to Discord's command permissions."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs import member_texts
from cogs.guild_only import GuildCog, in_guilds
from cogs.member_records import LONGEST_PAUSE_HOURS, REASON_CHARS, MemberRecords
from cogs.ports import Guilds, Interaction

Hours = app_commands.Range[int, 0, LONGEST_PAUSE_HOURS]
Reason = app_commands.Range[str, 1, REASON_CHARS]


class ModerateCog(GuildCog):
    """Every answer is private. Members are named as users, so that one who has left can be named as well."""

    group = app_commands.Group(
        name="moderate",
        description=member_texts.MODERATE,
        default_permissions=discord.Permissions(moderate_members=True),
        **in_guilds(),
    )

    def __init__(self, *, records: MemberRecords, guilds: Guilds) -> None:
        super().__init__(guilds)
        self._records = records

    @group.command(name="record", description=member_texts.RECORD)
    @app_commands.describe(member=member_texts.RECORD_MEMBER)
    async def record(self, interaction: Interaction, member: discord.User) -> None:
        await self._records.show(interaction, member)

    @group.command(name="block", description=member_texts.BLOCK)
    @app_commands.describe(**member_texts.BLOCK_OPTIONS)
    async def block(self, interaction: Interaction, member: discord.User, reason: Reason) -> None:
        await self._records.block(interaction, member, reason)

    @group.command(name="unblock", description=member_texts.UNBLOCK)
    @app_commands.describe(member=member_texts.UNBLOCK_MEMBER)
    async def unblock(self, interaction: Interaction, member: discord.User) -> None:
        await self._records.unblock(interaction, member)

    @group.command(name="pause", description=member_texts.PAUSE)
    @app_commands.describe(**member_texts.PAUSE_OPTIONS)
    async def pause(self, interaction: Interaction, member: discord.User, hours: Hours, reason: Reason) -> None:
        await self._records.pause(interaction, member, hours, reason)
