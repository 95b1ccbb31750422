"""What was spent, by day, by model and by member, and how a budget ran down. Reads only.

Spent is what was charged less what was given back of it, on the day of the charge.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from klapper.clock import MINUTE_MS
from klapper.database.database import Reader, Row
from klapper.database.queries import load_queries
from klapper.ledger.periods import Period
from klapper.ledger.records import Kind, PeriodicGrant

SLICE_MS = 30 * MINUTE_MS  # every clock change is a whole number of them


@dataclass(frozen=True, slots=True)
class Spent:
    """Credits spent on one model's clips in one of the asked periods, by its place among them."""

    period: int
    slug: str
    credits: int


@dataclass(frozen=True, slots=True)
class TopMember:
    """user_id: None for who is forgotten. jobs: how many clips were made for them, free ones as well."""

    user_id: int | None
    credits: int
    jobs: int


@dataclass(frozen=True, slots=True)
class LateClips:
    """Clips that nobody was charged for because they came late, and what they would have cost."""

    jobs: int
    credits: int


@dataclass(frozen=True, slots=True)
class BudgetMark:
    """What was charged and what was held of a period's budget at a time, in units."""

    at_ms: int
    spent: int
    held: int


@dataclass(frozen=True, slots=True)
class BudgetCourse:
    """A limited budget in its running period. marks: at each end of a half hour in which it moved.

    granted: the units that count now: of a budget that was lowered, fewer than were granted at first.
    """

    period: Period
    granted: int
    marks: tuple[BudgetMark, ...]

    @property
    def now(self) -> BudgetMark:
        """How it stands."""
        return self.marks[-1] if self.marks else BudgetMark(self.period.start_ms, 0, 0)

    def at(self, at_ms: int) -> BudgetMark:
        """How it stood at a half hour."""
        before = [mark for mark in self.marks if mark.at_ms <= at_ms]
        return before[-1] if before else BudgetMark(self.period.start_ms, 0, 0)


class Spending:
    """Every query reads what ended in the asked times, and nothing of other guilds."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.ledger")

    async def of_guild(self, tx: Reader, guild_id: int, periods: Sequence[Period]) -> list[Spent]:
        """What a guild's members spent."""
        rows = await tx.all(self._sql["stat_guild_spending"], guild_id=guild_id, days=_pairs(periods))
        return [_spent(row) for row in rows]

    async def of_member(self, tx: Reader, member_ref: int, periods: Sequence[Period]) -> list[Spent]:
        """What one member spent."""
        rows = await tx.all(self._sql["stat_member_spending"], member_ref=member_ref, days=_pairs(periods))
        return [_spent(row) for row in rows]

    async def top_members(self, tx: Reader, guild_id: int, within: Period, rows: int) -> list[TopMember]:
        """Who spent most, the most first."""
        found = await tx.all(self._sql["stat_top_members"], guild_id=guild_id, **_times(within), rows=rows)
        return [TopMember(row["discord_user_id"], row["credits"], row["jobs"]) for row in found]

    async def late_clips(self, tx: Reader, guild_id: int, within: Period) -> LateClips:
        """What was made and charged to nobody."""
        row = await tx.one(self._sql["stat_late_clips"], guild_id=guild_id, **_times(within))
        assert row is not None
        return LateClips(row["jobs"], row["credits"])

    async def budget_course(self, tx: Reader, grant: PeriodicGrant, now_ms: int) -> BudgetCourse:
        """How a limited budget ran down since its period began, the rollover computed in.

        Holds of an earlier period have no part in it: they are charged to that one.
        """
        account = await tx.one(self._sql["account"], account_id=grant.account_id)
        if account is None or now_ms >= account["period_end_ms"]:
            return BudgetCourse(grant.period, grant.amount, ())
        period = Period(account["period_start_ms"], account["period_end_ms"])
        begins = f"grant:{grant.account_id}:{period.start_ms}"
        first = await tx.one(self._sql["stat_period_begins"], from_id=f"{begins}:", to_id=f"{begins};")
        if first is None or first["seq"] is None:
            return BudgetCourse(period, grant.amount, ())
        moves = await tx.all(
            self._sql["stat_budget_moves"],
            account=grant.account_id,
            seq=first["seq"],
            start_ms=period.start_ms,
            slice_ms=SLICE_MS,
        )
        return BudgetCourse(period, grant.amount, tuple(_marks(moves, period.start_ms)))


def _marks(moves: Sequence[Row], start_ms: int) -> list[BudgetMark]:
    marks: dict[int, BudgetMark] = {}
    spent = held = 0
    for row in moves:
        match Kind(row["kind"]):
            case Kind.RESERVE:
                held += row["units"]
            case Kind.SETTLE:
                spent, held = spent + row["units"], held - row["units"]
            case _:
                held -= row["units"]
        marks[row["slice"]] = BudgetMark(start_ms + (row["slice"] + 1) * SLICE_MS, spent, held)
    return list(marks.values())


def _spent(row: Row) -> Spent:
    return Spent(row["day"], row["slug"], row["credits"])


def _pairs(periods: Sequence[Period]) -> str:
    return json.dumps([[period.start_ms, period.end_ms] for period in periods])


def _times(within: Period) -> dict[str, int]:
    return {"from_ms": within.start_ms, "to_ms": within.end_ms}
