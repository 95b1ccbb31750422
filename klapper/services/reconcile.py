"""What became of a job whose sending is unclear? Segmind's request history is asked; the job is never sent again."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from klapper.clock import DAY_MS, MINUTE_MS, SECOND_MS, Clock
from klapper.database.database import Database
from klapper.errors import JobConflict, KlapperError
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import JobStore
from klapper.segmind.answers import HistoryPage, HistoryRow
from klapper.services.alarm import Alarm
from klapper.services.claims import BETWEEN_MISSES_MS, WINDOW_MS, Evidence, in_order, says_what_was_sent
from klapper.services.provider import Provider
from klapper.services.schedule import LATE_WATCH_MS
from klapper.services.transitions import Transitions
from klapper.services.watching import Watching

_log = logging.getLogger(__name__)

# After the job became unclear, because rows may appear only a moment after the POST; then as often as answers count.
EARLY_QUESTIONS_MS = (10 * SECOND_MS, MINUTE_MS, 3 * MINUTE_MS)
UNHEARD_AGAIN_S = 60.0  # after an answer that could not be read
UNSETTLED_AGAIN_S = BETWEEN_MISSES_MS / SECOND_MS  # at the latest after one that settled nothing about a job
LONGEST_REST_S = 60.0
MOST_PAGES = 50  # of a hundred rows, for three to five days of one model
ZONES_MS = 2 * DAY_MS  # the days that are asked for are whole ones, of any zone


class Reconciling:
    """Keeps:

    - a row of the history becomes a job only when it says exactly what was sent and no other job has it;
    - that a job is not there is concluded from complete answers only, and then it is released, never sent again;
    - a job that was released is looked for on: daily, for 31 days.

    changed: called with the id of a job about which there is something new to show.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        transitions: Transitions,
        watching: Watching,
        provider: Provider,
        changed: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._transitions = transitions
        self._watching = watching
        self._provider = provider
        self._changed = changed
        self._asked_at_ms: dict[str, int] = {}  # job id -> when its last question was answered
        self._again_at_s: dict[str, float] = {}  # job id -> when what came to nothing is tried again
        self._alarm = Alarm(clock)

    def wake(self) -> None:
        """A job may have become unclear."""
        self._alarm.ring()

    async def run(self) -> None:
        """Reconcile for ever."""
        while True:
            self._alarm.clear()
            await self._alarm.wait(await self.look())

    async def look(self) -> float:
        """Ask about every job that is due; seconds until there may be more to ask."""
        for jobs in _questions([job for job in await self._unclear() if self._due_in_s(job) <= 0]):
            try:
                await self._ask(jobs)
            except Exception:
                _log.exception("question to the history crashed", extra={"slug": jobs[0].slug})
                self._again(jobs)
        waits = [self._due_in_s(job) for job in await self._unclear()]
        return min([LONGEST_REST_S, *(max(0.0, wait_s) for wait_s in waits)])

    async def _unclear(self) -> list[Job]:
        async with self._database.read() as tx:
            jobs = await self._jobs.unclear(tx, since_ms=self._clock.now_ms() - LATE_WATCH_MS)
        ids = {job.job_id for job in jobs}
        self._asked_at_ms = {id_: at_ms for id_, at_ms in self._asked_at_ms.items() if id_ in ids}
        self._again_at_s = {id_: at_s for id_, at_s in self._again_at_s.items() if id_ in ids}
        return jobs

    def _due_in_s(self, job: Job) -> float:
        again_at_s = self._again_at_s.get(job.job_id)
        if again_at_s is not None:
            return again_at_s - self._clock.monotonic_s()
        return self._usually_due_in_s(job)

    def _usually_due_in_s(self, job: Job) -> float:
        now_ms = self._clock.now_ms()
        return (next_question_ms(job, self._asked_at_ms.get(job.job_id), now_ms) - now_ms) / SECOND_MS

    def _again(self, jobs: Sequence[Job], in_s: float = UNHEARD_AGAIN_S) -> None:
        """Ask about them then, whatever is usual: this question came to nothing."""
        self._again_at_s |= {job.job_id: self._clock.monotonic_s() + in_s for job in jobs}

    def _again_soon(self, job: Job) -> None:
        """There was an answer, which settles nothing yet: ask when it is usual, but within minutes."""
        self._again([job], min(max(UNHEARD_AGAIN_S, self._usually_due_in_s(job)), UNSETTLED_AGAIN_S))

    async def _ask(self, jobs: Sequence[Job]) -> None:
        """One question about jobs of one model that were sent around the same time, and what follows."""
        evidence = await self._evidence(jobs)
        if evidence is None:
            self._again(jobs)
            return
        for job in jobs:
            self._asked_at_ms[job.job_id] = self._clock.now_ms()
            self._again_at_s.pop(job.job_id, None)
        taken: list[str] = []
        for job in in_order(jobs):
            row = evidence.row_of(job, taken)
            if row is not None:
                taken.append(row.request_id)
            try:
                await self._conclude(job, row, evidence)
            except JobConflict:
                _log.info("job moved meanwhile", extra={"job_id": job.job_id})
                self._again([job])
            except KlapperError:
                # E.g. its books are broken, which the audit says; the others are settled all the same.
                _log.exception("job not settled", extra={"job_id": job.job_id})
                self._again_soon(job)

    async def _evidence(self, jobs: Sequence[Job]) -> Evidence | None:
        """Everything the history has around these POSTs; None when it cannot be read to its end."""
        posted = [job.posted_at_ms for job in jobs if job.posted_at_ms is not None]
        from_ms, to_ms = min(posted) - WINDOW_MS, max(posted) + WINDOW_MS
        # Its days may be those of any zone, and it has to have all of ours of that time.
        first_ms, last_ms = from_ms - WINDOW_MS, to_ms + WINDOW_MS
        rows: list[HistoryRow] = []
        unread: list[str] = []
        for number in range(1, MOST_PAGES + 1):
            page = await self._provider.history_page(jobs[0].slug, from_ms=first_ms, to_ms=last_ms, page=number)
            if not isinstance(page, HistoryPage):
                _log.warning("request history not read", extra={"slug": jobs[0].slug, "kind": page.kind})
                return None
            rows += page.rows
            unread += page.unread
            if page.is_last:
                break
        else:
            _log.error("request history has too many pages", extra={"slug": jobs[0].slug})
            return None
        async with self._database.read() as tx:
            # Whatever may be among those days: an equal request of another day must not pass for nobody's.
            known = await self._jobs.known(tx, jobs[0].slug, from_ms=first_ms - ZONES_MS, to_ms=last_ms + ZONES_MS)
        evidence = Evidence(rows, known, unread, from_ms=from_ms, to_ms=to_ms)
        if not evidence.is_whole:
            _log.error("request history lacks requests of ours", extra={"slug": jobs[0].slug})
            return None
        return evidence

    async def _conclude(self, job: Job, row: HistoryRow | None, evidence: Evidence) -> None:
        if row is not None:
            await self._take(job, row)
        elif not evidence.is_absent(job):
            _log.error("rows of the request history cannot be read", extra={"job_id": job.job_id})
            self._again_soon(job)
        else:
            await self._miss(job, evidence)

    async def _take(self, job: Job, found: HistoryRow) -> None:
        """Believe a row only when its id leads back to it: what is not known by its id could never be asked about."""
        row = await self._provider.history(found.request_id)
        if not isinstance(row, HistoryRow) or not says_what_was_sent(row, job):
            _log.warning("row of an unclear job not confirmed", extra={"job_id": job.job_id})
            self._again_soon(job)
            return
        _log.warning("unclear job found", extra={"job_id": job.job_id, "request_id": row.request_id})
        if job.status is JobStatus.ABANDONED:
            async with self._database.write() as tx:
                if not await self._jobs.claim(tx, job, row.request_id):
                    raise JobConflict(f"The row of job {job.job_id} may be another job's.")
            job = replace(job, request_id=row.request_id)
        await self._watching.take_row(job, row)

    async def _miss(self, job: Job, evidence: Evidence) -> None:
        """It is not there: counted, and after enough of that its hold ends."""
        now_ms = self._clock.now_ms()
        is_new = _counts(job, now_ms)
        is_final = job.status is JobStatus.UNKNOWN and evidence.is_absent_for_good(job, job.misses + is_new)
        moved = None
        async with self._database.write() as tx:
            if is_new:
                await self._jobs.miss(tx, job, now_ms)
            if is_final:
                moved = await self._transitions.move_in(tx, job, JobStatus.ABANDONED, reason="not_found")
        if moved is not None:
            _log.error("unclear job not in the request history: its hold is released", extra={"job_id": job.job_id})
            self._transitions.announce(job, moved)
        elif job.status is JobStatus.UNKNOWN:
            self._changed(job.job_id)


def next_question_ms(job: Job, asked_at_ms: int | None, now_ms: int) -> int:
    """When the history is asked about an unclear job; in the past when it is due.

    asked_at_ms: when it was asked last, None when this process did not ask yet.
    """
    asked_at_ms = job.missed_at_ms if asked_at_ms is None else asked_at_ms
    # What is in the future happened before the clock was set back, and nobody knows when.
    if asked_at_ms is None:
        return now_ms if job.status_at_ms > now_ms else job.status_at_ms + EARLY_QUESTIONS_MS[0]
    if asked_at_ms > now_ms:
        return now_ms
    if job.status is JobStatus.ABANDONED:
        return asked_at_ms + DAY_MS
    usual = [job.status_at_ms + early_ms for early_ms in EARLY_QUESTIONS_MS if job.status_at_ms <= now_ms]
    if job.missed_at_ms is not None and job.missed_at_ms <= now_ms:
        usual.append(job.missed_at_ms + BETWEEN_MISSES_MS)
    return next((at_ms for at_ms in usual if at_ms > asked_at_ms), asked_at_ms + BETWEEN_MISSES_MS)


def _counts(job: Job, now_ms: int) -> bool:
    """Whether one more good answer without the job is another miss, rather than the last one again."""
    return job.missed_at_ms is None or not 0 <= now_ms - job.missed_at_ms < BETWEEN_MISSES_MS


def _questions(jobs: Sequence[Job]) -> list[list[Job]]:
    """Jobs that one question answers: of one model, sent within the same day."""
    together: defaultdict[tuple[str, int], list[Job]] = defaultdict(list)
    for job in jobs:
        if job.posted_at_ms is not None:
            together[job.slug, job.posted_at_ms // DAY_MS].append(job)
    return list(together.values())
