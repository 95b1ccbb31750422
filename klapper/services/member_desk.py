"""What moderators ask and decide about one member of their guild."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from klapper.clock import HOUR_MS, Clock
from klapper.database.database import Database, Writer
from klapper.errors import JobConflict, KlapperError
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER, member_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.standings import StandingStore
from klapper.services.member_record import MemberRecord, MemberRecords
from klapper.services.protecting import by_refusals
from klapper.services.reviewing import BLOCKED
from klapper.services.transitions import Transitions

_log = logging.getLogger(__name__)

LEFT = "member_left"


@dataclass(frozen=True, slots=True)
class Blocked:
    """is_new: False for a member who was blocked before. cancelled: jobs, which had held `credits` together.

    running: jobs that cannot be cancelled any more.
    """

    is_new: bool
    cancelled: int
    credits: int
    running: int


@dataclass(frozen=True, slots=True)
class Paused:
    """before_ms: the end of the pause that this one takes the place of, None when there was none."""

    until_ms: int
    before_ms: int | None


@dataclass(frozen=True, slots=True)
class Pardoned:
    """strikes: how many count no more. is_unpaused: a pause of Klapper's ended with them."""

    strikes: int
    is_unpaused: bool


class MemberDesk:
    """Keeps:

    - a block is committed before any job is cancelled for it, and from then on nothing of the member's is sent;
    - every decision is a line of the audit with the moderator's words; one that changes nothing is none.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        records: MemberRecords,
        ledger: Ledger,
        standings: StandingStore,
        audit: AuditLog,
        transitions: Transitions,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._records = records
        self._ledger = ledger
        self._standings = standings
        self._audit = audit
        self._transitions = transitions

    async def record(self, guild_id: int, user_id: int) -> MemberRecord:
        """What is known of a member, or of somebody who was one, in this guild."""
        async with self._database.read() as tx:
            return await self._records.of(tx, guild_id, user_id)

    async def block(self, guild_id: int, user_id: int, *, by: int, words: str) -> Blocked:
        """Let a member make nothing any more and take back what was not sent. Jobs at Segmind finish.

        by: the moderator's Discord id.
        """
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            member_ref = await self._ledger.meant(tx, guild_id, user_id, now_ms)
            actor = member_actor(await self._ledger.member(tx, guild_id, by, now_ms))
            is_new = await self.block_in(tx, guild_id, member_ref, by=actor, words=words)
        cancelled = await self._cancel_unsent(member_ref, reason=BLOCKED, actor=actor)
        async with self._database.read() as tx:
            record = await self._records.of(tx, guild_id, user_id)
        credits = sum(job.price.credits for job in cancelled)
        return Blocked(is_new, len(cancelled), credits, record.running)

    async def block_in(
        self, tx: Writer, guild_id: int, member_ref: int, *, by: str, words: str, is_told: bool = False
    ) -> bool:
        """The block alone, in the caller's transaction; False when it was so already.

        by: an actor. is_told: by the audit's line of a verdict.
        """
        is_new = await self._standings.block(tx, member_ref, reason=words, by=by, now_ms=self._clock.now_ms())
        if is_new:
            await self._write_down(tx, guild_id, member_ref, by, Action.MEMBER_BLOCKED, words=words, is_told=is_told)
        return is_new

    async def unblock(self, guild_id: int, user_id: int, *, by: int) -> bool:
        """Let a member make clips again; False when nothing kept them from it."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            member_ref = await self._ledger.meant(tx, guild_id, user_id, now_ms)
            actor = member_actor(await self._ledger.member(tx, guild_id, by, now_ms))
            unblocked = await self._standings.unblock(tx, member_ref)
            if unblocked:
                await self._write_down(tx, guild_id, member_ref, actor, Action.MEMBER_UNBLOCKED)
        return unblocked

    async def pause(self, guild_id: int, user_id: int, *, by: int, hours: int, words: str) -> Paused:
        """Let a member ask for nothing for so long, from now, whatever pause there was. What was accepted goes on."""
        now_ms = self._clock.now_ms()
        until_ms = now_ms + hours * HOUR_MS
        async with self._database.write() as tx:
            member_ref = await self._ledger.meant(tx, guild_id, user_id, now_ms)
            actor = member_actor(await self._ledger.member(tx, guild_id, by, now_ms))
            before = await self._standings.pause_of(tx, member_ref, now_ms)
            await self._standings.pause(tx, member_ref, reason=words, by=actor, now_ms=now_ms, until_ms=until_ms)
            await self._write_down(
                tx, guild_id, member_ref, actor, Action.MEMBER_PAUSED, words=words, detail=f"{hours} h"
            )
        return Paused(until_ms, None if before is None else before.until_ms)

    async def unpause(self, guild_id: int, user_id: int, *, by: int, words: str = "") -> bool:
        """End a member's pause; False when there was none."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            member_ref = await self._ledger.meant(tx, guild_id, user_id, now_ms)
            actor = member_actor(await self._ledger.member(tx, guild_id, by, now_ms))
            lasts = await self._standings.pause_of(tx, member_ref, now_ms) is not None
            await self._standings.unpause(tx, member_ref)
            if lasts:
                await self._write_down(tx, guild_id, member_ref, actor, Action.MEMBER_UNPAUSED, words=words)
        return lasts

    async def pardon(self, guild_id: int, user_id: int, *, by: int, words: str) -> Pardoned:
        """Lift all strikes of a member and the pause that they led to; a moderator's pause and a block stay.

        What Segmind refused goes on to count for the guild.
        """
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            member_ref = await self._ledger.meant(tx, guild_id, user_id, now_ms)
            actor = member_actor(await self._ledger.member(tx, guild_id, by, now_ms))
            strikes = await self._standings.strikes_of_member(tx, member_ref, now_ms)
            if not strikes:
                return Pardoned(0, is_unpaused=False)
            await self._standings.pardon(tx, member_ref, now_ms)
            detail = "1 strike" if len(strikes) == 1 else f"{len(strikes)} strikes"
            await self._write_down(tx, guild_id, member_ref, actor, Action.PARDONED, words=words, detail=detail)
            pause = await self._standings.pause_of(tx, member_ref, now_ms)
            is_unpaused = pause is not None and by_refusals(pause)
            if is_unpaused:
                await self._standings.unpause(tx, member_ref)
                await self._write_down(tx, guild_id, member_ref, actor, Action.MEMBER_UNPAUSED)
        return Pardoned(len(strikes), is_unpaused)

    async def left(self, guild_id: int, user_id: int) -> int:
        """Discord says that they are no member any more: what was not sent is taken back; how many jobs that were."""
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
        if member_ref is None:
            return 0
        return len(await self._cancel_unsent(member_ref, reason=LEFT, actor=KLAPPER))

    async def _cancel_unsent(self, member_ref: int, *, reason: str, actor: str) -> list[Job]:
        """Each in a transaction of its own: books that do not let one job go must not keep the others."""
        async with self._database.read() as tx:
            unsent = await self._jobs.unsent_of_member(tx, member_ref)
        cancelled = []
        for job in unsent:
            try:
                cancelled.append(await self._transitions.move(job, JobStatus.CANCELLED, reason=reason, actor=actor))
            except JobConflict:
                continue  # it was sent, or ended, at this very moment
            except KlapperError:
                _log.exception("job not moved", extra={"job_id": job.job_id, "to": JobStatus.CANCELLED.value})
        return cancelled

    async def _write_down(
        self,
        tx: Writer,
        guild_id: int,
        member_ref: int,
        actor: str,
        action: Action,
        *,
        words: str = "",
        detail: str = "",
        is_told: bool = False,
    ) -> None:
        entry = Entry(
            guild_id=guild_id,
            at_ms=self._clock.now_ms(),
            actor=actor,
            action=action,
            member_ref=member_ref,
            detail=detail,
            words=words,
        )
        await self._audit.add(tx, entry, is_told=is_told)
