"""What members and managers can ask about what was spent and how the jobs went, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from klapper.clock import SECOND_MS, Clock
from klapper.database.database import Database, Reader
from klapper.jobs.job import JobStatus
from klapper.jobs.tally import Spread, TallyStore
from klapper.kling.model import Catalogue
from klapper.ledger.ledger import Ledger
from klapper.ledger.periods import Period
from klapper.ledger.records import guild_budget_account
from klapper.ledger.spending import BudgetCourse, LateClips, Spending, Spent, TopMember
from klapper.services.quota_book import QuotaBook, budget_grants

TOP_MEMBERS = 10


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of a time zone, the last one today and not over. periods: when each begins and ends."""

    time_zone: str
    dates: tuple[date, ...]
    periods: tuple[Period, ...]

    @property
    def within(self) -> Period:
        """From the first day's beginning to the last one's end."""
        return Period(self.periods[0].start_ms, self.periods[-1].end_ms)


@dataclass(frozen=True, slots=True)
class ModelSpending:
    """title: the model's. credits: of each day."""

    title: str
    credits: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.credits)


@dataclass(frozen=True, slots=True)
class DailySpending:
    """Credits spent on each day by model, the model on which most was spent first; models without any are left out.

    time_zone: in which the days begin.
    """

    time_zone: str
    dates: tuple[date, ...]
    models: tuple[ModelSpending, ...]

    @property
    def total(self) -> int:
        return sum(model.total for model in self.models)

    @property
    def by_day(self) -> tuple[int, ...]:
        return tuple(sum(model.credits[day] for model in self.models) for day in range(len(self.dates)))


@dataclass(frozen=True, slots=True)
class GuildStatistics:
    """A guild's last days.

    top: who spent most. outcomes: of the jobs that ended. waits: for their turn. runs: how long clips took, by the
    model's title. budget: None without a limit.
    """

    spending: DailySpending
    top: tuple[TopMember, ...]
    outcomes: Mapping[JobStatus, int]
    waits: Spread | None
    runs: Mapping[str, Spread]
    late: LateClips
    budget: BudgetCourse | None
    at_ms: int


class StatisticsDesk:
    """Reads only, in one snapshot per question. Days begin in the time zone of the guild's rules."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        spending: Spending,
        tallies: TallyStore,
        quotas: QuotaBook,
        catalogue: Catalogue,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._spending = spending
        self._tallies = tallies
        self._quotas = quotas
        self._titles = {model.slug: model.title for model in catalogue.models}

    async def of_member(self, guild_id: int, user_id: int, days: int) -> DailySpending:
        """What a member spent on each of the last days, today included."""
        async with self._database.read() as tx:
            span = await self._last_days(tx, guild_id, days)
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            spent = [] if member_ref is None else await self._spending.of_member(tx, member_ref, span.periods)
        return daily(spent, span, self._titles)

    async def of_guild(self, guild_id: int, days: int) -> GuildStatistics:
        """A guild's last days, today included."""
        async with self._database.read() as tx:
            span = await self._last_days(tx, guild_id, days)
            times = {"from_ms": span.within.start_ms, "to_ms": span.within.end_ms}
            spent = await self._spending.of_guild(tx, guild_id, span.periods)
            runs = await self._tallies.runs(tx, guild_id, **times)
            return GuildStatistics(
                spending=daily(spent, span, self._titles),
                top=tuple(await self._spending.top_members(tx, guild_id, span.within, TOP_MEMBERS)),
                outcomes=await self._tallies.outcomes(tx, guild_id, **times),
                waits=await self._tallies.waits(tx, guild_id, **times),
                runs={self._titles.get(slug, slug): spread for slug, spread in runs.items()},
                late=await self._spending.late_clips(tx, guild_id, span.within),
                budget=await self._budget(tx, guild_id),
                at_ms=self._clock.now_ms(),
            )

    async def _last_days(self, tx: Reader, guild_id: int, days: int) -> Days:
        quota = await self._quotas.of(tx, guild_id)
        return last_days(self._clock.now_ms(), days, quota.rhythm.time_zone)

    async def _budget(self, tx: Reader, guild_id: int) -> BudgetCourse | None:
        account, now_ms = guild_budget_account(guild_id), self._clock.now_ms()
        for grant in budget_grants(await self._quotas.of(tx, guild_id), now_ms):
            if grant.account_id == account:
                return await self._spending.budget_course(tx, grant, now_ms)
        return None


def last_days(now_ms: int, days: int, time_zone: str) -> Days:
    """So many days up to today, as they are in the time zone."""
    zone = ZoneInfo(time_zone)
    today = datetime.fromtimestamp(now_ms / SECOND_MS, UTC).astimezone(zone).date()
    dates = [today - timedelta(days=before) for before in range(days - 1, -2, -1)]
    starts = [round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * SECOND_MS) for day in dates]
    periods = tuple(Period(start, end) for start, end in pairwise(starts))
    return Days(time_zone, tuple(dates[:-1]), periods)


def daily(spent: Iterable[Spent], days: Days, titles: Mapping[str, str]) -> DailySpending:
    """By the models' titles; a model that is gone keeps its slug."""
    by_title: dict[str, list[int]] = {}
    for one in spent:
        credits = by_title.setdefault(titles.get(one.slug, one.slug), [0] * len(days.dates))
        credits[one.period] += one.credits
    models = [ModelSpending(title, tuple(credits)) for title, credits in by_title.items()]
    models.sort(key=lambda model: (-model.total, model.title))
    return DailySpending(days.time_zone, days.dates, tuple(model for model in models if model.total))
