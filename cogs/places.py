"""Where a member asks, and as who: as Discord says with the interaction, and as the guilds' cache knows the rest."""

from __future__ import annotations

from typing import Any

import discord

from cogs.ports import Interaction
from klapper.moderation.rules import Place


def place_here(interaction: Interaction) -> Place:
    """The channel that an interaction came from, and the member with their roles; nothing of it in a direct message."""
    if interaction.guild_id is None:
        return Place()
    member = interaction.user if isinstance(interaction.user, discord.Member) else None
    return place_of(interaction.channel, member)


def place_of(channel: Any, member: discord.Member | None) -> Place:
    """channel: of a guild, None for one that is gone. member: None for who cannot be seen, who then has no roles."""
    roles = frozenset() if member is None else frozenset(role.id for role in member.roles)
    if channel is None:
        return Place(role_ids=roles)
    parent = channel.parent if isinstance(channel, discord.Thread) else None
    ids = (channel.id, getattr(channel, "parent_id", None), getattr(parent or channel, "category_id", None))
    # Of a thread its channel is asked (Discord docs: threads inherit nsfw from the parent channel).
    is_nsfw = getattr(parent or channel, "is_nsfw", None)
    return Place(tuple(filter(None, ids)), roles, is_age_restricted=bool(is_nsfw and is_nsfw()))
