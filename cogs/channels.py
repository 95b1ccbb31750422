"""What Discord says about channels that rules depend on: their age restriction, and what they are part of."""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from cogs.places import place_of, places_before, places_of
from cogs.ports import Guilds, RuleDesk
from klapper.services.recalling import Places

_log = logging.getLogger(__name__)


class ChannelsCog(commands.Cog):
    """Keeps: what waits in a channel that became stricter goes to review, also when that happened while we were away.

    Discord docs, Gateway Events: the channels of a guild come with it, after each start and after an outage.
    """

    def __init__(self, bot: commands.Bot, *, desk: RuleDesk, guilds: Guilds) -> None:
        self._bot = bot
        self._desk = desk
        self._guilds = guilds

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """At a start, and after a session that was lost with the events in it."""
        for guild in self._bot.guilds:
            await self._look(guild, places_of(guild))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self._look(guild, places_of(guild))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._look(guild, places_of(guild))

    @commands.Cog.listener()
    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        """Names, topics and permissions change nothing here."""
        if place_of(before, None) != place_of(after, None):
            await self._look(after.guild, places_before(after.guild, before))

    async def _look(self, guild: discord.Guild, before: Places) -> None:
        if not self._guilds.serves(guild.id):
            return
        recalled = await self._desk.channels_changed(guild.id, before, places_of(guild))
        if recalled:
            _log.info("requests recalled", extra={"guild_id": guild.id, "jobs": recalled})
