"""What members and managers can ask about what was spent and how the jobs went, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median_low
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
from klapper.ledger.statement import Statement
from klapper.services.rules import Rules

TOP_MEMBERS = 10
USUAL_JOBS = 20  # so many of the last charged jobs say what is usual
USUAL_FROM_JOBS = 3

TimeZoneOf = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of a time zone, the last one today and not over. periods: when each begins and ends."""

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
    """Credits spent on each day by model, the model on which most was spent first; models without any are left out."""

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
    model's title. budget: None without a limit. time_zone: in which days begin.
    """

    spending: DailySpending
    top: tuple[TopMember, ...]
    outcomes: Mapping[JobStatus, int]
    waits: Spread | None
    runs: Mapping[str, Spread]
    late: LateClips
    budget: BudgetCourse | None
    time_zone: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class UsualCost:
    """What a member's last charged jobs cost, in credits. median: half of them cost no more."""

    median: int
    least: int
    most: int
    jobs: int


class StatisticsDesk:
    """Reads only, in one snapshot per question. time_zone_of: guild -> the zone in which its days begin."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        statement: Statement,
        spending: Spending,
        tallies: TallyStore,
        rules: Rules,
        catalogue: Catalogue,
        time_zone_of: TimeZoneOf,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._statement = statement
        self._spending = spending
        self._tallies = tallies
        self._rules = rules
        self._titles = {model.slug: model.title for model in catalogue.models}
        self._zones = time_zone_of

    def time_zone_of(self, guild_id: int) -> str:
        """In which a guild's days begin."""
        return self._zones(guild_id)

    async def of_member(self, guild_id: int, user_id: int, days: int) -> DailySpending:
        """What a member spent on each of the last days, today included."""
        span = last_days(self._clock.now_ms(), days, self.time_zone_of(guild_id))
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            spent = [] if member_ref is None else await self._spending.of_member(tx, member_ref, span.periods)
        return daily(spent, span.dates, self._titles)

    async def of_guild(self, guild_id: int, days: int) -> GuildStatistics:
        """A guild's last days, today included."""
        now_ms, time_zone = self._clock.now_ms(), self.time_zone_of(guild_id)
        span = last_days(now_ms, days, time_zone)
        times = {"from_ms": span.within.start_ms, "to_ms": span.within.end_ms}
        async with self._database.read() as tx:
            spent = await self._spending.of_guild(tx, guild_id, span.periods)
            runs = await self._tallies.runs(tx, guild_id, **times)
            return GuildStatistics(
                spending=daily(spent, span.dates, self._titles),
                top=tuple(await self._spending.top_members(tx, guild_id, span.within, TOP_MEMBERS)),
                outcomes=await self._tallies.outcomes(tx, guild_id, **times),
                waits=await self._tallies.waits(tx, guild_id, **times),
                runs={self._titles.get(slug, slug): spread for slug, spread in runs.items()},
                late=await self._spending.late_clips(tx, guild_id, span.within),
                budget=await self._budget(tx, guild_id, now_ms),
                time_zone=time_zone,
                at_ms=now_ms,
            )

    async def usual_cost(self, guild_id: int, user_id: int) -> UsualCost | None:
        """What a member's clips usually cost; None as long as there are too few to say."""
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            if member_ref is None:
                return None
            return usual_cost(await self._statement.last_charges(tx, member_ref, USUAL_JOBS))

    async def _budget(self, tx: Reader, guild_id: int, now_ms: int) -> BudgetCourse | None:
        account = guild_budget_account(guild_id)
        for grant in self._rules.budgets(guild_id, now_ms):
            if grant.account_id == account:
                return await self._spending.budget_course(tx, grant, now_ms)
        return None


def usual_cost(charges: Sequence[int]) -> UsualCost | None:
    """Of what so many jobs cost; None below USUAL_FROM_JOBS."""
    if len(charges) < USUAL_FROM_JOBS:
        return None
    return UsualCost(median_low(charges), min(charges), max(charges), len(charges))


def last_days(now_ms: int, days: int, time_zone: str) -> Days:
    """So many days up to today, as they are in the time zone."""
    zone = ZoneInfo(time_zone)
    today = datetime.fromtimestamp(now_ms / SECOND_MS, UTC).astimezone(zone).date()
    dates = [today - timedelta(days=before) for before in range(days - 1, -2, -1)]
    starts = [round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * SECOND_MS) for day in dates]
    periods = tuple(Period(start, end) for start, end in pairwise(starts))
    return Days(tuple(dates[:-1]), periods)


def daily(spent: Iterable[Spent], dates: tuple[date, ...], titles: Mapping[str, str]) -> DailySpending:
    """By the models' titles; a model that is gone keeps its slug."""
    by_title: dict[str, list[int]] = {}
    for one in spent:
        credits = by_title.setdefault(titles.get(one.slug, one.slug), [0] * len(dates))
        credits[one.period] += one.credits
    models = [ModelSpending(title, tuple(credits)) for title, credits in by_title.items()]
    models.sort(key=lambda model: (-model.total, model.title))
    return DailySpending(dates, tuple(model for model in models if model.total))
