"""How a waiting job is sent: its turn, the commit, one POST, and what the answer means."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from klapper.clock import SECOND_MS, Clock
from klapper.database.database import Database, DatabaseError, Reader, Writer
from klapper.errors import JobConflict, NotTaken, OutcomeUnknown, PauseScope, ProviderRejected, RequestRefused
from klapper.jobs.images import ImageStore
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes, JobStore
from klapper.kling.model import Catalogue
from klapper.kling.payload import payload
from klapper.kling.resolution import ResolvedRequest
from klapper.moderation.decisions import DecisionStore
from klapper.moderation.policy import Verdict
from klapper.moderation.rules import Level
from klapper.services.alarm import Alarm
from klapper.services.asking import content_of
from klapper.services.funds import Funds
from klapper.services.provider import Provider
from klapper.services.provider_pauses import LOW_BALANCE, ProviderPauses
from klapper.services.rests import rest_until_ms
from klapper.services.transitions import Transitions
from klapper.services.turns import Next, Turns
from klapper.services.uploads import Uploads

_log = logging.getLogger(__name__)

LONGEST_REST_S = 5.0  # pauses may be lifted by the command line
WRITE_AGAIN_S = 1.0
FINISH_POSTS_S = 6.0  # of the ten seconds that a stop may take
NOT_ALLOWED = "not_allowed"
CHANNEL_UNKNOWN = "channel_unknown"


@dataclass(frozen=True, slots=True)
class _Claim:
    """A job that is committed as `sending`, and its body."""

    job: Job
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What the answer to a POST makes of its job, and what stops being sent."""

    to: JobStatus
    reason: str
    changes: Changes = field(default_factory=Changes)
    pause: PauseScope = PauseScope.NONE


class Sending:
    """Keeps:

    - a job is committed as `sending` before its POST leaves, and its POST leaves at most once per such commit;
    - what leaves is what its decision allows: exactly that text and those images, else the job fails unsent;
    - only an answer that proves Segmind did not take it leads back to `waiting`;
    - guilds and members take turns; a job's wait for the request budget happens before it is committed;
    - nothing is sent that the balance, as it is known, does not pay for besides what is being made;
    - a job whose turn it is before Segmind has its images is handed to the uploads, and the next one goes meanwhile.

    knows_channels: whether a guild's channels were looked at since the start. What a channel's level had to allow rests
    until then: the channel may have lost its age restriction while the bot was away.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        jobs: JobStore,
        decisions: DecisionStore,
        images: ImageStore,
        turns: Turns,
        transitions: Transitions,
        provider: Provider,
        provider_pauses: ProviderPauses,
        funds: Funds,
        uploads: Uploads,
        knows_channels: Callable[[int], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._jobs = jobs
        self._decisions = decisions
        self._images = images
        self._turns = turns
        self._transitions = transitions
        self._provider = provider
        self._provider_pauses = provider_pauses
        self._funds = funds
        self._uploads = uploads
        self._knows_channels = knows_channels
        self._posts: dict[str, asyncio.Task[None]] = {}
        self._starting: asyncio.Future[None] | None = None
        self._alarm = Alarm(clock)

    def wake(self) -> None:
        """Something changed: see whether a job may start."""
        self._alarm.ring()

    async def run(self) -> None:
        """Send for ever, a job at a time waiting for its token. Cancelling it lets POSTs under way be answered."""
        await self._recover()
        try:
            while True:
                self._alarm.clear()
                await self._start_due()
                await self._alarm.wait(await self._rest_s())
        except asyncio.CancelledError:
            await self._uploads.stop()
            await self._drain()
            raise

    async def _recover(self) -> None:
        """Nobody knows what became of a POST that was under way when an earlier process ended."""
        async with self._database.read() as tx:
            sent = await self._jobs.sent(tx)
        for job in sent:
            if job.status is JobStatus.SENDING and job.job_id not in self._posts:
                await self._transitions.move(job, JobStatus.UNKNOWN, reason="interrupted")

    async def _start_due(self) -> None:
        while (found := await self._look()) is not None:
            job = found.turn.job
            if not found.turn.is_ready:
                self._uploads.begin(job)
                continue
            if self._funds.falls_short(found.needed_micro_usd):
                if self._uploads.under_way:
                    return  # with its images there, one of those may be before it
                if not await self._funds.refresh():
                    await self._provider_pauses.begin(PauseScope.ALL, job.slug, LOW_BALANCE)
                continue
            await self._provider.admit_submit()
            # A stop between the commit and the POST would make a job unclear that was never sent.
            self._starting = asyncio.ensure_future(self._start_next())
            await asyncio.shield(self._starting)

    async def _start_next(self) -> None:
        claim = await self._claim()
        if claim is not None:
            self._posts[claim.job.job_id] = asyncio.create_task(self._post(claim))

    async def _rest_s(self) -> float:
        now_ms = self._clock.now_ms()
        async with self._database.read() as tx:
            wake_ms = await self._jobs.next_wake_ms(tx, now_ms)
        return LONGEST_REST_S if wake_ms is None else min(LONGEST_REST_S, (wake_ms - now_ms) / SECOND_MS)

    async def _drain(self) -> None:
        if self._starting is not None:
            await asyncio.wait({self._starting})
        posts = set(self._posts.values())
        if not posts:
            return
        limit = asyncio.ensure_future(self._clock.sleep(FINISH_POSTS_S))
        answered = asyncio.ensure_future(asyncio.wait(posts))
        await asyncio.wait({limit, answered}, return_when=asyncio.FIRST_COMPLETED)
        for task in (limit, answered, *posts):
            task.cancel()

    async def _look(self) -> Next | None:
        # Before the snapshot: an upload that ends after it may have left a rest that the snapshot does not show.
        under_way = frozenset(self._uploads.under_way)
        async with self._database.read() as tx:
            return await self._turns.next(tx, only_ready=self._uploads.is_full, besides=under_way)

    async def _claim(self) -> _Claim | None:
        """Commit the next job as `sending`. None when there is none any more, or when it cannot be sent at all."""
        async with self._database.write() as tx:
            found = await self._turns.next(tx, only_ready=True)
            # A dearer job than the one that was looked at, perhaps: it is looked at next.
            if found is None or self._funds.falls_short(found.needed_micro_usd):
                return None
            job = found.turn.job
            if await self._rests(tx, job):
                return None
            body = await self._body(tx, job)
            if isinstance(body, str):
                moved = await self._transitions.move_in(tx, job, JobStatus.FAILED, reason=body)
            else:
                now_ms = self._clock.now_ms()
                sent_body = json.dumps(body, ensure_ascii=False)
                changes = Changes(sent=True, sent_body=sent_body, posted_at_ms=now_ms)
                moved = await self._transitions.move_in(tx, job, JobStatus.SENDING, reason="turn", changes=changes)
                await self._jobs.serve(tx, job, now_ms)
        self._transitions.announce(job, moved)
        return None if isinstance(body, str) else _Claim(moved, body)

    async def _rests(self, tx: Writer, job: Job) -> bool:
        """Whether it is left alone for a moment because nobody knows what its channel may show now."""
        recorded = await self._decisions.get(tx, job.decision_id)
        if recorded is None or recorded.decision.level is Level.GENERAL or self._knows_channels(job.guild_id):
            return False
        not_before_ms = self._clock.now_ms() + round(LONGEST_REST_S * SECOND_MS)
        return await self._jobs.rest(tx, job, reason=CHANNEL_UNKNOWN, not_before_ms=not_before_ms)

    async def _body(self, tx: Reader, job: Job) -> dict[str, Any] | str:
        """What Segmind gets, or the reason why there is no such thing."""
        try:
            resolved = ResolvedRequest.from_json(job.request, self._catalogue)
        except (RequestRefused, ValueError):
            return "model_retired"
        if not await self._is_allowed(tx, job, resolved):
            _log.error("job not sent: its decision does not allow its request", extra={"job_id": job.job_id})
            return NOT_ALLOWED
        try:
            return dict(payload(resolved, await self._images.urls(tx, job.job_id)))
        except KeyError:
            return "image_lost"

    async def _is_allowed(self, tx: Reader, job: Job, resolved: ResolvedRequest) -> bool:
        """Whether somebody, or the rules, said yes to exactly what would leave now."""
        recorded = await self._decisions.get(tx, job.decision_id)
        if recorded is None or recorded.decision.verdict is not Verdict.ALLOWED:
            return False
        return recorded.content_hash == content_of(resolved).hash()

    async def _post(self, claim: _Claim) -> None:
        try:
            await self._write_down(claim.job, await self._send(claim))
        except Exception as error:
            _log.exception("the answer to a submit could not be written down", extra={"job_id": claim.job.job_id})
            if not isinstance(error, JobConflict):
                # The job is never sent again by itself, and does not stay `sending`; the log has what Segmind said.
                await self._write_down(claim.job, _Meaning(JobStatus.UNKNOWN, "internal_error"))
        finally:
            del self._posts[claim.job.job_id]
            self.wake()

    async def _send(self, claim: _Claim) -> _Meaning:
        """The one POST of this claim, and what its answer means."""
        job = claim.job
        try:
            submitted = await self._provider.submit(job.slug, claim.body)
        except NotTaken as error:
            rested = Changes(not_before_ms=rest_until_ms(error, tries=job.attempts, now_ms=self._clock.now_ms()))
            return _Meaning(JobStatus.WAITING, error.reason, rested, error.pause)
        except ProviderRejected as error:
            return _Meaning(JobStatus.FAILED, error.reason, Changes(provider_text=error.text), error.pause)
        except OutcomeUnknown as error:
            return _Meaning(JobStatus.UNKNOWN, error.reason)
        except Exception:
            # It may have been sent: a defect of ours must not send it again.
            _log.exception("submit crashed", extra={"job_id": job.job_id})
            return _Meaning(JobStatus.UNKNOWN, "internal_error")
        _log.info("job taken", extra={"job_id": job.job_id, "request_id": submitted.request_id})
        return _Meaning(JobStatus.QUEUED, "taken", Changes(request_id=submitted.request_id))

    async def _write_down(self, job: Job, meaning: _Meaning) -> None:
        """Insist while the database refuses: nobody else knows the answer, and it may be a paid job's id."""
        while True:
            try:
                await self._take(job, meaning)
            except DatabaseError:
                _log.exception("answer to a submit not written down yet", extra={"job_id": job.job_id})
                await self._clock.sleep(WRITE_AGAIN_S)
            else:
                return

    async def _take(self, job: Job, meaning: _Meaning) -> None:
        """The job's new state and the pause it brings, together: a crash between them would lose one."""
        async with self._database.write() as tx:
            begun = await self._provider_pauses.begin_in(tx, meaning.pause, job.slug, meaning.reason)
            moved = await self._transitions.move_in(tx, job, meaning.to, reason=meaning.reason, changes=meaning.changes)
        self._provider_pauses.announce(begun)
        self._transitions.announce(job, moved)
