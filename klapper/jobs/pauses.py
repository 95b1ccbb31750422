"""What is not sent at the moment, and why: pauses that Segmind caused and pauses that a guild wants."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries

ALL = "all"  # the scope of a pause that stops every model


@dataclass(frozen=True, slots=True)
class ProviderPause:
    """Nothing (`scope` = all) or nothing of one model (its slug) is sent until `reason` is gone.

    reason: bad_key | no_credits | low_balance | team_limit | forbidden | retired.
    """

    scope: str
    reason: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class GuildPause:
    guild_id: int
    paused_by: str
    since_ms: int


class PauseStore:
    """Pauses in the database, so that they survive a restart and every process sees them."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.jobs")

    async def pause_provider(self, tx: Writer, scope: str, reason: str, now_ms: int) -> bool:
        """Stop sending; False when that scope was paused already (its first reason stays)."""
        return bool(await tx.execute(self._sql["pause_provider"], scope=scope, reason=reason, now_ms=now_ms))

    async def resume_provider(self, tx: Writer, scope: str, *, reason: str | None = None) -> bool:
        """Go on; with `reason` only when that is why it was paused. False when nothing was lifted."""
        return bool(await tx.execute(self._sql["resume_provider"], scope=scope, reason=reason))

    async def provider(self, tx: Reader) -> list[ProviderPause]:
        """Everything that is paused because of Segmind's answers."""
        rows = await tx.all(self._sql["provider_pauses"])
        return [ProviderPause(row["scope"], row["reason"], row["since_ms"]) for row in rows]

    async def pause_guild(self, tx: Writer, guild_id: int, *, by: str, now_ms: int) -> bool:
        """Stop a guild; False when it was paused already."""
        return bool(await tx.execute(self._sql["pause_guild"], guild_id=guild_id, paused_by=by, now_ms=now_ms))

    async def resume_guild(self, tx: Writer, guild_id: int, now_ms: int) -> bool:
        """Let a guild go on; the pause does not count as waiting time. False when it was not paused."""
        pause = await self.guild(tx, guild_id)
        if pause is None:
            return False
        await tx.execute(self._sql["move_waiting_clock"], guild_id=guild_id, since_ms=pause.since_ms, now_ms=now_ms)
        await tx.execute(self._sql["resume_guild"], guild_id=guild_id)
        return True

    async def guilds_by(self, tx: Reader, by: str) -> list[GuildPause]:
        """The guilds that this actor paused, the first one first."""
        rows = await tx.all(self._sql["guild_pauses_by"], paused_by=by)
        return [GuildPause(row["guild_id"], row["paused_by"], row["since_ms"]) for row in rows]

    async def guild(self, tx: Reader, guild_id: int) -> GuildPause | None:
        """The guild's pause, None when it is running."""
        row = await tx.one(self._sql["guild_pause"], guild_id=guild_id)
        return None if row is None else GuildPause(row["guild_id"], row["paused_by"], row["since_ms"])
