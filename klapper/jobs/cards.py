"""Where each job's message is, what it shows, and which messages the bot tried to post."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries
from klapper.errors import JobConflict

PostStep = Literal["card", "clip", "end"]
LostReason = Literal["deleted", "channel_gone", "forbidden", "too_old"]


@dataclass(frozen=True, slots=True)
class Card:
    """The one message of a job.

    message_id: None until it is known. shown: fingerprint of what it shows. lost: why it cannot be edited, or ''.
    """

    job_id: str
    channel_id: int
    message_id: int | None
    shown: str
    posted_at_ms: int | None
    lost: str


@dataclass(frozen=True, slots=True)
class CardPlace:
    """The message of a card. guild_id: None for one in direct messages."""

    guild_id: int | None
    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Post:
    """A message that the bot posts by itself. tried_at_ms: the first attempt; message_id: None while unanswered."""

    tried_at_ms: int
    message_id: int | None


class CardStore:
    """Keeps:

    - a card's message is set once;
    - an attempt to post is on disk before the post leaves, and there is none for a job that somebody deleted.
    """

    def __init__(self) -> None:
        self._sql = load_queries("klapper.jobs")

    async def add(self, tx: Writer, job_id: str, channel_id: int) -> None:
        """A new job's card, its message not known yet."""
        await tx.execute(self._sql["add_card"], job_id=job_id, channel_id=channel_id)

    async def get(self, tx: Reader, job_id: str) -> Card | None:
        """The card of a job."""
        row = await tx.one(self._sql["card"], job_id=job_id)
        if row is None:
            return None
        return Card(row["job_id"], row["channel_id"], row["message_id"], row["shown"], row["posted_at_ms"], row["lost"])

    async def places(self, tx: Reader, job_ids: Iterable[str]) -> dict[str, CardPlace]:
        """Where the cards of these jobs are, of those that can still be seen."""
        rows = await tx.all(self._sql["reachable_cards"], job_ids=json.dumps(list(job_ids)))
        return {
            row["job_id"]: CardPlace(
                row["guild_id"] if row["deliver_to"] == "here" else None, row["channel_id"], row["message_id"]
            )
            for row in rows
        }

    async def job_of(self, tx: Reader, message_id: int) -> str | None:
        """The job whose card, clip or ping this message is; None when that was not written down."""
        row = await tx.one(self._sql["job_of_message"], message_id=message_id)
        return None if row is None else str(row["job_id"])

    async def place(
        self, tx: Writer, job_id: str, *, channel_id: int, message_id: int, shown: str, state: str, now_ms: int
    ) -> bool:
        """The card's message is known, and what it shows as in `show`; False when another one was known before."""
        changed = await tx.execute(
            self._sql["place_card"],
            job_id=job_id,
            channel_id=channel_id,
            message_id=message_id,
            shown=shown,
            shown_state=state,
            now_ms=now_ms,
        )
        return bool(changed)

    async def show(self, tx: Writer, job_id: str, shown: str, state: str) -> None:
        """The message shows this now. shown: its fingerprint. state: of its job, '' when that is not known."""
        await tx.execute(self._sql["show_card"], job_id=job_id, shown=shown, shown_state=state)

    async def lose(self, tx: Writer, job_id: str, why: LostReason) -> None:
        """The message can no longer be edited; the first reason stays."""
        await tx.execute(self._sql["lose_card"], job_id=job_id, lost=why)

    async def close(self, tx: Writer, job_id: str, why: LostReason) -> None:
        """A deleted job's card is gone, or cannot be taken away; the first reason stays."""
        await tx.execute(self._sql["close_card"], job_id=job_id, lost=why)

    async def outdate(self, tx: Writer, job_id: str) -> None:
        """The card shows less than what is so, until it is shown again: a start looks at it too."""
        await tx.execute(self._sql["outdate_card"], job_id=job_id)

    async def unsettled(self, tx: Reader) -> list[str]:
        """Ids of the jobs whose card may have to change, for the start."""
        return [row["job_id"] for row in await tx.all(self._sql["card_jobs"])]

    async def post(self, tx: Reader, job_id: str, step: PostStep) -> Post | None:
        """The attempt at this step, None when there was none."""
        row = await tx.one(self._sql["post"], job_id=job_id, step=step)
        return None if row is None else Post(row["tried_at_ms"], row["message_id"])

    async def try_post(self, tx: Writer, job_id: str, step: PostStep, now_ms: int, *, since_ms: int = 0) -> None:
        """Write the attempt down before it is made. An attempt before `since_ms` was about something else.

        Raises JobConflict when somebody deleted the job.
        """
        if await tx.one(self._sql["is_removed"], job_id=job_id) is not None:
            raise JobConflict(f"Job {job_id} was deleted: nothing is posted for it any more.")
        await tx.execute(self._sql["try_post"], job_id=job_id, step=step, now_ms=now_ms, since_ms=since_ms)

    async def posted(self, tx: Writer, job_id: str, step: PostStep, message_id: int) -> None:
        """The attempt became this message."""
        await tx.execute(self._sql["posted"], job_id=job_id, step=step, message_id=message_id)

    async def posts(self, tx: Reader, job_id: str) -> dict[PostStep, Post]:
        """Every attempt of a job that was not forgotten."""
        rows = await tx.all(self._sql["posts_of_job"], job_id=job_id)
        return {row["step"]: Post(row["tried_at_ms"], row["message_id"]) for row in rows}

    async def direct_channel(self, tx: Reader, member_ref: int) -> int | None:
        """The direct messages of a forgotten member, as long as something of ours may be there."""
        row = await tx.one(self._sql["direct_channel"], member_ref=member_ref)
        return None if row is None else row["dm_channel_id"]

    async def forget_post(self, tx: Writer, job_id: str, step: PostStep) -> None:
        """Its message is gone for good."""
        await tx.execute(self._sql["forget_post"], job_id=job_id, step=step)
