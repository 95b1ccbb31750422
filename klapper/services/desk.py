"""What a member can ask about jobs, by command or by the card's buttons. State is always read from the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from klapper.clock import Clock
from klapper.database.database import Database, Reader
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.job import CANCELLABLE, TERMINAL, Job, JobEvent, JobStatus
from klapper.jobs.store import JobStore
from klapper.kling.model import Catalogue
from klapper.kling.payload import payload
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Transfer, member_actor
from klapper.moderation.cases import CaseStore
from klapper.moderation.rules import NOWHERE, Place
from klapper.services.media_shelf import MediaShelf
from klapper.services.quoting import Quoting
from klapper.services.refusals import no_such_job, not_ended, not_your_job, too_late_to_cancel, words_forgotten
from klapper.services.submission import Ask
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
    """Keeps: a job is found by its id, its guild and who asks; everybody else in its guild hears that it is not
    theirs, where its card is in a channel of it, and else that there is none.

    removed: called with the id of a job whose messages have to go.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        quoting: Quoting,
        jobs: JobStore,
        deliveries: DeliveryStore,
        cases: CaseStore,
        ledger: Ledger,
        views: JobViews,
        transitions: Transitions,
        shelf: MediaShelf,
        removed: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._quoting = quoting
        self._deliveries = deliveries
        self._cases = cases
        self._shelf = shelf
        self._removed = removed
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
        """One job; what is ahead of its member, they alone see. Raises RequestRefused: no_such_job | not_your_job."""
        async with self._database.read() as tx:
            view = await self._views.of(tx, await self._find(tx, job_id, viewer))
        return view if view.job.user_id == viewer.user_id else replace(view, outlook=None)

    async def cancel(self, job_id: str, viewer: Viewer) -> JobView:
        """Withdraw a job that was not sent.

        Raises RequestRefused (`no_such_job`, `not_your_job`, `too_late_to_cancel`).
        """
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

    async def own(self, job_id: str, viewer: Viewer) -> Job:
        """A job that the viewer asked for. Raises RequestRefused (`no_such_job`, `not_your_job`)."""
        async with self._database.read() as tx:
            return await self._find(tx, job_id, replace(viewer, is_moderator=False))

    async def as_made(self, job_id: str, viewer: Viewer) -> tuple[Job, VideoRequest]:
        """The viewer's own job and what was asked for, to be asked for anew.

        Raises RequestRefused (`no_such_job`, `not_your_job`, `words_forgotten`, `unknown_model`).
        """
        job = await self.own(job_id, viewer)
        if not job.has_words:
            raise words_forgotten(job)
        async with self._database.read() as tx:
            return job, await self._quoting.as_made(tx, ResolvedRequest.from_json(job.request, self._catalogue))

    async def again(
        self, job_id: str, viewer: Viewer, *, interaction_id: int, channel_id: int, place: Place = NOWHERE
    ) -> Ask:
        """The viewer's own job as a new request, to be submitted. Raises as `as_made` does."""
        job, request = await self.as_made(job_id, viewer)
        return Ask(
            interaction_id=interaction_id,
            guild_id=job.guild_id,
            channel_id=channel_id,
            user_id=viewer.user_id,
            request=request,
            place=place,
            deliver_to=job.deliver_to,
            spoiler=job.spoiler,
            parent_job_id=job_id,
        )

    async def delete(self, job_id: str, viewer: Viewer) -> JobView:
        """Take an ended job's card and clip away for good.

        A clip that is reported stays on disk for the moderators alone, until they have settled that. What Segmind
        stores of it, its images and its clip, stays there: there is no way to have it deleted. Raises RequestRefused
        (`no_such_job`, `not_your_job`, `not_ended`).
        """
        async with self._database.write() as tx:
            job = await self._find(tx, job_id, viewer)
            if job.status not in TERMINAL:
                raise not_ended(job)
            by = "requester" if viewer.user_id == job.user_id else "moderator"
            await self._deliveries.remove(tx, job_id, by=by, now_ms=self._clock.now_ms())
            report = await self._cases.open_of_job(tx, job_id, "report")
            if report is not None:
                await self._cases.changed(tx, report.case_id)
            view = await self._views.of(tx, job)
        if report is None:
            self._shelf.remove(job_id)
        self._removed(job_id)
        return view

    async def receipt(self, job_id: str, viewer: Viewer) -> Receipt:
        """What was asked, what happened and what moved. Raises RequestRefused (`no_such_job`, `not_your_job`)."""
        async with self._database.read() as tx:
            job = await self._find(tx, job_id, viewer)
            view = await self._views.of(tx, job)
            events = await self._jobs.events(tx, job_id)
            transfers = await self._ledger.of_job(tx, job_id)
        return Receipt(view, events, transfers, _body_text(view))

    async def _find(self, tx: Reader, job_id: str, viewer: Viewer) -> Job:
        job = await self._jobs.get(tx, job_id)
        if job is None or job.guild_id != viewer.guild_id:
            raise no_such_job()
        if viewer.is_moderator or job.user_id == viewer.user_id:
            return job
        raise not_your_job() if job.deliver_to == "here" else no_such_job()


def _body_text(view: JobView) -> str:
    if view.request is None:
        return view.job.request
    images = {image: f"(image {image[:12]})" for image in view.request.filled.images()}
    body = {"model": view.request.slug, **payload(view.request, images)}
    return json.dumps(body, indent=2, ensure_ascii=False)
