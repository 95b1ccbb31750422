"""What Segmind's bill is compared with: sent jobs, what the books say of each, and what was told before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.jobs.job import OPEN, JobStatus


class Booked(StrEnum):
    """What the books did with a job."""

    NOTHING = "nothing"  # it never held anything
    HELD = "held"
    CHARGED = "charged"
    REFUNDED = "refunded"  # charged, and given back to the member
    GIVEN_BACK = "given_back"  # the hold ended, nothing was charged
    WRITTEN_OFF = "written_off"  # a late clip, charged to nobody


MADE = frozenset({Booked.CHARGED, Booked.REFUNDED, Booked.WRITTEN_OFF})  # the books say that Segmind is owed for it


@dataclass(frozen=True, slots=True)
class BilledJob:
    """A job that was sent. request: JSON of what was asked. quoted, reported: the cost at Segmind; None: not said."""

    job_id: str
    slug: str
    request_id: str | None
    status: JobStatus
    reason: str
    posted_at_ms: int
    finished_at_ms: int | None
    request: str
    credits: int
    budget_units: int
    quoted_micro_usd: int
    reported_micro_usd: int | None
    booked: Booked

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class BillWatch:
    """compared_at_ms: when the bill was compared last, 0 never. is_low: the operator knows that the balance is low."""

    compared_at_ms: int
    is_low: bool


class BillStore:
    """Keeps: a difference is new once; a reported cost that is known stays."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.jobs")

    async def jobs(self, tx: Reader, *, from_ms: int, to_ms: int) -> list[BilledJob]:
        """Every job that was sent for the last time in these times, oldest first."""
        return [_job(row) for row in await tx.all(self._sql["billed_jobs"], from_ms=from_ms, to_ms=to_ms)]

    async def ours(self, tx: Reader, bare_ids: Iterable[str]) -> set[str]:
        """Which of these requests of Segmind's, without dashes, are jobs of ours."""
        rows = await tx.all(self._sql["requests_of_jobs"], ids=json.dumps(list(bare_ids)))
        return {row["bare"] for row in rows}

    async def in_flight_micro_usd(self, tx: Reader) -> int:
        """What everything that Segmind works on, or may work on, will cost by its quotes."""
        row = await tx.one(self._sql["in_flight"])
        assert row is not None
        return int(row["micro_usd"])

    async def note_cost(self, tx: Writer, job_id: str, micro_usd: int) -> None:
        """What a job cost, where nobody had said it yet."""
        await tx.execute(self._sql["note_cost"], job_id=job_id, micro_usd=micro_usd)

    async def watch(self, tx: Reader) -> BillWatch:
        """What is known of the bill."""
        row = await tx.one(self._sql["bill_watch"])
        assert row is not None
        return BillWatch(row["compared_at_ms"], bool(row["is_low"]))

    async def compared(self, tx: Writer, now_ms: int) -> None:
        """The bill was compared up to now."""
        await tx.execute(self._sql["bill_compared"], now_ms=now_ms)

    async def low(self, tx: Writer, *, is_low: bool) -> bool:
        """The balance is low, or not any more; False when that is known."""
        return bool(await tx.execute(self._sql["balance_low"], is_low=int(is_low)))

    async def see(self, tx: Writer, difference: str, kind: str, now_ms: int) -> bool:
        """A difference was seen; whether for the first time."""
        if await tx.execute(self._sql["see_difference"], difference=difference, now_ms=now_ms):
            return False
        await tx.execute(self._sql["add_difference"], difference=difference, kind=kind, now_ms=now_ms)
        return True

    async def forget(self, tx: Writer, *, seen_before_ms: int) -> None:
        """Differences that were not seen since then."""
        await tx.execute(self._sql["forget_differences"], seen_before_ms=seen_before_ms)

    async def found(self, tx: Reader, *, since_ms: int) -> Mapping[str, int]:
        """How many differences were found since then, by kind."""
        rows = await tx.all(self._sql["count_differences"], since_ms=since_ms)
        return {row["kind"]: row["differences"] for row in rows}


def _job(row: Row) -> BilledJob:
    return BilledJob(
        job_id=row["job_id"],
        slug=row["slug"],
        request_id=row["request_id"],
        status=JobStatus(row["status"]),
        reason=row["reason"],
        posted_at_ms=row["posted_at_ms"],
        finished_at_ms=row["finished_at_ms"],
        request=row["request"],
        credits=row["price_credits"],
        budget_units=row["budget_units"],
        quoted_micro_usd=row["provider_cost_micro_usd"],
        reported_micro_usd=row["reported_cost_micro_usd"],
        booked=_booked(row),
    )


def _booked(row: Row) -> Booked:
    if row["is_written_off"]:
        return Booked.WRITTEN_OFF
    if row["is_refunded"]:
        return Booked.REFUNDED
    # A late clip of a job that costs nobody anything has nothing to write off.
    late = row["hold"] == "released" and row["status"] == JobStatus.SUCCEEDED
    holds = {"held": Booked.HELD, "settled": Booked.CHARGED, "released": Booked.GIVEN_BACK}
    return Booked.WRITTEN_OFF if late else holds.get(row["hold"], Booked.NOTHING)
