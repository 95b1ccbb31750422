"""What Discord says about channels and roles that rules depend on: what became of them, and that they are gone."""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from cogs.places import is_known, place_of, places_before, places_of
from cogs.ports import Deletions, Guilds, RuleDesk
from klapper.messages.discord_errors import reason_of
from klapper.services.deletions import Deleted
from klapper.services.recalling import Places

_log = logging.getLogger(__name__)


class ChannelsCog(commands.Cog):
    """Keeps, also for what happened while we were away:

    - what waits in a channel that became stricter goes to review;
    - what is deleted goes out of the rules; what we merely may not see stays.

    Discord docs, Gateway Events: the channels and roles of a guild come with it, after each start and after an outage.
    """

    def __init__(self, bot: commands.Bot, *, desk: RuleDesk, deletions: Deletions, guilds: Guilds) -> None:
        self._bot = bot
        self._desk = desk
        self._deletions = deletions
        self._guilds = guilds

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """At a start, and after a session that was lost with the events in it."""
        for guild in self._bot.guilds:
            await self._arrived(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self._arrived(guild)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._arrived(guild)

    @commands.Cog.listener()
    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        """Names, topics and permissions change nothing here."""
        if place_of(before, None) != place_of(after, None):
            await self._look(after.guild, places_before(after.guild, before))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._forget(channel.guild, Deleted(channels={channel.id: channel.name}), was=channel)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Also of a thread that the cache does not have."""
        guild = self._bot.get_guild(payload.guild_id)
        if guild is not None:
            name = "" if payload.thread is None else payload.thread.name
            await self._forget(guild, Deleted(channels={payload.thread_id: name}))

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self._forget(role.guild, Deleted(roles={role.id: role.name}))

    async def _arrived(self, guild: discord.Guild) -> None:
        await self._look(guild, places_of(guild))
        if self._guilds.serves(guild.id) and is_known(guild):
            named = await self._deletions.named(guild.id)
            channels = [one for one in named.channels if guild.get_channel_or_thread(one) is None]
            gone = {channel_id: "" for channel_id in channels if await self._is_deleted(channel_id)}
            await self._forget(guild, Deleted(gone, {one: "" for one in named.roles if guild.get_role(one) is None}))

    async def _is_deleted(self, channel_id: int) -> bool:
        """Whether Discord says so: an archived thread, say, is in no cache and exists all the same."""
        try:
            await self._bot.fetch_channel(channel_id)
        except discord.InvalidData:
            return False  # a channel of a kind that discord.py does not know
        except Exception as error:
            if (reason := reason_of(error)) is None:
                raise
            return reason == "channel_gone"
        return False

    async def _forget(
        self, guild: discord.Guild, deleted: Deleted, *, was: discord.abc.GuildChannel | None = None
    ) -> None:
        if not self._guilds.serves(guild.id) or not (deleted.channels or deleted.roles):
            return
        before = places_of(guild) if was is None else places_before(guild, was)
        await self._deletions.forget(guild.id, deleted, before, places_of(guild))

    async def _look(self, guild: discord.Guild, before: Places) -> None:
        if not self._guilds.serves(guild.id):
            return
        recalled = await self._desk.channels_changed(guild.id, before, places_of(guild))
        if recalled:
            _log.info("requests recalled", extra={"guild_id": guild.id, "jobs": recalled})
