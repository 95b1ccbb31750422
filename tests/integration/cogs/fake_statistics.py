"""Histories, statistics and charts in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date

from klapper.charts.chart import Chart
from klapper.ledger.records import CREDIT, Kind, Line
from klapper.ledger.spending import LateClips
from klapper.services.history import HistoryLine, MemberLines
from klapper.services.statistics import DailySpending, GuildStatistics
from tests.integration.cogs.house import NOW_MS, House

NO_SPENDING = DailySpending("Europe/Berlin", (date(2026, 1, 1),), ())


class FakeHistory:
    """What moved in the house; guild_pages: what a guild's file is made of. left: after each movement."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.readers: list[tuple[int, int]] = []  # guild and member of each look at a history
        self.exports: list[tuple[int, int]] = []  # guild and days
        self.guild_pages: list[MemberLines] = []
        self.left: int | None = None
        self.error: Exception | None = None

    async def page(self, guild_id: int, user_id: int, *, skip: int = 0, rows: int = 15) -> Sequence[HistoryLine]:
        self.readers.append((guild_id, user_id))
        if self.error is not None:
            raise self.error
        moved = self._house.transfers[::-1][skip : skip + rows]
        return [HistoryLine(replace(self._house.movement(line), left=self.left)) for line in moved]

    async def of_member(self, guild_id: int, user_id: int) -> AsyncIterator[MemberLines]:
        self.readers.append((guild_id, user_id))
        credits = [line for line in self._house.transfers[::-1] if line.ledger == CREDIT]
        lines = [
            Line(line.seq, line.kind, "allowance", -line.amount, line.amount, line.reason, line.job_id, line.at_ms)
            for line in credits
            if line.kind is Kind.RESERVE
        ]
        if lines:
            yield MemberLines(1, user_id, lines)

    async def of_guild(self, guild_id: int, days: int) -> AsyncIterator[MemberLines]:
        self.exports.append((guild_id, days))
        for page in self.guild_pages:
            yield page


class FakeStatistics:
    """spending, found: the answers. asked: for which days."""

    def __init__(self) -> None:
        self.spending = NO_SPENDING
        self.found = GuildStatistics(NO_SPENDING, (), {}, None, {}, LateClips(0, 0), None, NOW_MS)
        self.asked: list[tuple[int, int]] = []

    async def of_member(self, guild_id: int, user_id: int, days: int) -> DailySpending:
        self.asked.append((user_id, days))
        return self.spending

    async def of_guild(self, guild_id: int, days: int) -> GuildStatistics:
        self.asked.append((guild_id, days))
        return self.found


class FakeCharts:
    """Draws everything alike; drawn: what it was given."""

    def __init__(self) -> None:
        self.drawn: list[Chart] = []
        self.error: Exception | None = None

    async def draw(self, charts: Sequence[Chart]) -> list[bytes]:
        if self.error is not None:
            raise self.error
        self.drawn += charts
        return [b"\x89PNG\r\n\x1a\n" + bytes([number]) for number, _ in enumerate(charts)]
