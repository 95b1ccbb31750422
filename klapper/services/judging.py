"""What the check is told, and what it says: every verdict about a request comes from here and is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.ledger.records import KLAPPER
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.decisions import DecisionStore
from klapper.moderation.policy import Content, Decision, Objection, Policy, Situation, Verdict
from klapper.moderation.rule_store import RuleStore
from klapper.moderation.rules import GuildRules, Place
from klapper.moderation.standing import Bounds, Standing, is_watched
from klapper.moderation.standings import StandingStore
from klapper.moderation.text_rules import LONG
from klapper.services.protecting import by_refusals

KEPT_RULES = 256  # guilds
_ACTIONS = {
    Verdict.ALLOWED: Action.REQUEST_ALLOWED,
    Verdict.REVIEW: Action.REQUEST_REVIEW,
    Verdict.REFUSED: Action.REQUEST_REFUSED,
}
_VERDICTS = {  # of moderators, by their rule
    "approved": Action.REVIEW_APPROVED,
    "rejected": Action.REVIEW_REJECTED,
    "member_blocked": Action.REVIEW_BLOCKED,
}


class Judging:
    """Keeps:

    - a decision is made in the transaction that acts on it, from what the database says there;
    - every decision that is acted on is a row and an entry of the audit.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        policy: Policy,
        rules: RuleStore,
        standings: StandingStore,
        decisions: DecisionStore,
        audit: AuditLog,
        bounds: Bounds,
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._rules = rules
        self._standings = standings
        self._decisions = decisions
        self._audit = audit
        self._bounds = bounds
        self._kept: dict[int, GuildRules] = {}

    async def read_ahead(self, database: Database, guild_id: int, texts: Sequence[str]) -> None:
        """Read long texts beside the event loop, so that `judge` does not keep it: a hostile one takes a while."""
        if sum(map(len, texts)) < LONG:
            return
        async with database.read() as tx:
            rules = await self.rules_of(tx, guild_id)
        await asyncio.to_thread(self._policy.texts.read, texts, rules)

    async def judge(
        self,
        tx: Reader,
        content: Content,
        *,
        guild_id: int,
        member_ref: int | None,
        place: Place,
        found: Sequence[Objection] = (),
        is_appeal: bool = False,
    ) -> Decision:
        """The verdict as of this snapshot; nothing is written. member_ref None: somebody never seen.

        found: objections of checks that cannot be made here. is_appeal: of a refusal of exactly this.
        """
        situation = Situation(
            rules=await self.rules_of(tx, guild_id),
            place=place,
            standing=Standing() if member_ref is None else await self._standing(tx, member_ref),
            found=tuple(found),
            is_appeal=is_appeal,
        )
        return self._policy.decide(content, situation)

    async def write_down(
        self,
        tx: Writer,
        decision: Decision,
        content_hash: str,
        *,
        guild_id: int,
        member_ref: int,
        by: str = KLAPPER,
        job_id: str | None = None,
        words: str = "",
    ) -> int:
        """The decision's row and its entry; its id. by: a moderator, where one decided. words: what they wrote."""
        now_ms = self._clock.now_ms()
        decision_id = await self._decisions.add(
            tx, decision, content_hash, guild_id=guild_id, member_ref=member_ref, decided_by=by, now_ms=now_ms
        )
        entry = Entry(
            guild_id=guild_id,
            at_ms=now_ms,
            actor=by,
            action=_VERDICTS.get(decision.rule, _ACTIONS[decision.verdict]),
            member_ref=member_ref,
            job_id=job_id,
            decision_id=decision_id,
            rule=decision.rule,
            detail=decision.detail,
            words=words,
        )
        await self._audit.add(tx, entry)
        return decision_id

    async def rules_of(self, tx: Reader, guild_id: int) -> GuildRules:
        """The guild's rules, read again when they have another version.

        Not for a transaction that changes them: a version that is never committed would be remembered.
        """
        kept = self._kept.pop(guild_id, None)
        if kept is None or kept.version != await self._rules.version(tx, guild_id):
            kept = await self._rules.of(tx, guild_id)
        self._kept[guild_id] = kept  # the last one used is the last one to go
        while len(self._kept) > KEPT_RULES:
            del self._kept[next(iter(self._kept))]
        return kept

    async def _standing(self, tx: Reader, member_ref: int) -> Standing:
        now_ms = self._clock.now_ms()
        pause = await self._standings.pause_of(tx, member_ref, now_ms)
        refusals_ms = await self._standings.provider_strikes_of_member(tx, member_ref, now_ms)
        return Standing(
            is_blocked=await self._standings.block_of(tx, member_ref) is not None,
            paused_until_ms=None if pause is None else pause.until_ms,
            by_refusals=pause is not None and by_refusals(pause),
            is_watched=is_watched(refusals_ms, now_ms, self._bounds),
        )
