"""Decisions and blocked members in the database."""

from __future__ import annotations

from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries
from klapper.moderation.policy import Content, Decision


class DecisionStore:
    """Keeps: a decision names the hash of exactly the text and images it is about, and is never changed."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def add(
        self, tx: Writer, decision: Decision, content: Content, *, guild_id: int, member_ref: int, now_ms: int
    ) -> int:
        """Write a decision down; its id."""
        row = await tx.one(
            self._sql["add_decision"],
            guild_id=guild_id,
            member_ref=member_ref,
            content_hash=content.hash(),
            verdict=decision.verdict.value,
            rule=decision.rule,
            now_ms=now_ms,
        )
        assert row is not None
        return int(row["decision_id"])

    async def is_blocked(self, tx: Reader, member_ref: int) -> bool:
        """Whether the moderators blocked this member."""
        return await tx.one(self._sql["is_blocked"], member_ref=member_ref) is not None

    async def block(self, tx: Writer, member_ref: int, *, reason: str, by: str, now_ms: int) -> bool:
        """Block a member; False when that was so already."""
        blocked = await tx.execute(
            self._sql["block"], member_ref=member_ref, reason=reason, blocked_by=by, now_ms=now_ms
        )
        return bool(blocked)
