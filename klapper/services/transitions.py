"""Every change of a job after it was accepted: status, money and delivery in one transaction, then the news of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from klapper.clock import Clock
from klapper.database.database import Database, Writer
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.job import TERMINAL, DeliveryState, Job, JobStatus
from klapper.jobs.store import Changes, JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER, member_actor
from klapper.moderation.reasons import Reason
from klapper.services.protecting import Protecting
from klapper.services.reviewing import Reviewing

_log = logging.getLogger(__name__)

Announce = Callable[[Job], None]


class Transitions:
    """Keeps, at every commit:

    - a job that is open holds its reservation; a job that ended has it settled (succeeded) or released (all others);
    - a job that ended has a delivery row, `pending` exactly when there is a clip and nobody deleted the job;
    - a job in review has an open case, and no other job has one;
    - a job that Segmind refused has brought its strike;
    - nobody hears of a change that was not committed.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        deliveries: DeliveryStore,
        ledger: Ledger,
        reviewing: Reviewing,
        protecting: Protecting,
        announce: Announce,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._deliveries = deliveries
        self._ledger = ledger
        self._reviewing = reviewing
        self._protecting = protecting
        self._announce = announce

    async def move(
        self, job: Job, to: JobStatus, *, reason: str, actor: str = KLAPPER, changes: Changes | None = None
    ) -> Job:
        """Move a job in a transaction of its own. Raises JobConflict when it is no longer as it was read."""
        async with self._database.write() as tx:
            moved = await self.move_in(tx, job, to, reason=reason, actor=actor, changes=changes)
        self.announce(job, moved)
        return moved

    async def move_in(
        self,
        tx: Writer,
        job: Job,
        to: JobStatus,
        *,
        reason: str,
        actor: str = KLAPPER,
        changes: Changes | None = None,
        note: str = "",
    ) -> Job:
        """Move a job in the caller's transaction; the caller calls `announce` after its commit.

        note: a moderator's words, kept with the case that the move closes.
        """
        now_ms = self._clock.now_ms()
        await self._jobs.move(tx, job, to, reason=reason, actor=actor, now_ms=now_ms, changes=changes or Changes())
        if job.status is JobStatus.IN_REVIEW:
            await self._reviewing.leave(tx, job, to, reason=reason, by=actor, now_ms=now_ms, note=note)
        elif to is JobStatus.IN_REVIEW:
            await self._reviewing.enter(tx, job, reasons=(Reason(reason),), by=actor, now_ms=now_ms)
        if to in TERMINAL:
            await self._end(tx, job, to, reason=reason, actor=actor, now_ms=now_ms)
        if to is JobStatus.REFUSED:
            await self._protecting.refused(tx, job, now_ms)
        moved = await self._jobs.get(tx, job.job_id)
        assert moved is not None
        return moved

    def announce(self, before: Job, after: Job) -> None:
        """Tell log, card and loops about a committed change."""
        _log.log(
            logging.WARNING if after.status is JobStatus.UNKNOWN else logging.INFO,
            "job moved",
            extra={
                "job_id": after.job_id,
                "from": before.status.value,
                "to": after.status.value,
                "reason": after.reason,
                "attempt": after.attempts,
            },
        )
        self._announce(after)

    async def _end(self, tx: Writer, job: Job, to: JobStatus, *, reason: str, actor: str, now_ms: int) -> None:
        if job.status is JobStatus.ABANDONED:  # a late clip: delivered free, paid by nobody's limit
            await self._ledger.write_off(
                tx, job.job_id, credits=job.price.credits, budget_units=job.price.budget_units, now_ms=now_ms
            )
            await self._deliveries.restart(tx, job.job_id, now_ms)
            return
        if to is JobStatus.SUCCEEDED:
            await self._ledger.settle(tx, job.job_id, now_ms)
            await self._deliveries.add(tx, job.job_id, DeliveryState.PENDING, tell=True, now_ms=now_ms)
            return
        await self._ledger.release(tx, job.job_id, actor=actor, reason=reason, now_ms=now_ms)
        # Who cancelled their own job knows it; everybody else is told how it ended.
        tell = to is not JobStatus.CANCELLED or actor != member_actor(job.member_ref)
        await self._deliveries.add(tx, job.job_id, DeliveryState.NONE, tell=tell, now_ms=now_ms)
