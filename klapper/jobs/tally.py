"""What became of a member's jobs, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from klapper.database.database import Reader, Row
from klapper.database.queries import load_queries
from klapper.jobs.job import JobStatus


@dataclass(frozen=True, slots=True)
class Tally:
    """jobs: how many are in each status. approved: how many requests moderators let through."""

    jobs: Mapping[JobStatus, int]
    approved: int

    def count(self, statuses: Iterable[JobStatus]) -> int:
        """How many are in one of these."""
        return sum(self.jobs.get(status, 0) for status in statuses)


NO_JOBS = Tally({}, 0)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: half of `jobs` jobs no longer than half_s, nine of ten than most_s."""

    jobs: int
    half_s: float
    most_s: float


class TallyStore:
    """Reads only."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.jobs")

    async def of_member(self, tx: Reader, member_ref: int) -> Tally:
        """All jobs that a member ever had in a guild."""
        rows = await tx.all(self._sql["tally_of_member"], member_ref=member_ref)
        approvals = await tx.one(self._sql["approvals_of_member"], member_ref=member_ref)
        assert approvals is not None
        return Tally({JobStatus(row["status"]): row["jobs"] for row in rows}, int(approvals["jobs"]))

    async def outcomes(self, tx: Reader, guild_id: int, *, from_ms: int, to_ms: int) -> dict[JobStatus, int]:
        """How many of a guild's jobs ended how."""
        rows = await tx.all(self._sql["stat_outcomes"], guild_id=guild_id, from_ms=from_ms, to_ms=to_ms)
        return {JobStatus(row["status"]): row["jobs"] for row in rows}

    async def waits(self, tx: Reader, guild_id: int, *, from_ms: int, to_ms: int) -> Spread | None:
        """How long jobs that were sent and have ended had waited for their turn; None when there are none."""
        row = await tx.one(self._sql["stat_waits"], guild_id=guild_id, from_ms=from_ms, to_ms=to_ms)
        return None if row is None else _spread(row)

    async def runs(self, tx: Reader, guild_id: int, *, from_ms: int, to_ms: int) -> dict[str, Spread]:
        """How long clips took, by model."""
        rows = await tx.all(self._sql["stat_runs"], guild_id=guild_id, from_ms=from_ms, to_ms=to_ms)
        return {row["slug"]: _spread(row) for row in rows}


def _spread(row: Row) -> Spread:
    return Spread(row["jobs"], row["half_s"], row["most_s"])
