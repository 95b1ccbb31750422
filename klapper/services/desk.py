"""What a member can ask about jobs, by command or by the card's buttons. State is always read from the database."""

from __future__ import annotations

import json
from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Database, Reader
from klapper.errors import RequestRefused
from klapper.jobs.job import CANCELLABLE, Job, JobEvent, JobStatus
from klapper.jobs.store import JobStore
from klapper.kling.payload import payload
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Transfer, member_actor
from klapper.services.refusals import too_late_to_cancel
from klapper.services.transitions import Transitions
from klapper.services.views import JobView, JobViews


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, and where. is_moderator: may look at other members' jobs of this guild."""

    guild_id: int
    user_id: int
    is_moderator: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything about a job that the books and its history say.

    body_text: the whole request as readable JSON, as Segmind gets it.
    """

    view: JobView
    events: list[JobEvent]
    transfers: list[Transfer]
    body_text: str


class JobDesk:
    """Keeps: a job is found by its id, its guild and who asks; for everybody else there is no such job."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        ledger: Ledger,
        views: JobViews,
        transitions: Transitions,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._ledger = ledger
        self._views = views
        self._transitions = transitions

    async def list(self, viewer: Viewer, *, skip: int = 0, rows: int = 10) -> list[JobView]:
        """The viewer's own jobs in this guild, newest first."""
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, viewer.guild_id, viewer.user_id)
            if member_ref is None:
                return []
            jobs = await self._jobs.of_member(tx, member_ref, skip=skip, rows=rows)
            return [await self._views.of(tx, job) for job in jobs]

    async def show(self, job_id: str, viewer: Viewer) -> JobView:
        """One job. Raises RequestRefused (`no_such_job`)."""
        async with self._database.read() as tx:
            return await self._views.of(tx, await self._find(tx, job_id, viewer))

    async def cancel(self, job_id: str, viewer: Viewer) -> JobView:
        """Withdraw a job that was not sent. Raises RequestRefused (`no_such_job`, `too_late_to_cancel`)."""
        async with self._database.write() as tx:
            job = await self._find(tx, job_id, viewer)
            if job.status not in CANCELLABLE:
                raise too_late_to_cancel(job)
            who = await self._ledger.member(tx, viewer.guild_id, viewer.user_id, self._clock.now_ms())
            reason = "cancelled" if viewer.user_id == job.user_id else "cancelled_by_moderator"
            moved = await self._transitions.move_in(
                tx, job, JobStatus.CANCELLED, reason=reason, actor=member_actor(who)
            )
        self._transitions.announce(job, moved)
        return await self.show(job_id, viewer)

    async def receipt(self, job_id: str, viewer: Viewer) -> Receipt:
        """What was asked, what happened and what moved. Raises RequestRefused (`no_such_job`)."""
        async with self._database.read() as tx:
            job = await self._find(tx, job_id, viewer)
            view = await self._views.of(tx, job)
            events = await self._jobs.events(tx, job_id)
            transfers = await self._ledger.of_job(tx, job_id)
        return Receipt(view, events, transfers, _body_text(view))

    async def _find(self, tx: Reader, job_id: str, viewer: Viewer) -> Job:
        job = await self._jobs.get(tx, job_id)
        if job is None or job.guild_id != viewer.guild_id or not (viewer.is_moderator or job.user_id == viewer.user_id):
            raise RequestRefused(
                "no_such_job", "There is no such job of yours here: `/jobs list` shows those you have."
            )
        return job


def _body_text(view: JobView) -> str:
    if view.request is None:
        return view.job.request
    images = {image: f"(image {image[:12]})" for image in view.request.filled.images()}
    body = {"model": view.request.slug, **payload(view.request, images)}
    return json.dumps(body, indent=2, ensure_ascii=False)
