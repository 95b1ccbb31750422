"""Clips reported by members: each report goes to the moderators, and nobody else hears who wrote it."""

from __future__ import annotations

from collections.abc import Callable

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.jobs.cards import CardStore
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.job import DeliveryState, Job
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_actor
from klapper.moderation.audit import Action, AuditLog
from klapper.moderation.cases import CaseStore
from klapper.moderation.reasons import Reason
from klapper.moderation.reports import Report, ReportStore
from klapper.services import refusals
from klapper.services.audit_entries import about_job
from klapper.services.desk import Viewer

MOST_OPEN_REPORTS = 5  # of one member at a time


class Reporting:
    """Keeps:

    - all reports of a clip that moderators have not settled are one case;
    - a member reports a clip once, and has at most MOST_OPEN_REPORTS that are not settled;
    - who reports learns of nobody else who did. Members who are blocked or paused may report as well.

    changed: called when moderators have something new to see.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        cards: CardStore,
        deliveries: DeliveryStore,
        cases: CaseStore,
        reports: ReportStore,
        ledger: Ledger,
        audit: AuditLog,
        changed: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._cards = cards
        self._deliveries = deliveries
        self._cases = cases
        self._reports = reports
        self._ledger = ledger
        self._audit = audit
        self._changed = changed

    async def job_of(self, message_id: int) -> str | None:
        """The id of the job that this message of ours was posted for, as far as that was written down."""
        async with self._database.read() as tx:
            return await self._cards.job_of(tx, message_id)

    async def check(self, job_id: str, who: Viewer) -> None:
        """Raises what a report by this member would raise now."""
        async with self._database.read() as tx:
            await self._find(tx, job_id, who)
            member_ref = await self._ledger.find_member(tx, who.guild_id, who.user_id)
            if member_ref is not None:
                await self._refuse_more(tx, job_id, member_ref)

    async def report(self, job_id: str, who: Viewer, words: str) -> None:
        """Tell the moderators what is wrong with a clip.

        Raises RequestRefused (`no_such_clip`, `own_clip`, `reported_already`, `too_many_reports`).
        """
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            job = await self._find(tx, job_id, who)
            member_ref = await self._ledger.member(tx, who.guild_id, who.user_id, now_ms)
            await self._refuse_more(tx, job_id, member_ref)
            case_id = await self._case_of(tx, job, member_ref, now_ms)
            await self._reports.add(tx, Report(case_id, member_ref, now_ms, words))
            entry = about_job(job, Action.REPORTED, by=member_actor(member_ref), now_ms=now_ms, words=words)
            await self._audit.add(tx, entry)
        self._changed()

    async def _find(self, tx: Reader, job_id: str, who: Viewer) -> Job:
        job = await self._jobs.get(tx, job_id)
        delivery = await self._deliveries.get(tx, job_id)
        if job is None or job.guild_id != who.guild_id or delivery is None:
            raise refusals.no_such_clip()
        if job.user_id == who.user_id:
            raise refusals.own_clip()
        if delivery.state is not DeliveryState.DELIVERED:
            raise refusals.no_such_clip()
        return job

    async def _refuse_more(self, tx: Reader, job_id: str, member_ref: int) -> None:
        if await self._reports.has_reported(tx, job_id, member_ref):
            raise refusals.reported_already()
        if await self._reports.count_open(tx, member_ref) >= MOST_OPEN_REPORTS:
            raise refusals.too_many_reports(MOST_OPEN_REPORTS)

    async def _case_of(self, tx: Writer, job: Job, member_ref: int, now_ms: int) -> int:
        """The open case about this clip, which has something new to show then; a new one if there is none."""
        case = await self._cases.open_of_job(tx, job.job_id, "report")
        if case is not None:
            await self._cases.changed(tx, case.case_id)
            return case.case_id
        by = member_actor(member_ref)
        opened = await self._cases.open(
            tx, "report", guild_id=job.guild_id, job_id=job.job_id, by=by, now_ms=now_ms, reasons=(Reason("reported"),)
        )
        assert opened is not None
        return opened
