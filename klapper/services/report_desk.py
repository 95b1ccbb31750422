"""Reported clips settled by moderators: taken down or left; and clips taken down without a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.job import TERMINAL, DeliveryState, Job, JobStatus
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_actor
from klapper.moderation.audit import Action, AuditLog
from klapper.moderation.cases import Case, CaseStore, Outcome
from klapper.moderation.reasons import Reason
from klapper.services import refusals
from klapper.services.audit_entries import about_job
from klapper.services.case_views import CaseView, CaseViews
from klapper.services.media_shelf import MediaShelf
from klapper.services.open_cases import Moderator, OpenCases, refuse_own
from klapper.services.protecting import Protecting

TAKEN_DOWN = Action.TAKEN_DOWN
DISMISSED = Action.REPORT_DISMISSED


@dataclass(frozen=True, slots=True)
class Takedown:
    """How a clip is taken down. words: why; its requester reads them. refund: what it cost goes back, if it cost."""

    words: str
    refund: bool = False
    strike: bool = False


class ReportDesk:
    """Keeps:

    - a case is settled once, in one transaction with everything that the verdict means;
    - a clip is taken down once, and what it cost goes back at most once;
    - whoever takes a clip down, there is a case that says so, by which its requester is told.

    removed: called with the id of a job whose messages have to go. settled: called when a case was.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        cases: CaseStore,
        open_cases: OpenCases,
        jobs: JobStore,
        deliveries: DeliveryStore,
        ledger: Ledger,
        protecting: Protecting,
        audit: AuditLog,
        views: CaseViews,
        shelf: MediaShelf,
        removed: Callable[[str], None],
        settled: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._cases = cases
        self._open_cases = open_cases
        self._jobs = jobs
        self._deliveries = deliveries
        self._ledger = ledger
        self._protecting = protecting
        self._audit = audit
        self._views = views
        self._shelf = shelf
        self._removed = removed
        self._settled = settled

    async def check(self, case_id: int, moderator: Moderator) -> None:
        """Raises what a verdict by this moderator would raise now."""
        async with self._database.read() as tx:
            await self._open_cases.find(tx, case_id, moderator, "report")

    async def dismiss(self, case_id: int, moderator: Moderator) -> CaseView:
        """The clip stays as it is. Raises RequestRefused (`no_such_case`, `decided_already`, `own_request`)."""
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            case, job = await self._open_cases.find(tx, case_id, moderator, "report")
            by = await self._actor(tx, moderator, now_ms)
            await self._cases.close(tx, case_id, Outcome.DISMISSED, by=by, now_ms=now_ms)
            await self._audit.add(tx, about_job(job, DISMISSED, by=by, now_ms=now_ms))
            view = await self._view(tx, case_id)
        if view.job.is_removed:  # it was kept for the moderators alone
            self._shelf.remove(case.job_id)
        self._settled()
        return view

    async def take_down(self, case_id: int, moderator: Moderator, order: Takedown) -> CaseView:
        """The reported clip goes. Raises as `dismiss` does, and RequestRefused (`no_reason`)."""
        async with self._database.write() as tx:
            case, job = await self._open_cases.find(tx, case_id, moderator, "report")
            view = await self._take_down(tx, case.case_id, job, moderator, order)
        self._announce(view)
        return view

    async def take_down_job(self, job_id: str, moderator: Moderator, order: Takedown) -> CaseView:
        """The clip of a job goes, reported or not; with it goes the case about it.

        Raises RequestRefused (`no_such_job`, `own_request`, `not_finished`, `no_clip`, `no_reason`,
        `decided_already`).
        """
        async with self._database.write() as tx:
            job = await self._find_job(tx, job_id, moderator)
            case = await self._cases.open_of_job(tx, job_id, "report")
            case_id = await self._opened(tx, job, moderator) if case is None else case.case_id
            view = await self._take_down(tx, case_id, job, moderator, order)
        self._announce(view)
        return view

    async def _find_job(self, tx: Reader, job_id: str, moderator: Moderator) -> Job:
        job = await self._jobs.get(tx, job_id)
        if job is None or job.guild_id != moderator.guild_id:
            raise refusals.no_job_here()
        refuse_own(job, moderator)
        if job.status not in TERMINAL:
            raise refusals.not_finished(job)
        if job.status is not JobStatus.SUCCEEDED:
            raise refusals.no_clip(job)
        latest = await self._cases.latest_of_job(tx, job_id, "report")
        if latest is not None and latest.outcome is Outcome.TAKEN_DOWN:
            raise await self._open_cases.too_late(tx, latest)
        return job

    async def _opened(self, tx: Writer, job: Job, moderator: Moderator) -> int:
        """A case that is closed in the same transaction, so that it is never before anybody."""
        now_ms = self._clock.now_ms()
        by = await self._actor(tx, moderator, now_ms)
        case_id = await self._cases.open(
            tx, "report", guild_id=job.guild_id, job_id=job.job_id, by=by, now_ms=now_ms, reasons=(Reason("moderator"),)
        )
        assert case_id is not None
        return case_id

    async def _take_down(self, tx: Writer, case_id: int, job: Job, moderator: Moderator, order: Takedown) -> CaseView:
        if not order.words.strip():
            raise refusals.no_reason()
        now_ms = self._clock.now_ms()
        by = await self._actor(tx, moderator, now_ms)
        await self._cases.close(tx, case_id, Outcome.TAKEN_DOWN, by=by, now_ms=now_ms, note=order.words, has_news=True)
        await self._deliveries.remove(tx, job.job_id, by="moderator", now_ms=now_ms)
        done = []
        if order.refund and await self._ledger.refund(tx, job.job_id, actor=by, reason=TAKEN_DOWN, now_ms=now_ms):
            done.append(f"refund {job.price.credits}")
        if order.strike and await self._protecting.strike(tx, job, by=by, now_ms=now_ms):
            done.append("strike")
        entry = about_job(job, TAKEN_DOWN, by=by, now_ms=now_ms, detail=" ".join(done), words=order.words)
        await self._audit.add(tx, entry)
        return await self._view(tx, case_id)

    async def _actor(self, tx: Writer, moderator: Moderator, now_ms: int) -> str:
        return member_actor(await self._ledger.member(tx, moderator.guild_id, moderator.user_id, now_ms))

    async def _view(self, tx: Reader, case_id: int) -> CaseView:
        case = await self._cases.get(tx, case_id)
        assert isinstance(case, Case)
        return await self._views.of(tx, case)

    def _announce(self, view: CaseView) -> None:
        assert view.job.delivery is not None
        assert view.job.delivery.state is DeliveryState.REMOVED
        self._shelf.remove(view.case.job_id)
        self._removed(view.case.job_id)
        self._settled()
