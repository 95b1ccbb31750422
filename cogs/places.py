"""Where a member asks, and as who: as Discord says with the interaction, and as the guilds' cache knows the rest."""

from __future__ import annotations

from typing import Any

import discord

from cogs.ports import Interaction
from klapper.clock import SECOND_MS
from klapper.moderation.rules import Place
from klapper.services.recalling import Places


def place_here(interaction: Interaction) -> Place:
    """The channel that an interaction came from, and the member with their roles; nothing of it in a direct message."""
    if interaction.guild_id is None:
        return Place()
    member = interaction.user if isinstance(interaction.user, discord.Member) else None
    return place_of(interaction.channel, member)


def place_of(channel: Any, member: discord.Member | None) -> Place:
    """channel: of a guild, None for one that is gone. member: None for who cannot be seen, who then has no roles."""
    roles = frozenset() if member is None else frozenset(role.id for role in member.roles)
    joined = None if member is None or member.joined_at is None else round(member.joined_at.timestamp() * SECOND_MS)
    if channel is None:
        return Place(role_ids=roles, joined_at_ms=joined)
    parent = channel.parent if isinstance(channel, discord.Thread) else None
    ids = (channel.id, getattr(channel, "parent_id", None), getattr(parent or channel, "category_id", None))
    # Of a thread its channel is asked (Discord docs: threads inherit nsfw from the parent channel).
    is_nsfw = getattr(parent or channel, "is_nsfw", None)
    is_age_restricted = bool(is_nsfw and is_nsfw())
    return Place(tuple(filter(None, ids)), roles, is_age_restricted=is_age_restricted, joined_at_ms=joined)


def is_known(guild: discord.Guild | None) -> bool:
    """Whether the cache has the guild's roles and channels: Discord tells of every guild at first without them.

    Discord docs, Role Object: no guild is without the role @everyone.
    """
    return guild is not None and not guild.unavailable and guild.get_role(guild.id) is not None


def places_of(guild: discord.Guild) -> Places:
    """Every channel and thread of a guild that its cache has, as a member without roles finds it."""
    return {channel.id: place_of(channel, None) for channel in (*guild.channels, *guild.threads)}


def places_before(guild: discord.Guild, channel: discord.abc.GuildChannel) -> Places:
    """The same while one channel, with its threads, was as it is given here."""
    before = place_of(channel, None)
    threads = {
        thread.id: Place((thread.id, *before.channel_ids), is_age_restricted=before.is_age_restricted)
        for thread in guild.threads
        if thread.parent_id == channel.id
    }
    return {**places_of(guild), channel.id: before, **threads}
