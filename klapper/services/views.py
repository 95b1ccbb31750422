"""A job as somebody sees it: everything a card, a list or a receipt shows, read in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from klapper.clock import DAY_MS, SECOND_MS, Clock
from klapper.database.database import Database, Reader
from klapper.errors import RequestRefused
from klapper.jobs.cards import Card, CardStore
from klapper.jobs.deliveries import HELD, Delivery, DeliveryStore
from klapper.jobs.images import URL_TRUSTED_MS, ImageStore
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.jobs.pauses import ALL, PauseStore
from klapper.jobs.store import JobStore, Standing
from klapper.kling.model import Catalogue
from klapper.kling.picture import InputImage
from klapper.kling.resolution import ResolvedRequest
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import CREDIT, Reservation, ReservationStatus
from klapper.moderation.cases import Case, CaseStore, Outcome
from klapper.moderation.standing import Outlook
from klapper.services.durations import Usual
from klapper.services.line import WaitingLine, about
from klapper.services.protecting import Outlooks
from klapper.services.usual_times import UsualTimes

MEDIA_KEPT_MS = 7 * DAY_MS  # Segmind keeps outputs that long (its storage documentation)


class MoneyState(StrEnum):
    """What happened to a job's credits, as the committed books say."""

    HELD = "held"
    CHARGED = "charged"
    RELEASED = "released"
    REFUNDED = "refunded"


class WaitingFor(StrEnum):
    """Why a waiting job has not been sent."""

    UNDO = "undo"  # it may be taken back for a few seconds
    TURN = "turn"
    OWN_JOBS = "own_jobs"  # its requester has as many at Segmind as may be there
    EQUAL_UNCLEAR = "equal_unclear"  # an equal request was sent and nobody knows its outcome
    GUILD_PAUSED = "guild_paused"
    PROVIDER_PAUSED = "provider_paused"
    UPLOAD = "upload"  # Segmind did not take its images yet


@dataclass(frozen=True, slots=True)
class Money:
    """credits: the member's part of the reservation; 0 for a free job."""

    state: MoneyState
    credits: int


@dataclass(frozen=True, slots=True)
class JobView:
    """A snapshot of a job. Its rendering depends on nothing else, so equal views look equal.

    model_title: e.g. "Kling 3.0 Standard". place: about how many-th, while it waits for its turn or for a moderator.
    usual: what eight of ten jobs like it take, from when it may be sent until it has ended. eta_at_ms: when it is
    usually done. overdue: that time has passed. link: where the clip can be loaded until link_until_ms; None for one
    that is kept for moderators. request: None when its model is no longer in the catalogue. images: those of the
    request that are still kept. review: the newest case of a job that is in review or ended without being sent.
    review_ends_at_ms: when it expires if no moderator decides. takedown: the case by which moderators took the clip
    down. outlook: of a job that Segmind refused, what that means for its member now.
    """

    job: Job
    request: ResolvedRequest | None
    model_title: str
    money: Money
    card: Card | None
    delivery: Delivery | None
    waiting_for: WaitingFor | None = None
    pause_reason: str = ""
    place: int | None = None
    usual: Usual | None = None
    eta_at_ms: int | None = None
    overdue: bool = False
    link: str | None = None
    link_until_ms: int | None = None
    images: tuple[InputImage, ...] = ()
    review: Case | None = None
    review_ends_at_ms: int | None = None
    takedown: Case | None = None
    outlook: Outlook | None = None

    @property
    def is_removed(self) -> bool:
        """Whether somebody deleted the job's messages."""
        return self.delivery is not None and self.delivery.state is DeliveryState.REMOVED

    @property
    def state(self) -> str:
        """Status, delivery state and way in a row, as `cards.shown_state` has it."""
        delivery = self.delivery
        return f"{self.job.status} {'' if delivery is None else f'{delivery.state} {delivery.way}'}"

    def as_delivered(self, way: str) -> JobView:
        """The same job with its clip in the message: what a message shows that carries the clip."""
        assert self.delivery is not None
        return replace(self, delivery=replace(self.delivery, state=DeliveryState.DELIVERED, way=way, reason=""))


class JobViews:
    """Reads views."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        jobs: JobStore,
        cards: CardStore,
        deliveries: DeliveryStore,
        pauses: PauseStore,
        ledger: Ledger,
        images: ImageStore,
        usual_times: UsualTimes,
        line: WaitingLine,
        cases: CaseStore,
        outlooks: Outlooks,
        review_ms: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._jobs = jobs
        self._cards = cards
        self._deliveries = deliveries
        self._pauses = pauses
        self._ledger = ledger
        self._images = images
        self._usual_times = usual_times
        self._line = line
        self._cases = cases
        self._outlooks = outlooks
        self._review_ms = review_ms

    async def get(self, job_id: str) -> JobView | None:
        """The job as it is now, None when there is none of that id."""
        async with self._database.read() as tx:
            job = await self._jobs.get(tx, job_id)
            return None if job is None else await self.of(tx, job)

    async def of(self, tx: Reader, job: Job) -> JobView:
        """The view of a job that was read in the same transaction."""
        now_ms = self._clock.now_ms()
        request = _request(job, self._catalogue)
        view = JobView(
            job=job,
            request=request,
            model_title=job.slug if request is None else request.model.title,
            money=_money(await self._ledger.reservation(tx, job.job_id)),
            card=await self._cards.get(tx, job.job_id),
            delivery=await self._deliveries.get(tx, job.job_id),
            images=() if request is None else await self._kept_images(tx, request),
        )
        if job.is_open and request is not None and job.status is not JobStatus.IN_REVIEW:
            await self._usual_times.read(tx)
            view = replace(view, usual=self._usual_times.usual(job))
        if job.status is JobStatus.WAITING:
            return await self._waiting(tx, view, now_ms)
        if job.status in _REVIEWED:
            return await self._reviewed(tx, view)
        if job.status in _WATCHED and view.usual is not None and job.posted_at_ms is not None:
            eta_at_ms = job.posted_at_ms + round(view.usual.under_s * SECOND_MS)
            return replace(view, eta_at_ms=eta_at_ms, overdue=now_ms >= eta_at_ms)
        if job.status is JobStatus.REFUSED:
            return replace(view, outlook=await self._outlooks.of(tx, job.member_ref))
        if view.is_removed and job.status is JobStatus.SUCCEEDED:
            view = replace(view, takedown=await self._takedown(tx, job.job_id))
        if job.status is JobStatus.SUCCEEDED and job.media_url and job.posted_at_ms and not _is_held(view.delivery):
            # From the POST: when it was finished is only known as the moment we noticed, which may be days later.
            return replace(view, link=job.media_url, link_until_ms=job.posted_at_ms + MEDIA_KEPT_MS)
        return view

    async def _waiting(self, tx: Reader, view: JobView, now_ms: int) -> JobView:
        if await self._pauses.guild(tx, view.job.guild_id):
            return replace(view, waiting_for=WaitingFor.GUILD_PAUSED)
        scopes = {ALL, view.job.slug}
        paused = [pause for pause in await self._pauses.provider(tx) if pause.scope in scopes]
        if paused:
            return replace(view, waiting_for=WaitingFor.PROVIDER_PAUSED, pause_reason=paused[0].reason)
        if await self._rests_after_upload(tx, view.job, now_ms):
            return replace(view, waiting_for=WaitingFor.UPLOAD)
        if view.job.attempts == 0 and now_ms < view.job.not_before_ms:
            return replace(view, waiting_for=WaitingFor.UNDO)
        return _in_line(view, (await self._line.look(tx)).get(view.job.job_id))

    async def _takedown(self, tx: Reader, job_id: str) -> Case | None:
        case = await self._cases.latest_of_job(tx, job_id, "report")
        return case if case is not None and case.outcome is Outcome.TAKEN_DOWN else None

    async def _reviewed(self, tx: Reader, view: JobView) -> JobView:
        """In review, or ended there perhaps."""
        case = await self._cases.latest_of_job(tx, view.job.job_id, "review")
        if case is None or view.job.status is not JobStatus.IN_REVIEW:
            return replace(view, review=case)
        place = about(await self._cases.place(tx, case))
        return replace(view, review=case, place=place, review_ends_at_ms=view.job.waiting_since_ms + self._review_ms)

    async def _rests_after_upload(self, tx: Reader, job: Job, now_ms: int) -> bool:
        """Whether its images could not be brought: a job that waits for something else has no reason, or all URLs."""
        if not job.reason or now_ms >= job.not_before_ms:
            return False
        return bool(await self._images.missing(tx, job.job_id, trusted_since_ms=now_ms - URL_TRUSTED_MS))

    async def _kept_images(self, tx: Reader, request: ResolvedRequest) -> tuple[InputImage, ...]:
        found = [await self._images.get(tx, sha256) for sha256 in request.filled.images()]
        return tuple(image for image in found if image is not None)


_REVIEWED = {JobStatus.IN_REVIEW, JobStatus.REJECTED, JobStatus.CANCELLED, JobStatus.EXPIRED, JobStatus.FAILED}
_WATCHED = {JobStatus.SENDING, JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.UNKNOWN}


def _is_held(delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.reason == HELD


def _request(job: Job, catalogue: Catalogue) -> ResolvedRequest | None:
    try:
        return ResolvedRequest.from_json(job.request, catalogue)
    except (ValueError, RequestRefused):
        return None


def _money(reservation: Reservation | None) -> Money:
    if reservation is None:
        return Money(MoneyState.RELEASED, 0)
    credits = sum(leg.amount for leg in reservation.legs if leg.ledger == CREDIT)
    if reservation.refunded:
        return Money(MoneyState.REFUNDED, credits)
    match reservation.status:
        case ReservationStatus.HELD:
            return Money(MoneyState.HELD, credits)
        case ReservationStatus.SETTLED:
            return Money(MoneyState.CHARGED, credits)
        case ReservationStatus.RELEASED:
            return Money(MoneyState.RELEASED, credits)


def _in_line(view: JobView, standing: Standing | None) -> JobView:
    """What it waits for when nothing is paused and nothing of its own is missing."""
    if standing is None:
        return replace(view, waiting_for=WaitingFor.TURN, place=None)
    if standing.held_back:
        return replace(view, waiting_for=WaitingFor.EQUAL_UNCLEAR)
    if standing.behind_own:
        return replace(view, waiting_for=WaitingFor.OWN_JOBS)
    return replace(view, waiting_for=WaitingFor.TURN, place=standing.place)
