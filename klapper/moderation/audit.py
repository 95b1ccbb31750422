"""What was decided and done, by whom and why: a line each, in the order in which it was committed."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.database.database import Writer
from klapper.database.queries import load_queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """action: a code. actor: who did it; member_ref: whom it is about. words: what a person wrote; goes first."""

    guild_id: int
    at_ms: int
    actor: str
    action: str
    member_ref: int | None = None
    job_id: str | None = None
    decision_id: int | None = None
    rule: str = ""
    detail: str = ""
    words: str = ""


class AuditLog:
    """Keeps: lines are added and never changed, except that retention takes the words out."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def add(self, tx: Writer, entry: Entry) -> None:
        """Write a line in the transaction that does what it says."""
        await tx.execute(
            self._sql["add_entry"],
            guild_id=entry.guild_id,
            at_ms=entry.at_ms,
            actor=entry.actor,
            action=entry.action,
            member_ref=entry.member_ref,
            job_id=entry.job_id,
            decision_id=entry.decision_id,
            rule=entry.rule,
            detail=entry.detail,
            words=entry.words,
        )
