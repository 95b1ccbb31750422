"""Refused requests, kept as long as they can be appealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from klapper.clock import DAY_MS
from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries
from klapper.kling.request import VideoRequest

APPEALABLE_MS = DAY_MS  # after the refusal; then the request is forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """A request as it was asked for. decision_id: of the refusal. replaces: the job in review whose place it was to
    take. appealed_at_ms: None while nobody did.
    """

    decision_id: int
    guild_id: int
    channel_id: int
    user_id: int
    request: VideoRequest
    deliver_to: Literal["here", "dm"]
    spoiler: bool
    parent_job_id: str | None
    refused_at_ms: int
    replaces: str | None = None
    appealed_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class BeforeModerators:
    """A job about the same content. is_declined: they said no to it; else it waits for them."""

    job_id: str
    is_declined: bool


class RefusedRequestStore:
    """Keeps: a refused request is appealed once."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def add(self, tx: Writer, refused: RefusedRequest) -> None:
        """Keep a request, in the transaction that writes its refusal."""
        await tx.execute(
            self._sql["add_refused_request"],
            decision_id=refused.decision_id,
            guild_id=refused.guild_id,
            channel_id=refused.channel_id,
            user_id=refused.user_id,
            request=refused.request.to_json(),
            deliver_to=refused.deliver_to,
            spoiler=int(refused.spoiler),
            parent_job_id=refused.parent_job_id,
            replaces=refused.replaces,
            refused_at_ms=refused.refused_at_ms,
        )

    async def get(self, tx: Reader, decision_id: int) -> RefusedRequest | None:
        """One request, None when it is not kept (any more)."""
        row = await tx.one(self._sql["refused_request"], decision_id=decision_id)
        if row is None:
            return None
        return RefusedRequest(
            decision_id=row["decision_id"],
            guild_id=row["guild_id"],
            channel_id=row["channel_id"],
            user_id=row["user_id"],
            request=VideoRequest.from_json(row["request"]),
            deliver_to=row["deliver_to"],
            spoiler=bool(row["spoiler"]),
            parent_job_id=row["parent_job_id"],
            refused_at_ms=row["refused_at_ms"],
            replaces=row["replaces"],
            appealed_at_ms=row["appealed_at_ms"],
        )

    async def appeal(self, tx: Writer, decision_id: int, now_ms: int) -> bool:
        """It is appealed from now on; False when it was so before."""
        return bool(await tx.execute(self._sql["appeal_refused_request"], decision_id=decision_id, now_ms=now_ms))

    async def before_moderators(
        self, tx: Reader, member_ref: int, content_hash: str, *, besides: str | None, since_ms: int
    ) -> BeforeModerators | None:
        """What moderators have of a member with exactly this content, or declined since. besides: this one."""
        row = await tx.one(
            self._sql["before_moderators"],
            member_ref=member_ref,
            content_hash=content_hash,
            besides=besides or "",
            since_ms=since_ms,
        )
        return None if row is None else BeforeModerators(row["job_id"], row["status"] == "rejected")
