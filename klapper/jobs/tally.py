"""What became of a member's jobs, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from klapper.database.database import Reader
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
