"""Statistics as words with pictures, or as words alone where no picture could be drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import discord

from cogs.credit_ports import Charts, Statistics
from cogs.ports import Interaction
from cogs.replies import acknowledge, reply_with_files
from klapper.errors import ChartsNotDrawn
from klapper.ledger.spending import TopMember
from klapper.messages.discord_errors import is_of_discord
from klapper.messages.statistics_texts import NOT_DRAWN, Section, guild_sections, member_sections
from klapper.messages.statistics_view import build_sections

NAMES_S = 5.0


class StatisticsAnswers:
    """Every answer is private, and has all numbers in words."""

    def __init__(self, *, statistics: Statistics, charts: Charts) -> None:
        self._statistics = statistics
        self._charts = charts

    async def of_member(self, interaction: Interaction, guild_id: int, days: int) -> None:
        """What who asks has spent."""
        await acknowledge(interaction)
        spending = await self._statistics.of_member(guild_id, interaction.user.id, days)
        await self._answer(interaction, member_sections(spending))

    async def of_guild(self, interaction: Interaction, guild_id: int, days: int) -> None:
        """What a guild has spent, and how its jobs went."""
        await acknowledge(interaction)
        found = await self._statistics.of_guild(guild_id, days)
        await self._answer(interaction, guild_sections(found, await _names(interaction.guild, found.top)))

    async def _answer(self, interaction: Interaction, sections: Sequence[Section]) -> None:
        try:
            pictures = await self._charts.draw([one.chart for one in sections if one.chart is not None])
        except ChartsNotDrawn as error:
            pictures, sections = [], [*sections, Section(NOT_DRAWN[error.reason])]
        await reply_with_files(interaction, *build_sections(sections, pictures))


async def _names(guild: discord.Guild | None, top: Sequence[TopMember]) -> Mapping[int, str]:
    """Display names, as many as Discord tells in time: without the intent for members, few are in the cache."""
    names: dict[int, str] = {}
    if guild is None:
        return names
    with suppress(TimeoutError):
        async with asyncio.timeout(NAMES_S):
            for one in top:
                member = None if one.user_id is None else await _member(guild, one.user_id)
                if member is not None:
                    names[member.id] = member.display_name
    return names


async def _member(guild: discord.Guild, user_id: int) -> discord.Member | None:
    """None for somebody who has left, and when Discord does not say."""
    try:
        return guild.get_member(user_id) or await guild.fetch_member(user_id)
    except Exception as error:
        if not is_of_discord(error):
            raise
        return None
