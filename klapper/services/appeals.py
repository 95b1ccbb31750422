"""Refusals that can be appealed, and their appeals, in the transactions that write them."""

from __future__ import annotations

from klapper.clock import Clock
from klapper.database.database import Reader, Writer
from klapper.errors import RequestRefused
from klapper.jobs.job import Job
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_actor
from klapper.moderation.appealable import TERM_RULES, is_appealable
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.decisions import DecisionStore, Recorded
from klapper.moderation.policy import APPEAL, Decision, Verdict
from klapper.moderation.reasons import Reason
from klapper.moderation.refused import APPEALABLE_MS, RefusedRequest, RefusedRequestStore
from klapper.moderation.rule_store import RuleStore
from klapper.services import refusals
from klapper.services.asking import Appeal, Ask, content_of
from klapper.services.audit_entries import about_job
from klapper.services.quoting import Priced
from klapper.services.replacing import Replacing


class Appeals:
    """Keeps:

    - a refusal that people may overrule is appealed once, within APPEALABLE_MS, by the member whom it met, in their
      guild, and about exactly what was refused;
    - what moderators have before them, or declined within that time, is not brought before them again;
    - an appeal is used up in the transaction that makes its job, and by nothing else;
    - nobody has another price held than the one that stood on the form they sent.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        refused: RefusedRequestStore,
        decisions: DecisionStore,
        ledger: Ledger,
        rules: RuleStore,
        audit: AuditLog,
        replacing: Replacing,
    ) -> None:
        self._clock = clock
        self._refused = refused
        self._decisions = decisions
        self._ledger = ledger
        self._rules = rules
        self._audit = audit
        self._replacing = replacing

    async def refuse(
        self, tx: Writer, ask: Ask, decision: Decision, decision_id: int, *, replaces: str | None
    ) -> RequestRefused:
        """What its author hears after the commit; the request is kept where they can appeal.

        replaces: the job in review whose place it was to take.
        """
        if not is_appealable(decision.rule):
            return RequestRefused(decision.rule, decision.sentence)
        kept = RefusedRequest(
            decision_id=decision_id,
            guild_id=ask.guild_id,
            channel_id=ask.channel_id,
            user_id=ask.user_id,
            request=ask.request,
            deliver_to=ask.deliver_to,
            spoiler=ask.spoiler,
            parent_job_id=ask.parent_job_id,
            refused_at_ms=self._clock.now_ms(),
            replaces=replaces,
        )
        await self._refused.add(tx, kept)
        return RequestRefused(decision.rule, decision.sentence, appeal=decision_id)

    async def find(self, tx: Reader, decision_id: int, *, guild_id: int, user_id: int) -> RefusedRequest:
        """A refused request that its member can appeal now. guild_id: 0 in a direct message.

        Raises RequestRefused (`no_such_refusal`, `already_appealed`, `already_declined`, `too_late_to_appeal`,
        `review_over`).
        """
        kept = await self._refused.get(tx, decision_id)
        if kept is None:
            raise await self._not_kept(tx, decision_id, guild_id, user_id)
        if (kept.guild_id, kept.user_id) != (guild_id or kept.guild_id, user_id):
            raise refusals.no_such_refusal()
        await self._refuse_known(tx, kept)
        if kept.appealed_at_ms is not None:
            raise refusals.already_appealed()
        if self._clock.now_ms() - kept.refused_at_ms >= APPEALABLE_MS:
            raise refusals.too_late_to_appeal()
        await self._replacing.in_review(tx, kept.replaces)
        return kept

    async def replaces(self, tx: Reader, appeal: Appeal) -> str | None:
        """The job in review whose place the appeal is to take."""
        kept = await self._refused.get(tx, appeal.decision_id)
        return None if kept is None else kept.replaces

    async def check(self, tx: Reader, ask: Ask, priced: Priced) -> None:
        """Whether this may be an appeal, if it is to be one.

        Raises as `find` does, and RequestRefused (`appeal_without_words`, `appeal_differs`, `appeal_price_changed`).
        """
        appeal = ask.appeal
        if appeal is None:
            return
        if not appeal.words.strip():
            raise refusals.appeal_without_words()
        await self.find(tx, appeal.decision_id, guild_id=ask.guild_id, user_id=ask.user_id)
        seen = await self._decisions.get(tx, appeal.decision_id)
        if seen is None or seen.content_hash != content_of(priced.resolved).hash():
            raise refusals.appeal_differs()
        if priced.price.credits != appeal.price_credits:
            raise refusals.appeal_price_changed(priced.price.credits)

    async def use(self, tx: Writer, appeal: Appeal, job: Job) -> None:
        """The appeal has become this job."""
        refusal = await self._decisions.get(tx, appeal.decision_id)
        is_first = await self._refused.appeal(tx, appeal.decision_id, self._clock.now_ms())
        assert is_first
        assert refusal is not None
        by = member_actor(job.member_ref)
        reason = Reason(refusal.decision.rule, refusal.decision.detail)
        await self._audit.add(tx, self._entry(job, refusal, Action.APPEALED, by, reason, words=appeal.words))

    async def call_wrong(self, tx: Writer, job: Job, review: Recorded, *, by: str) -> tuple[Reason, ...]:
        """A moderator finds the refusal wrong that led to this review, which the line of their verdict tells.

        What refused; nothing for what is no appeal, and left alone.
        """
        if review.decision.rule != APPEAL:
            return ()
        refused_by = review.decision.reasons[1].rule
        wrong = tuple(reason for reason in review.decision.reasons if reason.rule == refused_by)
        for reason in wrong:
            if reason.rule in TERM_RULES:
                await self._rules.call_wrong(tx, job.guild_id, reason.detail)
            entry = self._entry(job, review, Action.WRONG_REFUSAL, by, reason)
            await self._audit.add(tx, entry, is_told=True)
        return wrong

    def _entry(
        self, job: Job, about: Recorded, action: Action, actor: str, reason: Reason, *, words: str = ""
    ) -> Entry:
        return about_job(
            job,
            action,
            by=actor,
            now_ms=self._clock.now_ms(),
            decision_id=about.decision_id,
            rule=reason.rule,
            detail=reason.detail,
            words=words,
        )

    async def _refuse_known(self, tx: Reader, kept: RefusedRequest) -> None:
        """Moderators see the same once. What they approved they may see again, for another clip."""
        refusal = await self._decisions.get(tx, kept.decision_id)
        assert refusal is not None
        known = await self._refused.before_moderators(
            tx,
            refusal.member_ref,
            refusal.content_hash,
            besides=kept.replaces,
            since_ms=self._clock.now_ms() - APPEALABLE_MS,
        )
        if known is not None:
            raise (
                refusals.already_declined(known.job_id)
                if known.is_declined
                else refusals.in_review_already(known.job_id)
            )

    async def _not_kept(self, tx: Reader, decision_id: int, guild_id: int, user_id: int) -> RequestRefused:
        """The decision stays when the request is forgotten: it says whether there was something to appeal."""
        refusal = await self._decisions.get(tx, decision_id)
        if refusal is None or guild_id not in (0, refusal.guild_id):
            return refusals.no_such_refusal()
        is_own = await self._ledger.find_member(tx, refusal.guild_id, user_id) == refusal.member_ref
        was_appealable = refusal.decision.verdict is Verdict.REFUSED and is_appealable(refusal.decision.rule)
        return refusals.too_late_to_appeal() if is_own and was_appealable else refusals.no_such_refusal()
