"""The one way in: a request becomes a job with its credits held, a question, or a sentence that says what to change."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace

from klapper.clock import SECOND_MS, Clock
from klapper.database.database import Database, Reader, Writer
from klapper.drafts.draft import Draft, DraftState
from klapper.drafts.store import DraftStore
from klapper.errors import RequestRefused
from klapper.jobs.cards import CardStore
from klapper.jobs.images import ImageStore
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import JobStore
from klapper.kling.payload import payload
from klapper.kling.resolution import ResolvedRequest
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_actor
from klapper.moderation.appealable import is_appealable
from klapper.moderation.policy import Content, Decision, Objection, Verdict
from klapper.moderation.rules import NOWHERE, Place
from klapper.services import refusals
from klapper.services.appeals import Appeals
from klapper.services.asking import Ask, Question, Submitted, content_of
from klapper.services.content_check import Checked, ContentCheck, found_by
from klapper.services.image_blocks import ImageBlocks
from klapper.services.judging import Judging
from klapper.services.questions import Questions
from klapper.services.quota import Quota
from klapper.services.quota_book import QuotaBook
from klapper.services.quoting import Priced, Quoting
from klapper.services.replacing import Replacing
from klapper.services.reviewing import REPLACED, Reviewing
from klapper.services.rules import Rules
from klapper.services.transitions import Transitions

__all__ = ["Ask", "Question", "Submission", "Submitted", "body_hash"]

_log = logging.getLogger(__name__)


class Submission:
    """Keeps:

    - permission, moderation and quota are decided before anything is held, and all in one transaction;
    - a check outside is asked before that transaction, and only about what nothing here refuses; in it the answer
      counts for exactly the content that was shown;
    - every job refers to the decision about exactly its text and images, and has a case when that is a review;
    - an appeal passes everything that any other request passes; only what may be appealed wants a moderator instead;
    - a request that takes the place of one in review, or its appeal, does so in the same transaction, or not at all;
    - an interaction makes at most one job, and so does a draft, however often its event arrives.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        quoting: Quoting,
        quota: Quota,
        quotas: QuotaBook,
        questions: Questions,
        rules: Rules,
        judging: Judging,
        reviewing: Reviewing,
        transitions: Transitions,
        image_blocks: ImageBlocks,
        appeals: Appeals,
        replacing: Replacing,
        jobs: JobStore,
        cards: CardStore,
        images: ImageStore,
        drafts: DraftStore,
        ledger: Ledger,
        accepted: Callable[[Job], None],
        check: ContentCheck | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._quoting = quoting
        self._quota = quota
        self._quotas = quotas
        self._questions = questions
        self._rules = rules
        self._judging = judging
        self._reviewing = reviewing
        self._transitions = transitions
        self._image_blocks = image_blocks
        self._appeals = appeals
        self._replacing = replacing
        self._jobs = jobs
        self._cards = cards
        self._images = images
        self._drafts = drafts
        self._ledger = ledger
        self._accepted = accepted
        self._check = check

    @property
    def asks_outside(self) -> bool:
        """Whether `submit` waits for somebody outside: nothing may be public before it returns."""
        return self._check is not None

    async def preview(self, ask: Ask) -> None:
        """Say no now if `submit` would, as far as can be told before the images are here. Writes nothing.

        The images of the request may be placeholders, so that what can be appealed is left to `submit`: it has to be
        kept whole. Raises RequestRefused.
        """
        await self._read_ahead(ask)
        async with self._database.read() as tx:
            _, decision = await self._foresee(tx, ask)
        if decision.verdict is Verdict.REFUSED and not is_appealable(decision.rule):
            raise RequestRefused(decision.rule, decision.sentence)

    async def may_begin(self, guild_id: int, user_id: int, place: Place = NOWHERE) -> None:
        """Raises RequestRefused where nothing could be made whatever is asked for: before anything is stored for it."""
        async with self._database.read() as tx:
            await self._quota.refuse_paused(tx, guild_id)
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            self._quota.refuse_newcomer(await self._quotas.of(tx, guild_id, member_ref, place), user_id, place)
            decision = await self._judging.judge(tx, Content(()), guild_id=guild_id, member_ref=member_ref, place=place)
        if decision.verdict is Verdict.REFUSED:
            raise RequestRefused(decision.rule, decision.sentence)

    async def submit(self, ask: Ask) -> Submitted | Question:
        """Hold the credits and queue the job, or ask first. Raises RequestRefused; nothing is charged by a refusal."""
        await self._read_ahead(ask)
        checked = await self._checked(ask)
        async with self._database.write() as tx:
            outcome = await self._decide(tx, ask, checked)
        if isinstance(outcome, RequestRefused):  # the decision is on record; only then the member hears of it
            raise outcome
        if isinstance(outcome, Submitted) and outcome.is_new:
            _log.info("job accepted", extra={"job_id": outcome.job.job_id, "slug": outcome.job.slug})
            self._accepted(outcome.job)
            if outcome.replaced is not None:
                await self._announce_withdrawal(outcome.replaced)
        return outcome

    async def _read_ahead(self, ask: Ask) -> None:
        await self._judging.read_ahead(self._database, ask.guild_id, ask.request.texts())

    async def _announce_withdrawal(self, before: Job) -> None:
        async with self._database.read() as tx:
            after = await self._jobs.get(tx, before.job_id)
        assert after is not None
        self._transitions.announce(before, after)

    async def _foresee(self, tx: Reader, ask: Ask, replaced: Job | None = None) -> tuple[ResolvedRequest, Decision]:
        """What is known before anything is written: the local decision. Raises RequestRefused for all else.

        replaced: the job in review whose place it is to take.
        """
        priced = await self._priced(tx, ask)
        await self._quota.refuse_paused(tx, ask.guild_id, priced.resolved)
        self._quota.refuse_newcomer(priced.quota, ask.user_id, ask.place)
        await self._appeals.check(tx, ask, priced)
        member_ref = await self._ledger.find_member(tx, ask.guild_id, ask.user_id)
        decision = await self._judge(tx, ask, priced.resolved, member_ref)
        if decision.verdict is not Verdict.REFUSED:
            if member_ref is not None:
                await self._quota.refuse_full_queue(tx, member_ref, priced.quota, besides=replaced)
            await self._quota.refuse_short(tx, member_ref, priced, besides=replaced)
        return priced.resolved, decision

    async def _checked(self, ask: Ask) -> Checked | None:
        """What the check outside says; None when there is none, or nothing left to ask it. No transaction is open."""
        if self._check is None:
            return None
        async with self._database.read() as tx:
            content = await self._to_check(tx, ask)
        return None if content is None else await self._check.of(content)

    async def _to_check(self, tx: Reader, ask: Ask) -> Content | None:
        """What has to leave the house; None where the deciding transaction needs no more to say what it will say."""
        if await self._existing(tx, ask) is not None:
            return None
        draft = await self._draft(tx, ask)
        if await self._replacing.comes_too_late(tx, draft):
            return None
        replaced = await self._replaced(tx, ask, draft)
        resolved, decision = await self._foresee(tx, ask, replaced)
        await self._refuse_lost_images(tx, resolved)
        return None if decision.verdict is Verdict.REFUSED else content_of(resolved)

    async def _decide(self, tx: Writer, ask: Ask, checked: Checked | None) -> Submitted | Question | RequestRefused:
        existing = await self._existing(tx, ask)
        if existing is not None:
            return existing
        now_ms = self._clock.now_ms()
        draft = await self._draft(tx, ask)
        priced = await self._priced(tx, ask)
        if draft is not None and await self._replacing.comes_too_late(tx, draft):
            decided = await self._replacing.let_go(tx, draft)
            return Question(await self._questions.too_late(tx, decided, priced, now_ms), ask.place)
        await self._quota.refuse_paused(tx, ask.guild_id, priced.resolved)
        self._quota.refuse_newcomer(priced.quota, ask.user_id, ask.place)
        await self._appeals.check(tx, ask, priced)
        member_ref = await self._ledger.member(tx, ask.guild_id, ask.user_id, now_ms)
        await self._refuse_lost_images(tx, priced.resolved)
        content = content_of(priced.resolved)
        found = () if self._check is None else found_by(content, checked)
        decision = await self._judge(tx, ask, priced.resolved, member_ref, found)
        if decision.verdict is Verdict.REFUSED:
            decision_id = await self._judging.write_down(
                tx, decision, content.hash(), guild_id=ask.guild_id, member_ref=member_ref
            )
            replaces = None if draft is None else draft.replaces
            return await self._appeals.refuse(tx, ask, decision, decision_id, replaces=replaces)
        return await self._take(tx, ask, priced, decision, draft, member_ref)

    async def _take(
        self, tx: Writer, ask: Ask, priced: Priced, decision: Decision, draft: Draft | None, member_ref: int
    ) -> Submitted | Question:
        """What nobody refused: ask first, or hold the credits and queue the job, for a moderator or for Segmind."""
        replaced = await self._replaced(tx, ask, draft)
        await self._quota.refuse_full_queue(tx, member_ref, priced.quota, besides=replaced)
        await self._quota.refuse_short(tx, member_ref, priced, besides=replaced)  # before anything is written
        job = self._job(ask, priced, decision, member_ref=member_ref, is_hidden=await self._is_hidden(tx, ask))
        # The form of an appeal has said the price, and what is held for it comes back unless a moderator says yes.
        question = None if ask.appeal is not None else await self._questions.about(tx, job, priced, draft)
        if question is not None:
            return Question(question, ask.place)
        if replaced is not None:
            await self._withdraw(tx, replaced)
        decision_id = await self._judging.write_down(
            tx,
            decision,
            content_of(priced.resolved).hash(),
            guild_id=job.guild_id,
            member_ref=member_ref,
            job_id=job.job_id,
        )
        job = replace(job, decision_id=decision_id)
        await self._write(tx, ask, job, priced, decision)
        return Submitted(job, is_new=True, replaced=replaced)

    async def _priced(self, tx: Reader, ask: Ask) -> Priced:
        return await self._quoting.of(tx, ask.request, guild_id=ask.guild_id, user_id=ask.user_id, place=ask.place)

    async def _draft(self, tx: Reader, ask: Ask) -> Draft | None:
        """What the member lets go, as they saw it. Raises RequestRefused when it is over or was changed."""
        if ask.draft_id is None:
            return None
        return await self._questions.live_draft(tx, ask.draft_id, ask.draft_revision, self._clock.now_ms())

    async def _replaced(self, tx: Reader, ask: Ask, draft: Draft | None) -> Job | None:
        """The job in review whose place the draft takes, or the appeal of what was refused in one.

        Raises RequestRefused (`review_over`) when it is none now.
        """
        if ask.appeal is not None:
            return await self._replacing.in_review(tx, await self._appeals.replaces(tx, ask.appeal))
        return await self._replacing.in_review(tx, None if draft is None else draft.replaces)

    async def _withdraw(self, tx: Writer, job: Job) -> None:
        await self._transitions.move_in(
            tx, job, JobStatus.CANCELLED, reason=REPLACED, actor=member_actor(job.member_ref)
        )

    async def _is_hidden(self, tx: Reader, ask: Ask) -> bool:
        """Whether the clip is a spoiler whatever its requester chose."""
        return (await self._judging.rules_of(tx, ask.guild_id)).hides_clips(ask.place)

    async def _existing(self, tx: Reader, ask: Ask) -> Submitted | Question | None:
        """What this event, or the draft that it lets go, has become before."""
        question = await self._questions.asked(tx, ask.interaction_id)
        draft_id = ask.draft_id or (None if question is None else question.draft_id)
        job = await self._jobs.of_interaction(tx, ask.interaction_id)
        if job is None and draft_id is not None:
            job = await self._jobs.of_draft(tx, draft_id)
        if job is not None:
            return Submitted(job, is_new=False)
        return None if question is None else Question(question, ask.place)

    async def _judge(
        self,
        tx: Reader,
        ask: Ask,
        resolved: ResolvedRequest,
        member_ref: int | None,
        found: tuple[Objection, ...] = (),
    ) -> Decision:
        """found: by the check outside."""
        images = await self._image_blocks.objections(tx, ask.guild_id, resolved.asked)
        return await self._judging.judge(
            tx,
            content_of(resolved),
            guild_id=ask.guild_id,
            member_ref=member_ref,
            place=ask.place,
            found=(*images, *found),
            is_appeal=ask.appeal is not None,
        )

    async def _refuse_lost_images(self, tx: Reader, resolved: ResolvedRequest) -> None:
        for image in resolved.asked.images():
            if await self._images.get(tx, image) is None:
                raise refusals.image_gone()

    async def _write(self, tx: Writer, ask: Ask, job: Job, priced: Priced, decision: Decision) -> None:
        now_ms = job.created_at_ms
        await self._quota.reserve(tx, job, priced.quota)
        await self._jobs.add(tx, job, actor=member_actor(job.member_ref))
        await self._cards.add(tx, job.job_id, job.channel_id)
        await self._images.use(tx, job.job_id, priced.resolved.filled.images(), now_ms)
        if job.draft_id is not None:
            await self._drafts.close(tx, job.draft_id, DraftState.USED)
        if ask.appeal is not None:
            await self._appeals.use(tx, ask.appeal, job)
        if job.status is JobStatus.IN_REVIEW:
            actor, words = member_actor(job.member_ref), "" if ask.appeal is None else ask.appeal.words
            await self._reviewing.enter(tx, job, reasons=decision.reasons, by=actor, now_ms=now_ms, words=words)

    def _job(self, ask: Ask, priced: Priced, decision: Decision, *, member_ref: int, is_hidden: bool) -> Job:
        """is_hidden: its clip is a spoiler whatever its requester chose."""
        now_ms = self._clock.now_ms()
        return Job(
            job_id=ask.job_id,
            interaction_id=ask.interaction_id,
            draft_id=ask.draft_id,
            parent_job_id=ask.parent_job_id,
            spoiler=ask.spoiler or is_hidden,
            guild_id=ask.guild_id,
            channel_id=ask.channel_id,
            member_ref=member_ref,
            user_id=ask.user_id,
            decision_id=_NOT_WRITTEN,
            request=priced.resolved.to_json(),
            slug=priced.resolved.slug,
            body_hash=body_hash(priced.resolved),
            deliver_to=ask.deliver_to,
            price=priced.price,
            status=JobStatus.IN_REVIEW if decision.verdict is Verdict.REVIEW else JobStatus.WAITING,
            created_at_ms=now_ms,
            status_at_ms=now_ms,
            waiting_since_ms=now_ms,
            not_before_ms=now_ms + self._rules.undo_s * SECOND_MS,
        )


_NOT_WRITTEN = 0  # the decision of a job that may still become a question


def body_hash(resolved: ResolvedRequest) -> str:
    """Equal for two jobs that Segmind could not tell apart. Images count by their own hash, not by their URL."""
    body = payload(resolved, {image: image for image in resolved.filled.images()})
    plain = json.dumps([resolved.slug, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
