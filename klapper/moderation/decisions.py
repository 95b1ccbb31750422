"""Decisions in the database."""

from __future__ import annotations

import json
from dataclasses import dataclass

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.moderation.policy import JUDGE_NO_REQUEST, Decision, Verdict
from klapper.moderation.reasons import from_json, to_json
from klapper.moderation.rules import Level


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was written down. decided_by: `klapper`, or a moderator as `member:<member_ref>`."""

    decision_id: int
    guild_id: int
    member_ref: int
    content_hash: str
    decision: Decision
    decided_by: str
    at_ms: int


class DecisionStore:
    """Keeps: a decision names the hash of exactly the text and images it is about, and is never changed."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def add(
        self,
        tx: Writer,
        decision: Decision,
        content_hash: str,
        *,
        guild_id: int,
        member_ref: int,
        decided_by: str,
        now_ms: int,
    ) -> int:
        """Write a decision down; its id."""
        row = await tx.one(
            self._sql["add_decision"],
            guild_id=guild_id,
            member_ref=member_ref,
            content_hash=content_hash,
            verdict=decision.verdict.value,
            rule=decision.rule,
            decided_by=decided_by,
            reasons=to_json(decision.reasons),
            detail=decision.detail,
            rules_version=decision.rules_version,
            level=decision.level.value,
            now_ms=now_ms,
        )
        assert row is not None
        return int(row["decision_id"])

    async def refused_of_member(self, tx: Reader, member_ref: int, rows: int) -> list[Recorded]:
        """What was last refused to a member, newest first."""
        found = await tx.all(self._sql["refused_of_member"], member_ref=member_ref, rows=rows)
        return [_recorded(row) for row in found]

    async def count_refused(self, tx: Reader, member_ref: int) -> int:
        """How often Klapper judged a member's request and refused it: no moderator's no, no ban, no closed place."""
        besides = json.dumps(sorted(JUDGE_NO_REQUEST))
        row = await tx.one(self._sql["count_refused_of_member"], member_ref=member_ref, besides=besides)
        assert row is not None
        return int(row["refusals"])

    async def get(self, tx: Reader, decision_id: int) -> Recorded | None:
        """A decision, None when there is none of that id."""
        row = await tx.one(self._sql["decision"], decision_id=decision_id)
        return None if row is None else _recorded(row)


def _recorded(row: Row) -> Recorded:
    decision = Decision(
        Verdict(row["verdict"]),
        row["rule"],
        reasons=from_json(row["reasons"]),
        detail=row["detail"],
        rules_version=row["rules_version"],
        level=Level(row["level"]),
    )
    return Recorded(
        row["decision_id"],
        row["guild_id"],
        row["member_ref"],
        row["content_hash"],
        decision,
        row["decided_by"],
        row["at_ms"],
    )
