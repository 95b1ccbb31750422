"""A member as their guild's moderators see them: what was made, what was refused, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Reader
from klapper.jobs.job import CANCELLABLE, OPEN
from klapper.jobs.tally import NO_JOBS, Tally, TallyStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER, member_of_actor
from klapper.moderation.decisions import DecisionStore, Recorded
from klapper.moderation.standing import Bounds, Standing, is_watched, weight
from klapper.moderation.standings import Block, Pause, StandingStore, Strike
from klapper.services.protecting import REFUSED_BY_SEGMIND, by_refusals

LAST_REFUSALS = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """rule: the code of the rule that refused, or `content_refused` for Segmind's check. detail: which term it was.

    is_declined: by a moderator; declined_by: their Discord id, None for one who is forgotten.
    """

    rule: str
    at_ms: int
    detail: str = ""
    is_declined: bool = False
    declined_by: int | None = None


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member as the database has them now.

    known_since_ms: None for somebody never seen. refused_by_rules: requests that Klapper judged; strikes: what still
    weighs, weight: how much together. is_watched: requests go to review because Segmind refused too much. refusals: the
    last few, newest first.
    """

    user_id: int
    known_since_ms: int | None = None
    tally: Tally = NO_JOBS
    refused_by_rules: int = 0
    strikes: tuple[Strike, ...] = ()
    weight: float = 0.0
    is_watched: bool = False
    block: Block | None = None
    pause: Pause | None = None
    refusals: tuple[Refusal, ...] = ()

    @property
    def standing(self) -> Standing:
        """What a request of theirs meets before anything else."""
        return Standing(
            is_blocked=self.block is not None,
            paused_until_ms=None if self.pause is None else self.pause.until_ms,
            by_refusals=self.pause is not None and by_refusals(self.pause),
            is_watched=self.is_watched,
        )

    @property
    def waiting(self) -> int:
        """Jobs that were not sent, in review or not."""
        return self.tally.count(CANCELLABLE)

    @property
    def running(self) -> int:
        return self.tally.count(OPEN - CANCELLABLE)


class MemberRecords:
    """Reads records."""

    def __init__(
        self,
        *,
        clock: Clock,
        tallies: TallyStore,
        ledger: Ledger,
        standings: StandingStore,
        decisions: DecisionStore,
        bounds: Bounds,
    ) -> None:
        self._clock = clock
        self._tallies = tallies
        self._ledger = ledger
        self._standings = standings
        self._decisions = decisions
        self._bounds = bounds

    async def of(self, tx: Reader, guild_id: int, user_id: int) -> MemberRecord:
        """As of this snapshot; of somebody never seen, an empty one."""
        member_ref = await self._ledger.find_member(tx, guild_id, user_id)
        if member_ref is None:
            return MemberRecord(user_id)
        now_ms = self._clock.now_ms()
        strikes = await self._standings.strikes_of_member(tx, member_ref, now_ms)
        by_segmind = await self._standings.provider_strikes_of_member(tx, member_ref, now_ms)
        return MemberRecord(
            user_id,
            known_since_ms=await self._ledger.known_since_ms(tx, member_ref),
            tally=await self._tallies.of_member(tx, member_ref),
            refused_by_rules=await self._decisions.count_refused(tx, member_ref),
            strikes=tuple(strikes),
            weight=weight((strike.at_ms for strike in strikes), now_ms),
            is_watched=is_watched(by_segmind, now_ms, self._bounds),
            block=await self._standings.block_of(tx, member_ref),
            pause=await self._standings.pause_of(tx, member_ref, now_ms),
            refusals=await self._last_refusals(tx, member_ref, by_segmind),
        )

    async def _last_refusals(self, tx: Reader, member_ref: int, by_segmind: list[int]) -> tuple[Refusal, ...]:
        decided = await self._decisions.refused_of_member(tx, member_ref, LAST_REFUSALS)
        found = [await self._refusal(tx, one) for one in decided]
        found += [Refusal(REFUSED_BY_SEGMIND, at_ms) for at_ms in by_segmind]
        return tuple(sorted(found, key=lambda refusal: refusal.at_ms, reverse=True)[:LAST_REFUSALS])

    async def _refusal(self, tx: Reader, one: Recorded) -> Refusal:
        rule, detail = one.decision.rule, one.decision.detail
        if one.decided_by == KLAPPER:
            return Refusal(rule, one.at_ms, detail)
        moderator_ref = member_of_actor(one.decided_by)
        by = None if moderator_ref is None else await self._ledger.user_of(tx, moderator_ref)
        return Refusal(rule, one.at_ms, detail, is_declined=True, declined_by=by)
