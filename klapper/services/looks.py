"""The looks at jobs that Segmind has: each at its time, one at a time per job."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Hashable, Sequence

from klapper.clock import MINUTE_MS, SECOND_MS, Clock
from klapper.errors import JobConflict, KlapperError
from klapper.jobs.job import Job, JobStatus
from klapper.services.alarm import Alarm
from klapper.services.durations import Cell
from klapper.services.log_normal import LogNormal
from klapper.services.provider import Provider
from klapper.services.schedule import RESULT_KEPT_MS, Schedule, Watched
from klapper.services.usual_times import UsualTimes
from klapper.services.watching import Watching

_log = logging.getLogger(__name__)

LOOKS_AT_ONCE = 50
LONGEST_REST_S = 5.0  # what is expected, and what may be asked, changes meanwhile
SHORTEST_REST_S = 0.02
URGENT_FROM_MS = 40 * MINUTE_MS  # so old a job's record may be gone before its turn comes


class Looks:
    """Keeps: at most one look at a job at a time, LOOKS_AT_ONCE together; a look that fails is followed by another.

    Looks are timed by the monotonic clock: the wall clock may be set back.
    """

    def __init__(self, *, clock: Clock, provider: Provider, watching: Watching, usual_times: UsualTimes) -> None:
        self._clock = clock
        self._provider = provider
        self._watching = watching
        self._usual_times = usual_times
        self._schedule = Schedule()
        self._jobs: dict[str, Job] = {}
        self._cells: dict[str, Cell] = {}
        self._heard_s: dict[str, float] = {}
        self._heard_at_ms: dict[str, int] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._alarm = Alarm(clock)

    async def run(self) -> None:
        """Look for ever. Cancelling it gives up the looks; the next start asks again."""
        try:
            while True:
                self._alarm.clear()
                self._start_due()
                await self._alarm.wait(self._rest_s())
        finally:
            for task in self._under_way.values():
                task.cancel()

    def watch(self, jobs: Sequence[Job]) -> None:
        """These are the jobs to look at from now on; those without a request id cannot be asked about."""
        askable = {job.job_id: job for job in jobs if job.request_id is not None and job.posted_at_ms is not None}
        for job_id in self._jobs.keys() - askable.keys():
            self._forget(job_id)
        others = [job for job_id, job in askable.items() if not _is_alike(job, self._jobs.get(job_id))]
        self._jobs = askable
        self._refresh()  # what may be asked decides how those of before this process are spread
        now_ms = self._clock.now_ms()
        for job in sorted(others, key=lambda job: _rank(job, now_ms)):
            self._begin(job, now_ms)
        self._start_due()
        self._alarm.ring()

    def heard_at_ms(self, job_id: str) -> int:
        """When there was the last readable answer about a job; 0 when this process has heard none."""
        return self._heard_at_ms.get(job_id, 0)

    def _begin(self, job: Job, now_ms: int) -> None:
        assert job.posted_at_ms is not None
        now_s = self._clock.monotonic_s()
        cell = self._cells[job.job_id] = self._usual_times.cell(job)
        # A job of the future was posted before the clock was set back, nobody knows when.
        posted_s = now_s - max(0, now_ms - job.posted_at_ms) / SECOND_MS
        before = self._schedule.watched(job.job_id)
        looked_s = None if before is None else before.looked_s
        watched = Watched(cell, posted_s, looked_s, is_daily=job.status is JobStatus.ABANDONED)
        self._schedule.watch(job.job_id, watched, self._usual_times.run_times.estimate(cell), now_s)

    def _forget(self, job_id: str) -> None:
        self._schedule.forget(job_id, self._clock.monotonic_s())
        for known in (self._cells, self._heard_s, self._heard_at_ms):
            known.pop(job_id, None)

    def _start_due(self) -> None:
        now_s = self._clock.monotonic_s()
        self._refresh()
        for job_id in self._schedule.due(now_s, LOOKS_AT_ONCE - len(self._under_way)):
            self._under_way[job_id] = asyncio.create_task(self._look(self._jobs[job_id]))

    def _refresh(self) -> None:
        now_s = self._clock.monotonic_s()
        if self._schedule.is_stale(now_s):
            self._schedule.refresh(now_s, self._provider.requests_per_minute, self._expected())

    def _expected(self) -> dict[Hashable, LogNormal]:
        """What is to be expected of each kind of job, of which those that run say that they take longer still."""
        running_s = defaultdict[Cell, list[float]](list)
        now_ms = self._clock.now_ms()
        for job_id, cell in self._cells.items():
            job = self._jobs[job_id]  # watched already
            if job.status is not JobStatus.ABANDONED and job.posted_at_ms is not None:
                running_s[cell].append((now_ms - job.posted_at_ms) / SECOND_MS)
            else:
                running_s[cell].extend(())
        return {cell: self._usual_times.run_times.estimate(cell, ages_s) for cell, ages_s in running_s.items()}

    def _rest_s(self) -> float:
        next_s = None if len(self._under_way) >= LOOKS_AT_ONCE else self._schedule.next_s()
        if next_s is None:
            return LONGEST_REST_S
        return min(LONGEST_REST_S, max(SHORTEST_REST_S, next_s - self._clock.monotonic_s()))

    async def _look(self, job: Job) -> None:
        is_heard = False
        try:
            is_heard = await self._watching.look(job, heard_s=self._heard_s.get(job.job_id))
            if is_heard:
                self._heard_s[job.job_id] = self._clock.monotonic_s()
                self._heard_at_ms[job.job_id] = self._clock.now_ms()
        except JobConflict:
            is_heard = True
            _log.info("job moved meanwhile", extra={"job_id": job.job_id})
        except KlapperError as error:
            _log.warning("look put off", extra={"job_id": job.job_id, "why": error.sentence})
        except Exception:
            _log.exception("look crashed", extra={"job_id": job.job_id})
        finally:
            del self._under_way[job.job_id]
            self._schedule.looked(job.job_id, self._clock.monotonic_s(), is_heard=is_heard)
            self._alarm.ring()


def _is_alike(job: Job, before: Job | None) -> bool:
    """Whether the schedule knows the job as it is now."""
    return before is not None and (before.status is JobStatus.ABANDONED) == (job.status is JobStatus.ABANDONED)


def _rank(job: Job, now_ms: int) -> tuple[bool, bool, int]:
    """After a start: first those whose record is about to go, then the oldest, last those that are asked daily."""
    assert job.posted_at_ms is not None
    age_ms = now_ms - job.posted_at_ms
    return job.status is JobStatus.ABANDONED, not URGENT_FROM_MS <= age_ms < RESULT_KEPT_MS, -age_ms
