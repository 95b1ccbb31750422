"""The one way in: a request becomes a job with its credits held, a question, or a sentence that says what to change."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from klapper.clock import SECOND_MS, Clock
from klapper.database.database import Database, Reader, Writer
from klapper.drafts.draft import Draft, DraftState
from klapper.drafts.store import DraftStore
from klapper.errors import InsufficientCredits, RequestRefused
from klapper.jobs.cards import CardStore
from klapper.jobs.images import ImageStore
from klapper.jobs.job import DeliverTo, Job, JobStatus, new_job_id
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.kling.payload import payload
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Funding, member_actor
from klapper.moderation.decisions import DecisionStore
from klapper.moderation.policy import Content, Decision, Policy, Verdict
from klapper.services import refusals
from klapper.services.image_blocks import ImageBlocks
from klapper.services.questions import Questions
from klapper.services.quoting import Priced, Quoting
from klapper.services.rules import Rules

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ask:
    """A member's request, as an interaction brought it.

    parent_job_id: the job it is made from. draft_id, draft_revision: the draft in which the member let it go, and what
    they saw of it. job_id: of the job it
    becomes, chosen beforehand so that its card can be spoken for before the job can be seen.
    """

    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    request: VideoRequest
    deliver_to: DeliverTo = "here"
    spoiler: bool = False
    parent_job_id: str | None = None
    draft_id: str | None = None
    draft_revision: int | None = None
    job_id: str = field(default_factory=new_job_id)


@dataclass(frozen=True, slots=True)
class Submitted:
    """is_new: False when the interaction or the draft had a job already, because its event came twice."""

    job: Job
    is_new: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Nothing was made and nothing is held: the draft asks its author first."""

    draft: Draft


class Submission:
    """Keeps:

    - permission, moderation and quota are decided before anything is held, and all in one transaction;
    - every job refers to the decision about exactly its text and images;
    - an interaction makes at most one job, and so does a draft, however often its event arrives.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        quoting: Quoting,
        questions: Questions,
        rules: Rules,
        policy: Policy,
        image_blocks: ImageBlocks,
        jobs: JobStore,
        cards: CardStore,
        images: ImageStore,
        drafts: DraftStore,
        pauses: PauseStore,
        decisions: DecisionStore,
        ledger: Ledger,
        accepted: Callable[[Job], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._quoting = quoting
        self._questions = questions
        self._rules = rules
        self._policy = policy
        self._image_blocks = image_blocks
        self._jobs = jobs
        self._cards = cards
        self._images = images
        self._drafts = drafts
        self._pauses = pauses
        self._decisions = decisions
        self._ledger = ledger
        self._accepted = accepted

    async def preview(self, ask: Ask) -> None:
        """Say no now if `submit` would, as far as can be told before the images are here. Writes nothing.

        The images of the request may be placeholders. Raises RequestRefused.
        """
        async with self._database.read() as tx:
            priced = await self._quoting.of(tx, ask.request, guild_id=ask.guild_id, user_id=ask.user_id)
            await self._refuse_paused(tx, ask.guild_id, priced.resolved)
            member_ref = await self._ledger.find_member(tx, ask.guild_id, ask.user_id)
            decision = await self._judge(tx, ask.guild_id, _content(priced.resolved), member_ref, priced.resolved.asked)
            if decision.verdict is Verdict.REFUSED:
                raise RequestRefused(decision.rule, decision.sentence)
            if member_ref is not None:
                await self._refuse_full_queue(tx, member_ref)
            await self._refuse_short(tx, ask, member_ref, priced)

    async def may_begin(self, guild_id: int, user_id: int) -> None:
        """Raises RequestRefused where nothing could be made whatever is asked for: before anything is stored for it."""
        async with self._database.read() as tx:
            if await self._pauses.guild(tx, guild_id):
                raise refusals.guild_paused()
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            decision = await self._judge(tx, guild_id, Content(()), member_ref)
        if decision.verdict is Verdict.REFUSED:
            raise RequestRefused(decision.rule, decision.sentence)

    async def submit(self, ask: Ask) -> Submitted | Question:
        """Hold the credits and queue the job, or ask first. Raises RequestRefused; nothing is charged by a refusal."""
        async with self._database.write() as tx:
            outcome = await self._decide(tx, ask)
        if isinstance(outcome, Decision):  # the decision is on record; only then the member hears of it
            raise RequestRefused(outcome.rule, outcome.sentence)
        if isinstance(outcome, Submitted) and outcome.is_new:
            _log.info("job accepted", extra={"job_id": outcome.job.job_id, "slug": outcome.job.slug})
            self._accepted(outcome.job)
        return outcome

    async def _decide(self, tx: Writer, ask: Ask) -> Submitted | Question | Decision:
        existing = await self._existing(tx, ask)
        if existing is not None:
            return existing
        now_ms = self._clock.now_ms()
        draft = None
        if ask.draft_id is not None:
            draft = await self._questions.live_draft(tx, ask.draft_id, ask.draft_revision, now_ms)
        priced = await self._quoting.of(tx, ask.request, guild_id=ask.guild_id, user_id=ask.user_id)
        await self._refuse_paused(tx, ask.guild_id, priced.resolved)
        member_ref = await self._ledger.member(tx, ask.guild_id, ask.user_id, now_ms)
        await self._refuse_lost_images(tx, priced.resolved)
        content = _content(priced.resolved)
        decision = await self._judge(tx, ask.guild_id, content, member_ref, priced.resolved.asked)
        decision_id = await self._decisions.add(
            tx, decision, content, guild_id=ask.guild_id, member_ref=member_ref, now_ms=now_ms
        )
        if decision.verdict is Verdict.REFUSED:
            return decision
        await self._refuse_full_queue(tx, member_ref)
        status = JobStatus.IN_REVIEW if decision.verdict is Verdict.REVIEW else JobStatus.WAITING
        job = self._job(ask, priced, member_ref=member_ref, decision_id=decision_id, status=status, now_ms=now_ms)
        question = await self._questions.about(tx, job, priced, draft)
        if question is not None:
            await self._refuse_short(tx, ask, member_ref, priced)
            return Question(question)
        await self._write(tx, job, priced.resolved)
        return Submitted(job, is_new=True)

    async def _existing(self, tx: Reader, ask: Ask) -> Submitted | Question | None:
        """What this event, or the draft that it lets go, has become before."""
        question = await self._questions.asked(tx, ask.interaction_id)
        draft_id = ask.draft_id or (None if question is None else question.draft_id)
        job = await self._jobs.of_interaction(tx, ask.interaction_id)
        if job is None and draft_id is not None:
            job = await self._jobs.of_draft(tx, draft_id)
        if job is not None:
            return Submitted(job, is_new=False)
        return None if question is None else Question(question)

    async def _judge(
        self, tx: Reader, guild_id: int, content: Content, member_ref: int | None, request: VideoRequest | None = None
    ) -> Decision:
        blocked = member_ref is not None and await self._decisions.is_blocked(tx, member_ref)
        objection = None if request is None else await self._image_blocks.objection(tx, guild_id, request)
        return self._policy.decide(content, member_blocked=blocked, image_objection=objection)

    async def _refuse_paused(self, tx: Reader, guild_id: int, resolved: ResolvedRequest) -> None:
        if await self._pauses.guild(tx, guild_id):
            raise refusals.guild_paused()
        for pause in await self._pauses.provider(tx):
            if pause.scope == resolved.slug and pause.reason == "retired":
                raise refusals.model_retired(resolved.model.title)

    async def _refuse_lost_images(self, tx: Reader, resolved: ResolvedRequest) -> None:
        for image in resolved.asked.images():
            if await self._images.get(tx, image) is None:
                raise refusals.image_gone()

    async def _refuse_full_queue(self, tx: Reader, member_ref: int) -> None:
        limit = self._rules.waiting_per_member
        waiting = await self._jobs.waiting_of_member(tx, member_ref)
        if limit and waiting >= limit:
            raise refusals.too_many_waiting(waiting, limit)

    async def _refuse_short(self, tx: Reader, ask: Ask, member_ref: int | None, priced: Priced) -> None:
        """What the reserving transaction would refuse, said before anything is asked. It decides again, and finally."""
        now_ms, price = self._clock.now_ms(), priced.price
        allowance = self._rules.allowance(member_ref or 0, now_ms)
        balance = await self._ledger.balance(tx, member_ref, allowance, now_ms)
        if balance.available < price.credits:
            short = InsufficientCredits(allowance.account_id, available=balance.available, needed=price.credits)
            raise refusals.not_enough_credits(short, await self._ledger.budget_left(tx, allowance, now_ms), self._rules)
        for budget in self._rules.budgets(ask.guild_id, now_ms):
            left = await self._ledger.budget_left(tx, budget, now_ms)
            if left.available < price.budget_units:
                short = InsufficientCredits(budget.account_id, available=left.available, needed=price.budget_units)
                raise refusals.budget_used_up(short, left)

    async def _write(self, tx: Writer, job: Job, resolved: ResolvedRequest) -> None:
        now_ms = job.created_at_ms
        await self._reserve(tx, job, self._rules.funding(job.member_ref, job.guild_id, now_ms))
        await self._jobs.add(tx, job, actor=member_actor(job.member_ref))
        await self._cards.add(tx, job.job_id, job.channel_id)
        await self._images.use(tx, job.job_id, resolved.filled.images(), now_ms)
        if job.draft_id is not None:
            await self._drafts.close(tx, job.draft_id, DraftState.USED)

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
        self, ask: Ask, priced: Priced, *, member_ref: int, decision_id: int, status: JobStatus, now_ms: int
    ) -> Job:
        return Job(
            job_id=ask.job_id,
            interaction_id=ask.interaction_id,
            draft_id=ask.draft_id,
            parent_job_id=ask.parent_job_id,
            spoiler=ask.spoiler,
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


def _content(resolved: ResolvedRequest) -> Content:
    return Content(resolved.asked.texts(), resolved.asked.images())


def body_hash(resolved: ResolvedRequest) -> str:
    """Equal for two jobs that Segmind could not tell apart. Images count by their own hash, not by their URL."""
    body = payload(resolved, {image: image for image in resolved.filled.images()})
    plain = json.dumps([resolved.slug, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
