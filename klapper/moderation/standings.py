"""Blocks, pauses and strikes of members in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries
from klapper.moderation.standing import REMEMBERED_MS

StrikeKind = Literal["provider", "moderator"]


@dataclass(frozen=True, slots=True)
class Block:
    """reason: a moderator's words. by: the actor."""

    reason: str
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Pause:
    """reason: a code, or a moderator's words. by: the actor."""

    reason: str
    by: str
    at_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Strike:
    """provider: a refusal by Segmind's content check; moderator: given with a rejection or a takedown."""

    kind: StrikeKind
    job_id: str
    at_ms: int


class StandingStore:
    """Keeps: a job brings at most one strike of each kind."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def block_of(self, tx: Reader, member_ref: int) -> Block | None:
        """Why this member may make nothing, None when they may."""
        row = await tx.one(self._sql["block_of"], member_ref=member_ref)
        return None if row is None else Block(row["reason"], row["blocked_by"], row["at_ms"])

    async def block(self, tx: Writer, member_ref: int, *, reason: str, by: str, now_ms: int) -> bool:
        """Block a member; False when that was so already."""
        blocked = await tx.execute(
            self._sql["block"], member_ref=member_ref, reason=reason, blocked_by=by, now_ms=now_ms
        )
        return bool(blocked)

    async def unblock(self, tx: Writer, member_ref: int) -> bool:
        """Let a member make clips again; False when nothing kept them from it."""
        return bool(await tx.execute(self._sql["unblock"], member_ref=member_ref))

    async def pause_of(self, tx: Reader, member_ref: int, now_ms: int) -> Pause | None:
        """The pause that lasts now."""
        row = await tx.one(self._sql["member_pause"], member_ref=member_ref, now_ms=now_ms)
        return None if row is None else Pause(row["reason"], row["paused_by"], row["at_ms"], row["until_ms"])

    async def pause(self, tx: Writer, member_ref: int, *, reason: str, by: str, now_ms: int, until_ms: int) -> None:
        """Let a member make nothing until then, instead of what was said before."""
        await tx.execute(
            self._sql["pause_member"],
            member_ref=member_ref,
            reason=reason,
            paused_by=by,
            now_ms=now_ms,
            until_ms=until_ms,
        )

    async def unpause(self, tx: Writer, member_ref: int) -> bool:
        """End a member's pause; False when there was none."""
        return bool(await tx.execute(self._sql["unpause_member"], member_ref=member_ref))

    async def strike(
        self, tx: Writer, kind: StrikeKind, *, guild_id: int, member_ref: int, job_id: str, by: str, now_ms: int
    ) -> bool:
        """Give a strike for a job; False when it brought one of that kind before."""
        given = await tx.execute(
            self._sql["add_strike"],
            kind=kind,
            guild_id=guild_id,
            member_ref=member_ref,
            job_id=job_id,
            given_by=by,
            now_ms=now_ms,
        )
        return bool(given)

    async def pardon(self, tx: Writer, member_ref: int, now_ms: int) -> None:
        """The strikes of a member so far weigh nothing any more; for their guild they do."""
        await tx.execute(self._sql["pardon"], member_ref=member_ref, now_ms=now_ms)

    async def strikes_of_member(self, tx: Reader, member_ref: int, now_ms: int) -> list[Strike]:
        """What still weighs since they were pardoned, newest first."""
        since_ms = now_ms - REMEMBERED_MS
        rows = await tx.all(self._sql["strikes_of_member"], member_ref=member_ref, since_ms=since_ms)
        return [Strike(row["kind"], row["job_id"], row["at_ms"]) for row in rows]

    async def provider_strikes_of_member(self, tx: Reader, member_ref: int, now_ms: int) -> list[int]:
        """When Segmind refused something of this member that still weighs, newest first."""
        return [one.at_ms for one in await self.strikes_of_member(tx, member_ref, now_ms) if one.kind == "provider"]

    async def provider_strikes_of_guild(self, tx: Reader, guild_id: int, now_ms: int) -> list[int]:
        """When Segmind refused something of this guild that still weighs since it began anew, newest first."""
        since_ms = now_ms - REMEMBERED_MS
        rows = await tx.all(self._sql["provider_strikes_of_guild"], guild_id=guild_id, since_ms=since_ms)
        return [row["at_ms"] for row in rows]

    # The pause of a guild

    async def begin_anew(self, tx: Writer, guild_id: int, now_ms: int) -> None:
        """What Segmind refused so far counts for the guild no more; for each member it does."""
        await tx.execute(self._sql["count_for_guild_from"], guild_id=guild_id, now_ms=now_ms)

    async def was_told_of_pause(self, tx: Reader, guild_id: int, *, since_ms: int) -> bool:
        """Whether the moderators of a guild know of its pause that began then."""
        row = await tx.one(self._sql["pause_that_was_told"], guild_id=guild_id)
        return row is not None and row["told_since_ms"] == since_ms

    async def told_of_pause(self, tx: Writer, guild_id: int, *, since_ms: int) -> None:
        """They know of it now."""
        await tx.execute(self._sql["told_of_pause"], guild_id=guild_id, since_ms=since_ms)
