"""How far each finished job's clip has come, apart from the job's status."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.errors import JobConflict
from klapper.jobs.job import LONGEST_REST_MS, DeliveryState

QUIET = "quiet"
UNREACHABLE = "unreachable"  # why a clip is undeliverable: no way to its requester was open
HELD = "held_for_moderators"  # why a clip is undeliverable: its requester is blocked


class CopyState(StrEnum):
    """What is brought, or will be, instead of the clip as it came."""

    NONE = ""  # the clip itself, or its link
    SHRINKING = "shrinking"  # a smaller copy is being made
    CONVERTING = "converting"  # a copy is being made because Discord does not play the clip where it is posted
    SMALLER = "smaller"
    CONVERTED = "converted"
    FAILED = "failed"  # there is no copy: the clip as a file to load down, or its link


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of `deliveries`.

    reason: why it is undeliverable, who removed it (requester | moderator), or what the last try met. way: attached |
    linked | replied | dm | recovered, or quiet where nobody has to be pinged. media_path: of the clip below the media
    directory, None until it is there.
    told_at_ms: when the card showed the end and the requester had the one ping. copy_tries: copies that were begun.
    """

    job_id: str
    state: DeliveryState
    reason: str
    way: str
    media_path: str | None
    attempts: int
    not_before_ms: int
    told_at_ms: int | None
    since_ms: int
    copy: CopyState = CopyState.NONE
    copy_tries: int = 0


class DeliveryStore:
    """Keeps: a delivery row is written with the job's end; its state changes only from the one the caller saw."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.jobs")

    async def add(self, tx: Writer, job_id: str, state: DeliveryState, *, tell: bool, now_ms: int) -> None:
        """A job's end. tell: the requester is pinged when everything is done, not only shown it on the card."""
        way = "" if tell else QUIET
        await tx.execute(self._sql["add_delivery"], job_id=job_id, state=state.value, way=way, now_ms=now_ms)

    async def restart(self, tx: Writer, job_id: str, now_ms: int) -> None:
        """There is a clip after all. For a job that somebody deleted nothing changes."""
        await tx.execute(self._sql["restart_delivery"], job_id=job_id, now_ms=now_ms)

    async def get(self, tx: Reader, job_id: str) -> Delivery | None:
        """The delivery of a finished job."""
        row = await tx.one(self._sql["delivery"], job_id=job_id)
        return None if row is None else _delivery(row)

    async def due(self, tx: Reader, now_ms: int, rows: int) -> list[Delivery]:
        """Deliveries whose next step may be taken, longest waiting first."""
        return [
            _delivery(row)
            for row in await tx.all(
                self._sql["due_deliveries"], now_ms=now_ms, rows=rows, longest_rest_ms=LONGEST_REST_MS
            )
        ]

    async def needed_on_disk(self, tx: Reader, *, kept_since_ms: int) -> list[str]:
        """Ids of the jobs whose clip is not delivered yet, or kept for somebody not reached after `kept_since_ms`."""
        rows = await tx.all(self._sql["deliveries_on_disk"], kept_since_ms=kept_since_ms)
        return [row["job_id"] for row in rows]

    async def removed(self, tx: Reader, job_ids: Iterable[str]) -> set[str]:
        """Those of these jobs that somebody deleted."""
        rows = await tx.all(self._sql["removed_deliveries"], job_ids=json.dumps(list(job_ids)))
        return {row["job_id"] for row in rows}

    async def next_due_ms(self, tx: Reader, now_ms: int) -> int | None:
        """When the next step of any delivery that is not due yet may be taken."""
        row = await tx.one(self._sql["next_delivery"], now_ms=now_ms)
        return None if row is None else row["at_ms"]

    async def move(
        self, tx: Writer, delivery: Delivery, to: DeliveryState, *, reason: str = "", way: str = "", now_ms: int
    ) -> None:
        """Change the state. Raises JobConflict when it is no longer what the caller saw."""
        changed = await tx.execute(
            self._sql["move_delivery"],
            job_id=delivery.job_id,
            from_state=delivery.state.value,
            to_state=to.value,
            reason=reason,
            way=way,
            now_ms=now_ms,
        )
        if not changed:
            raise JobConflict(f"The delivery of job {delivery.job_id} is no longer {delivery.state}.")

    async def remove(self, tx: Writer, job_id: str, *, by: str, now_ms: int) -> None:
        """A person took it away: nothing is delivered or told any more. Once is enough; the first remover stays.

        Its messages are for the card board to take away, a card among them that could only not be edited any more.
        """
        await tx.execute(self._sql["remove_delivery"], job_id=job_id, by=by, now_ms=now_ms)
        await tx.execute(self._sql["reopen_card"], job_id=job_id)

    async def keep_media(self, tx: Writer, job_id: str, media_path: str) -> bool:
        """The clip is on disk; False when somebody deleted the job."""
        return await tx.execute(self._sql["keep_media"], job_id=job_id, media_path=media_path) > 0

    async def carry(self, tx: Writer, job_id: str, copy: CopyState) -> None:
        """What is about to be brought. Raises JobConflict when the delivery is not pending any more."""
        begun = copy in (CopyState.SHRINKING, CopyState.CONVERTING)
        if not await tx.execute(self._sql["carry_copy"], job_id=job_id, copy=copy.value, begun=int(begun)):
            raise JobConflict(f"The delivery of job {job_id} is no longer pending.")

    async def retry(self, tx: Writer, job_id: str, *, reason: str, not_before_ms: int) -> None:
        """The step did not work; try again later."""
        await tx.execute(self._sql["retry_delivery"], job_id=job_id, reason=reason, not_before_ms=not_before_ms)

    async def told(self, tx: Writer, job_id: str, now_ms: int) -> None:
        """The requester knows."""
        await tx.execute(self._sql["told"], job_id=job_id, now_ms=now_ms)

    async def upload_limit(self, tx: Reader, guild_id: int) -> int | None:
        """What a guild's channels take in bytes, where a 413 taught it."""
        row = await tx.one(self._sql["upload_limit"], guild_id=guild_id)
        return None if row is None else int(row["upload_limit_bytes"])

    async def learn_upload_limit(self, tx: Writer, guild_id: int, upload_limit_bytes: int) -> None:
        """Files must be at most this large."""
        await tx.execute(self._sql["learn_upload_limit"], guild_id=guild_id, upload_limit_bytes=upload_limit_bytes)


def _delivery(row: Row) -> Delivery:
    return Delivery(
        row["job_id"],
        DeliveryState(row["state"]),
        row["reason"],
        row["way"],
        row["media_path"],
        row["attempts"],
        row["not_before_ms"],
        row["told_at_ms"],
        row["since_ms"],
        CopyState(row["copy"]),
        row["copy_tries"],
    )
