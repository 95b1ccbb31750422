"""The loop that owns every job from its acceptance to its end: it watches until there is an answer.

Start-up and steady state run the same code: all that matters is read from the database at each tick.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from klapper.clock import SECOND_MS, Clock
from klapper.database.database import Database
from klapper.errors import JobConflict, KlapperError
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.pauses import PauseStore, ProviderPause
from klapper.jobs.store import JobStore, Standing
from klapper.services.alarm import Alarm
from klapper.services.line import WaitingLine
from klapper.services.looks import Looks
from klapper.services.protecting import RefusalAlarm
from klapper.services.provider_pauses import ProviderPauses
from klapper.services.reviewing import BLOCKED
from klapper.services.schedule import LATE_WATCH_MS
from klapper.services.transitions import Transitions
from klapper.services.usual_times import UsualTimes

_log = logging.getLogger(__name__)

LONGEST_REST_S = 5.0  # pauses and jobs may be changed by the command line
SHORTEST_REST_S = 0.02
GATHER_S = 0.1  # a tick takes some milliseconds, and every step of every job is news

_AT_SEGMIND = frozenset({JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Timers:
    """hold_ms: from the POST to `abandoned`. waiting_ms, review_ms: in those states before `expired`."""

    hold_ms: int
    waiting_ms: int
    review_ms: int


class Tracker:
    """Keeps:

    - no timer ends the watch over a job: `hold` ends only its hold, and only when Segmind, heard after that time, still
      knew no outcome;
    - a job that somebody else moved is read again.

    changed: called with the id of a job whose card may look different. moved: with that of one that is in another state
    than at the last tick.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        pauses: PauseStore,
        transitions: Transitions,
        provider_pauses: ProviderPauses,
        looks: Looks,
        usual_times: UsualTimes,
        line: WaitingLine,
        timers: Timers,
        changed: Callable[[str], None],
        moved: Callable[[str], None],
        ticked: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._pauses = pauses
        self._transitions = transitions
        self._provider_pauses = provider_pauses
        self._looks = looks
        self._usual_times = usual_times
        self._waiting = line
        self._timers = timers
        self._changed = changed
        self._moved = moved
        self._ticked = ticked
        self._alerted: set[str] = set()
        self._unmovable: set[str] = set()
        self._overdue: set[str] = set()  # whose cards were told
        self._probes: set[asyncio.Task[None]] = set()  # one at most
        self._queue: Mapping[str, tuple[object, ...]] = {}  # what the cards of waiting jobs show of the queue
        self._statuses: Mapping[str, JobStatus] = {}  # of unfinished jobs at the last tick
        self._line: Mapping[str, Standing] = {}  # of which that was made
        self._paused: list[ProviderPause] = []
        self._refusals = RefusalAlarm(jobs=jobs, pauses=pauses, changed=changed)
        self._alarm = Alarm(clock, gather_s=GATHER_S)

    def wake(self) -> None:
        """Something changed: look now."""
        self._alarm.ring()

    async def run(self) -> None:
        """Track for ever."""
        try:
            while True:
                self._alarm.clear()
                rest_s = await self.tick()
                self._ticked()
                await self._alarm.wait(rest_s)
        finally:
            for task in self._probes:
                task.cancel()

    async def tick(self) -> float:
        """Do everything that is due; the seconds until there may be more to do."""
        await self._expire()
        self._start_probe()
        now_ms = self._clock.now_ms()
        async with self._database.read() as tx:
            unfinished = await self._jobs.sent(tx)
            late = await self._jobs.abandoned(tx, since_ms=now_ms - LATE_WATCH_MS)
            line = await self._waiting.look(tx)
            paused = await self._pauses.provider(tx)
            undone_ms = await self._jobs.next_wake_ms(tx, now_ms)
            await self._usual_times.read(tx)
            await self._refusals.look(tx)
        self._show_queue(line, paused, now_ms)
        self._show_moved({job.job_id: job.status for job in unfinished})
        at_segmind = [job for job in unfinished if job.status in _AT_SEGMIND]
        await self._end_holds(at_segmind, now_ms)
        self._looks.watch([*at_segmind, *late])
        overdue_ms = self._show_overdue(at_segmind, now_ms)
        due = [at_ms for at_ms in (undone_ms, overdue_ms) if at_ms is not None]
        return min(LONGEST_REST_S, max(SHORTEST_REST_S, (min(due) - now_ms) / SECOND_MS)) if due else LONGEST_REST_S

    # Timers

    async def _expire(self) -> None:
        now_ms = self._clock.now_ms()
        async with self._database.read() as tx:
            overdue = await self._jobs.overdue(
                tx, waiting_before_ms=now_ms - self._timers.waiting_ms, review_before_ms=now_ms - self._timers.review_ms
            )
            retired = await self._jobs.of_retired_models(tx)
            blocked = await self._jobs.of_blocked_members(tx)
        for job in overdue:
            await self._move(job, JobStatus.EXPIRED, "waited_too_long")
        for job in retired:
            await self._move(job, JobStatus.FAILED, "model_retired")
        for job in blocked:  # what a kill kept from being cancelled with the block
            await self._move(job, JobStatus.CANCELLED, BLOCKED)

    async def _end_holds(self, at_segmind: list[Job], now_ms: int) -> None:
        """Release what nobody knows the outcome of after `hold_ms`. They are watched on all the same."""
        self._alerted &= {job.job_id for job in at_segmind}
        for job in at_segmind:
            if job.posted_at_ms is None or now_ms - job.posted_at_ms < self._timers.hold_ms:
                continue
            if not self._was_heard_since(job, job.posted_at_ms + self._timers.hold_ms):
                self._alert_once(job)
            elif await self._move(job, JobStatus.ABANDONED, "no_answer" if job.request_id else "outcome_unknown"):
                _log.error("no outcome in time: the hold is released", extra={"job_id": job.job_id})

    def _was_heard_since(self, job: Job, since_ms: int) -> bool:
        """An answer from before says nothing: the job may have ended while we, or Segmind, could not be reached."""
        if job.request_id is None:  # `Reconciling` asks about it, unless there is nothing to ask with
            return job.sent_body is None or (job.missed_at_ms or 0) >= since_ms
        return self._looks.heard_at_ms(job.job_id) >= since_ms

    def _alert_once(self, job: Job) -> None:
        if job.job_id not in self._alerted:
            self._alerted.add(job.job_id)
            _log.error("no readable answer about an old job: its hold goes on", extra={"job_id": job.job_id})

    async def _move(self, job: Job, to: JobStatus, reason: str) -> bool:
        """Whether it moved. What keeps it from that is told once: it is tried again at each tick."""
        try:
            await self._transitions.move(job, to, reason=reason)
        except JobConflict:
            _log.info("job moved meanwhile", extra={"job_id": job.job_id})
            return False
        except KlapperError:
            # E.g. its books are broken, which the audit says; the watch over the others goes on.
            if job.job_id not in self._unmovable:
                _log.exception("job not moved", extra={"job_id": job.job_id, "to": to.value})
            self._unmovable.add(job.job_id)
            return False
        self._unmovable.discard(job.job_id)
        return True

    # Cards of the queue

    def _show_queue(self, line: Mapping[str, Standing], paused: list[ProviderPause], now_ms: int) -> None:
        """Tell the cards of waiting jobs whose place, undo time or hindrance is another one than at the last tick."""
        if line is self._line and paused == self._paused:
            return  # a long line that was not looked at again
        self._line, self._paused = line, paused
        queue = {
            job_id: (standing.place, standing.not_before_ms <= now_ms, standing.held_back, standing.behind_own, *paused)
            for job_id, standing in line.items()
        }
        for job_id, seen in queue.items():
            if self._queue.get(job_id) != seen:
                self._changed(job_id)
        self._queue = queue

    def _show_moved(self, statuses: Mapping[str, JobStatus]) -> None:
        """The command line moves jobs beside the bot, which nobody announces here."""
        for job_id, before in self._statuses.items():
            if statuses.get(job_id) is not before:
                self._moved(job_id)
        self._statuses = statuses

    def _show_overdue(self, at_segmind: list[Job], now_ms: int) -> int | None:
        """Tell the cards of jobs whose usual time is over, once; when the next one is."""
        self._overdue &= {job.job_id for job in at_segmind}
        next_ms: int | None = None
        for job in at_segmind:
            if job.posted_at_ms is None or job.job_id in self._overdue:
                continue
            usual_end_ms = job.posted_at_ms + round(self._usual_times.usual(job).under_s * SECOND_MS)
            if usual_end_ms <= now_ms:
                self._overdue.add(job.job_id)
                self._changed(job.job_id)
            else:
                next_ms = usual_end_ms if next_ms is None else min(next_ms, usual_end_ms)
        return next_ms

    # Probes

    def _start_probe(self) -> None:
        """Beside the tick: while Segmind limits requests the question may wait for minutes, and the timers may not."""
        if not self._probes:
            self._probes.add(asyncio.create_task(self._probe()))

    async def _probe(self) -> None:
        try:
            await self._provider_pauses.probe()
        except Exception:
            _log.exception("probe crashed")
        finally:
            self._probes.clear()
