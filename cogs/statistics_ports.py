"""What the cogs ask of the program about what moved, what was spent and how it looks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from klapper.charts.chart import Chart
from klapper.services.history import HistoryLine, MemberLines
from klapper.services.statistics import DailySpending, GuildStatistics


class History(Protocol):
    """What moved on members' accounts."""

    async def page(self, guild_id: int, user_id: int, *, skip: int = 0, rows: int = 15) -> Sequence[HistoryLine]: ...

    def of_member(self, guild_id: int, user_id: int) -> AsyncIterator[MemberLines]: ...

    def of_guild(self, guild_id: int, days: int) -> AsyncIterator[MemberLines]: ...


class Statistics(Protocol):
    """What was spent and how the jobs went."""

    async def of_member(self, guild_id: int, user_id: int, days: int) -> DailySpending: ...

    async def of_guild(self, guild_id: int, days: int) -> GuildStatistics: ...


class Charts(Protocol):
    """Draws. Raises ChartsNotDrawn."""

    async def draw(self, charts: Sequence[Chart]) -> list[bytes]: ...
