"""One look at a job that Segmind has, and what follows from the answer."""

from __future__ import annotations

import logging

from klapper.clock import HOUR_MS, SECOND_MS, Clock
from klapper.errors import PauseScope
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from klapper.segmind.answers import (
    Completed,
    Failed,
    Gone,
    HistoryRow,
    Processing,
    Queued,
    Result,
    RowState,
    Unreadable,
)
from klapper.services.provider import Provider
from klapper.services.provider_pauses import ProviderPauses
from klapper.services.transitions import Transitions

_log = logging.getLogger(__name__)

CLIP_NAMED_WITHIN_MS = 6 * HOUR_MS  # of the POST: until then a finished job without a clip's address is asked about
KNOWN_WITHIN = 0.25  # of a job's age: the last time that it had not ended was no longer ago

_UNDOCUMENTED = frozenset({"shape", "other_request"})
_FRESH = frozenset({JobStatus.QUEUED, JobStatus.PROCESSING})


class Watching:
    """Keeps: only a readable answer about this very job changes it; everything else is no news."""

    def __init__(self, *, clock: Clock, transitions: Transitions, provider: Provider, pauses: ProviderPauses) -> None:
        self._clock = clock
        self._transitions = transitions
        self._provider = provider
        self._pauses = pauses

    async def look(self, job: Job, *, heard_s: float | None = None) -> bool:
        """Ask once; True when the answer was readable. Raises JobConflict when the job moved meanwhile.

        heard_s: when this process last heard that it had not ended, by the monotonic clock; None: never.
        """
        assert job.request_id is not None
        if job.status not in _FRESH:
            return await self._ask_history(job, job.request_id, None)
        match await self._provider.status(job.request_id):
            case Queued():
                await self._follow(job, JobStatus.QUEUED)
            case Processing():
                await self._follow(job, JobStatus.PROCESSING)
            case Completed() as completed:
                return await self._take_result(job, job.request_id, heard_s, completed.metrics.cost_micro_usd)
            case Failed() as failed:
                await self._fail(job, failed)
            case Gone():
                return await self._ask_history(job, job.request_id, heard_s)
            case Unreadable() as answer:
                return await self._no_news(job, answer)
        return True

    async def _follow(self, job: Job, status: JobStatus) -> None:
        if job.status is not status:
            await self._transitions.move(job, status, reason="reported")

    async def _take_result(self, job: Job, request_id: str, heard_s: float | None, cost_micro_usd: int | None) -> bool:
        """cost_micro_usd: as the status said it; the result may not."""
        match await self._provider.result(request_id):
            case Result() as result if result.media_url is not None:
                metrics = result.metrics
                said = metrics.cost_micro_usd
                changes = Changes(
                    media_url=result.media_url,
                    reported_cost_micro_usd=cost_micro_usd if said is None else said,
                    run_time_s=self._run_time_s(job, metrics.total_time_s, heard_s),
                )
                await self._transitions.move(job, JobStatus.SUCCEEDED, reason="completed", changes=changes)
            case Result() as result:
                _log.warning("result names no clip yet", extra={"job_id": job.job_id, "keys": list(result.keys)})
                return await self._ask_history(job, request_id, heard_s)
            case Failed() as failed:
                await self._fail(job, failed)
            case Gone():
                return await self._ask_history(job, request_id, heard_s)
            case Unreadable() as answer:
                return await self._no_news(job, answer)
            case Queued() | Processing():
                pass  # a replica that lags behind; the next look sees more
        return True

    async def _fail(self, job: Job, failed: Failed) -> None:
        to, reason = (JobStatus.REFUSED, "content_refused") if failed.refused else (JobStatus.FAILED, "provider_failed")
        changes = Changes(
            provider_text=failed.text,
            run_time_s=failed.metrics.total_time_s,
            reported_cost_micro_usd=failed.metrics.cost_micro_usd,
        )
        await self._transitions.move(job, to, reason=reason, changes=changes)

    async def _ask_history(self, job: Job, request_id: str, heard_s: float | None) -> bool:
        """The records of results are gone after an hour; the request history answers at any age."""
        match await self._provider.history(request_id):
            case HistoryRow() as row:
                await self.take_row(job, row, heard_s=heard_s)
                return True
            case Gone():
                # An answer as well: the history, which forgets nothing, does not have it.
                _log.warning("job not in the request history", extra={"job_id": job.job_id})
                return True
            case Unreadable() as answer:
                return await self._no_news(job, answer, of_history=True)

    async def take_row(self, job: Job, row: HistoryRow, *, heard_s: float | None = None) -> None:
        """What a row of the request history makes of its job. Raises JobConflict when the job moved meanwhile."""
        late = job.status is JobStatus.ABANDONED
        match row.state:
            case RowState.COMPLETED if row.media_url is None and self._may_be_named_later(job):
                _log.warning("request history names no clip yet", extra={"job_id": job.job_id})
                await self._find(job, row)
            case RowState.COMPLETED:
                if row.media_url is None:
                    _log.error("result names no clip", extra={"job_id": job.job_id})
                changes = Changes(
                    request_id=row.request_id,
                    media_url=row.media_url,
                    reported_cost_micro_usd=row.cost_micro_usd,
                    run_time_s=self._run_time_s(job, row.total_time_s, heard_s),
                )
                reason = "late" if late else "completed"
                await self._transitions.move(job, JobStatus.SUCCEEDED, reason=reason, changes=changes)
            case RowState.FAILED if not late:
                cost = row.cost_micro_usd
                changes = Changes(request_id=row.request_id, provider_text=row.text, reported_cost_micro_usd=cost)
                to = JobStatus.REFUSED if row.refused else JobStatus.FAILED
                reason = "content_refused" if row.refused else "provider_failed"
                await self._transitions.move(job, to, reason=reason, changes=changes)
            case RowState.PENDING:
                await self._find(job, row)
            case RowState.FAILED:
                pass

    async def _find(self, job: Job, row: HistoryRow) -> None:
        """Its sending was unclear: now it has an id to ask with."""
        if job.status is JobStatus.UNKNOWN:
            changes = Changes(request_id=row.request_id)
            await self._transitions.move(job, JobStatus.QUEUED, reason="found", changes=changes)

    def _run_time_s(self, job: Job, reported_s: float | None, heard_s: float | None) -> float | None:
        """How long it ran: as Segmind says, else about when it ended, else None: it may have ended while nobody looked.

        What is not known well teaches nothing, so an outage, ours or the network's, is not taken for a slow model.
        """
        if reported_s is not None or heard_s is None or job.posted_at_ms is None:
            return reported_s
        age_s = (self._clock.now_ms() - job.posted_at_ms) / SECOND_MS
        unheard_s = self._clock.monotonic_s() - heard_s
        return age_s - unheard_s / 2 if unheard_s <= age_s * KNOWN_WITHIN else None

    def _may_be_named_later(self, job: Job) -> bool:
        """A row may lag behind its job: the clip is paid for, so its address is waited for."""
        return job.posted_at_ms is not None and self._clock.now_ms() - job.posted_at_ms < CLIP_NAMED_WITHIN_MS

    async def _no_news(self, job: Job, answer: Unreadable, *, of_history: bool = False) -> bool:
        # A shape that Segmind's documentation does not know is the operator's business, a 502 is not.
        level = logging.ERROR if answer.kind in _UNDOCUMENTED else logging.WARNING
        extra = {"job_id": job.job_id, "kind": answer.kind, "keys": list(answer.keys)}
        _log.log(level, "no readable answer", extra=extra)
        # A 401 of the history host alone says nothing about submits: the balance, asked with the same key, would end
        # the pause at once.
        if answer.kind == "bad_key" and not of_history:
            await self._pauses.begin(PauseScope.ALL, job.slug, "bad_key")
        return False
