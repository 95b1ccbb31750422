"""What the cogs ask of the program about credits: what counts, what moved, what was spent and how it looks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from klapper.charts.chart import Chart
from klapper.ledger.periods import Rhythm
from klapper.moderation.rules import Place
from klapper.quotas.quota import Giving, Limits, Newcomers, RoleQuota
from klapper.services.credits import Holdings
from klapper.services.giving import Gift, Offer
from klapper.services.history import HistoryLine, MemberLines
from klapper.services.movements import Order, Refunded
from klapper.services.notices import Purse
from klapper.services.quota_desk import QuotaRules
from klapper.services.statistics import DailySpending, GuildStatistics


class QuotaDesk(Protocol):
    """What a guild's managers set about credits and limits."""

    async def of(self, guild_id: int) -> QuotaRules: ...

    async def own_allowance(self, guild_id: int, user_id: int) -> int | None: ...

    async def set_role(
        self, guild_id: int, user_id: int, role_id: int, quota: RoleQuota, *, seen: int | None
    ) -> QuotaRules: ...

    async def set_member(
        self, guild_id: int, user_id: int, member_id: int, allowance: int | None, *, seen: int | None
    ) -> QuotaRules: ...

    async def set_rhythm(
        self, guild_id: int, user_id: int, rhythm: Rhythm | None, *, seen: int | None
    ) -> QuotaRules: ...

    async def set_limits(self, guild_id: int, user_id: int, limits: Limits, *, seen: int | None) -> QuotaRules: ...

    async def set_newcomers(
        self, guild_id: int, user_id: int, newcomers: Newcomers, *, seen: int | None
    ) -> QuotaRules: ...

    async def set_giving(self, guild_id: int, user_id: int, giving: Giving, *, seen: int | None) -> QuotaRules: ...

    async def set_channel(
        self, guild_id: int, user_id: int, channel_id: int, percent: int, *, seen: int | None
    ) -> QuotaRules: ...


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


class Movements(Protocol):
    """What managers do with credits."""

    async def grant(self, order: Order, user_id: int, amount: int, *, place: Place) -> Holdings: ...

    async def revoke(
        self, order: Order, user_id: int, amount: int, purse: Purse, *, place: Place | None
    ) -> Holdings: ...

    async def refund(self, order: Order, job_id: str) -> Refunded: ...


class Gifting(Protocol):
    """What members give each other."""

    async def ask(self, gift: Gift, place: Place) -> Offer: ...

    async def give(self, gift: Gift, place: Place) -> int: ...
