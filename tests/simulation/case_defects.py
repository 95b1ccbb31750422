"""Planted defects of what moderators and complaints do; see `defects.py`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cached_property
from typing import Any

from klapper.assembly import Assembly
from klapper.database.database import Writer
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes, JobStore
from klapper.services.case_views import CaseView
from klapper.services.open_cases import Moderator
from klapper.services.report_desk import ReportDesk, Takedown
from klapper.services.reviewing import Reviewing

_NOTHING = Changes()

# Reviews


class ForgetsDecisions(JobStore):
    async def move(
        self,
        tx: Writer,
        job: Job,
        to: JobStatus,
        *,
        reason: str,
        actor: str,
        now_ms: int,
        changes: Changes = _NOTHING,
    ) -> None:
        forgetful = replace(changes, decision_id=None)
        await super().move(tx, job, to, reason=reason, actor=actor, now_ms=now_ms, changes=forgetful)


class ApprovesWithoutDecision(Assembly):
    """A verdict moves its job, which goes on referring to the decision that sent it to review."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.jobs = ForgetsDecisions()


class ClosesLater(Reviewing):
    assembly: Assembly

    async def leave(
        self, tx: Writer, job: Job, to: JobStatus, *, reason: str, by: str, now_ms: int, note: str = ""
    ) -> None:
        task = asyncio.create_task(self._close(job, to, reason, by, now_ms))
        self._closing = getattr(self, "_closing", set()) | {task}

    async def _close(self, job: Job, to: JobStatus, reason: str, by: str, now_ms: int) -> None:
        async with self.assembly.database.write() as tx:
            await super().leave(tx, job, to, reason=reason, by=by, now_ms=now_ms)


class ClosesCasesApart(Assembly):
    """A verdict moves the job in one transaction and closes the case in the next."""

    @cached_property
    def reviewing(self) -> Reviewing:
        later = ClosesLater(self.cases, self.audit)
        later.assembly = self
        return later


# Complaints


class RefundsLater(ReportDesk):
    assembly: Assembly

    async def _take_down(self, tx: Writer, case_id: int, job: Job, moderator: Moderator, order: Takedown) -> CaseView:
        view = await super()._take_down(tx, case_id, job, moderator, replace(order, refund=False))
        if order.refund:
            self._refunding = getattr(self, "_refunding", set()) | {asyncio.create_task(self._refund(job))}
        return view

    async def _refund(self, job: Job) -> None:
        await self.assembly.clock.sleep(1.0)
        async with self.assembly.database.write() as tx:
            now_ms = self.assembly.clock.now_ms()
            await self.assembly.ledger.refund(tx, job.job_id, actor="klapper", reason="taken_down", now_ms=now_ms)


class RefundsTakedownsApart(Assembly):
    """A clip is taken down in one transaction and refunded in the next."""

    @cached_property
    def report_desk(self) -> ReportDesk:
        later = RefundsLater(
            database=self.database,
            clock=self.clock,
            cases=self.cases,
            open_cases=self.open_cases,
            jobs=self.jobs,
            deliveries=self.deliveries,
            ledger=self.ledger,
            protecting=self.protecting,
            audit=self.audit,
            views=self.case_views,
            shelf=self.shelf,
            removed=self._removed,
            settled=self._report_settled,
        )
        later.assembly = self
        return later
