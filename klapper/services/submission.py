"""The one way in: a request becomes a job with its credits held, or a sentence that says what to change."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from klapper.clock import SECOND_MS, Clock
from klapper.database.database import Database, Writer
from klapper.errors import InsufficientCredits, RequestRefused
from klapper.jobs.cards import CardStore
from klapper.jobs.job import DeliverTo, Job, JobStatus, Price, new_job_id
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.kling.model import Catalogue
from klapper.kling.payload import payload
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest, resolve
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Funding, member_actor
from klapper.moderation.decisions import DecisionStore
from klapper.moderation.policy import Content, Decision, Policy, Verdict
from klapper.services import refusals
from klapper.services.rules import Rules

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ask:
    """A member's request, as an interaction brought it.

    job_id: of the job it becomes, chosen beforehand so that its card can be spoken for before the job can be seen.
    """

    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    request: VideoRequest
    deliver_to: DeliverTo = "here"
    job_id: str = field(default_factory=new_job_id)


@dataclass(frozen=True, slots=True)
class Submitted:
    """is_new: False when the interaction had a job already, because its event came twice."""

    job: Job
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Priced:
    """A request that its model takes, and what it costs."""

    resolved: ResolvedRequest
    price: Price


class Submission:
    """Keeps:

    - permission, moderation and quota are decided before anything is held, and all in one transaction;
    - every job refers to the decision about exactly its text and images;
    - an interaction makes at most one job, however often its event arrives.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        tariff: Tariff,
        rules: Rules,
        policy: Policy,
        jobs: JobStore,
        cards: CardStore,
        pauses: PauseStore,
        decisions: DecisionStore,
        ledger: Ledger,
        accepted: Callable[[Job], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._tariff = tariff
        self._rules = rules
        self._policy = policy
        self._jobs = jobs
        self._cards = cards
        self._pauses = pauses
        self._decisions = decisions
        self._ledger = ledger
        self._accepted = accepted

    async def submit(self, ask: Ask) -> Submitted:
        """Hold the credits and queue the job, or raise RequestRefused. Nothing is charged by a refusal."""
        priced = self._price(ask.request)
        async with self._database.write() as tx:
            outcome = await self._decide(tx, ask, priced)
        if isinstance(outcome, Decision):  # the decision is on record; only then the member hears of it
            raise RequestRefused(outcome.rule, outcome.sentence)
        if outcome.is_new:
            _log.info("job accepted", extra={"job_id": outcome.job.job_id, "slug": outcome.job.slug})
            self._accepted(outcome.job)
        return outcome

    def _price(self, request: VideoRequest) -> _Priced:
        resolved = resolve(request, self._catalogue)
        quoted = quote(resolved, self._tariff)
        if self._rules.largest_job and quoted.price_credits > self._rules.largest_job:
            raise refusals.too_large(quoted.price_credits, self._rules.largest_job)
        price = Price(quoted.price_credits, quoted.budget_units, quoted.provider_cost_micro_usd, quoted.price_version)
        return _Priced(resolved, price)

    async def _decide(self, tx: Writer, ask: Ask, priced: _Priced) -> Submitted | Decision:
        existing = await self._jobs.of_interaction(tx, ask.interaction_id)
        if existing is not None:
            return Submitted(existing, is_new=False)
        now_ms = self._clock.now_ms()
        await self._refuse_paused(tx, ask.guild_id, priced.resolved)
        member_ref = await self._ledger.member(tx, ask.guild_id, ask.user_id, now_ms)
        content = Content(priced.resolved.asked.texts(), priced.resolved.asked.images())
        blocked = await self._decisions.is_blocked(tx, member_ref)
        decision = self._policy.decide(content, member_blocked=blocked)
        decision_id = await self._decisions.add(
            tx, decision, content, guild_id=ask.guild_id, member_ref=member_ref, now_ms=now_ms
        )
        if decision.verdict is Verdict.REFUSED:
            return decision
        await self._refuse_full_queue(tx, member_ref)
        status = JobStatus.IN_REVIEW if decision.verdict is Verdict.REVIEW else JobStatus.WAITING
        job = self._job(ask, priced, member_ref=member_ref, decision_id=decision_id, status=status, now_ms=now_ms)
        await self._reserve(tx, job, self._rules.funding(member_ref, ask.guild_id, now_ms))
        await self._jobs.add(tx, job, actor=member_actor(member_ref))
        await self._cards.add(tx, job.job_id, job.channel_id)
        return Submitted(job, is_new=True)

    async def _refuse_paused(self, tx: Writer, guild_id: int, resolved: ResolvedRequest) -> None:
        if await self._pauses.guild(tx, guild_id):
            raise refusals.guild_paused()
        for pause in await self._pauses.provider(tx):
            if pause.scope == resolved.slug and pause.reason == "retired":
                raise refusals.model_retired(resolved.model.title)

    async def _refuse_full_queue(self, tx: Writer, member_ref: int) -> None:
        limit = self._rules.waiting_per_member
        waiting = await self._jobs.waiting_of_member(tx, member_ref)
        if limit and waiting >= limit:
            raise refusals.too_many_waiting(waiting, limit)

    async def _reserve(self, tx: Writer, job: Job, funding: Funding) -> None:
        now_ms = job.created_at_ms
        try:
            await self._ledger.reserve(
                tx,
                job.job_id,
                funding,
                credits=job.price.credits,
                budget_units=job.price.budget_units,
                now_ms=now_ms,
            )
        except InsufficientCredits as error:
            grants = (funding.allowance, *funding.budgets)
            grant = next(grant for grant in grants if grant.account_id == error.account)
            left = await self._ledger.budget_left(tx, grant, now_ms)
            if grant is funding.allowance:
                raise refusals.not_enough_credits(error, left, self._rules) from error
            raise refusals.budget_used_up(error, left) from error

    def _job(
        self, ask: Ask, priced: _Priced, *, member_ref: int, decision_id: int, status: JobStatus, now_ms: int
    ) -> Job:
        return Job(
            job_id=ask.job_id,
            interaction_id=ask.interaction_id,
            guild_id=ask.guild_id,
            channel_id=ask.channel_id,
            member_ref=member_ref,
            user_id=ask.user_id,
            decision_id=decision_id,
            request=priced.resolved.to_json(),
            slug=priced.resolved.slug,
            body_hash=body_hash(priced.resolved),
            deliver_to=ask.deliver_to,
            price=priced.price,
            status=status,
            created_at_ms=now_ms,
            status_at_ms=now_ms,
            waiting_since_ms=now_ms,
            not_before_ms=now_ms + self._rules.undo_s * SECOND_MS,
        )


def body_hash(resolved: ResolvedRequest) -> str:
    """Equal for two jobs that Segmind could not tell apart. Images count by their own hash, not by their URL."""
    body = payload(resolved, {image: image for image in resolved.filled.images()})
    plain = json.dumps([resolved.slug, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
