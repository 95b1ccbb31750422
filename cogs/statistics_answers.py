"""Statistics as words with pictures, or as words alone where no picture could be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord

from cogs.ports import Charts, Interaction, Statistics
from cogs.replies import acknowledge, reply_with_files
from klapper.errors import ChartsNotDrawn
from klapper.ledger.spending import TopMember
from klapper.messages.statistics_texts import NOT_DRAWN, Section, guild_sections, member_sections
from klapper.messages.statistics_view import build_sections


class StatisticsAnswers:
    """Every answer is private, and has all numbers in words."""

    def __init__(self, *, statistics: Statistics, charts: Charts) -> None:
        self._statistics = statistics
        self._charts = charts

    async def of_member(self, interaction: Interaction, guild_id: int, days: int) -> None:
        """What who asks has spent."""
        await acknowledge(interaction)
        spending = await self._statistics.of_member(guild_id, interaction.user.id, days)
        await self._answer(interaction, member_sections(spending, self._statistics.time_zone_of(guild_id)))

    async def of_guild(self, interaction: Interaction, guild_id: int, days: int) -> None:
        """What a guild has spent, and how its jobs went."""
        await acknowledge(interaction)
        found = await self._statistics.of_guild(guild_id, days)
        await self._answer(interaction, guild_sections(found, _names(interaction.guild, found.top)))

    async def _answer(self, interaction: Interaction, sections: Sequence[Section]) -> None:
        try:
            pictures = await self._charts.draw([one.chart for one in sections if one.chart is not None])
        except ChartsNotDrawn as error:
            pictures, sections = [], [*sections, Section(NOT_DRAWN[error.reason])]
        await reply_with_files(interaction, *build_sections(sections, pictures))


def _names(guild: discord.Guild | None, top: Sequence[TopMember]) -> Mapping[int, str]:
    """Display names, of those whom Discord has told us of: without its list of members that is not everybody."""
    if guild is None:
        return {}
    known = [guild.get_member(one.user_id) for one in top if one.user_id is not None]
    return {member.id: member.display_name for member in known if member is not None}
