"""What goes of a member's data. Every method works inside a transaction that a service opened."""

from __future__ import annotations

import asyncio
import json

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import wordless
from klapper.privacy.own_rows import START, LastRead, OwnRows

JOBS_AT_ONCE = 50  # between two looks at what else there is to do


class Scrubbing:
    """Keeps: amounts, verdicts, outcomes and times stay as they were; no text and no image of the member does.

    What other people wrote stays, except about the member's jobs. What the member wrote as a moderator about others
    (reasons of blocks, notes) belongs to those decisions and stays as long as they do.
    """

    def __init__(self) -> None:
        self._sql = load_queries("klapper.privacy")
        self._own = OwnRows()

    async def forget_jobs(self, tx: Writer, member_ref: int, now_ms: int) -> int:
        """All of a member's jobs, which have ended; how many there were. Others get their turn in between."""
        after, jobs = START, 0
        while found := await self._jobs_after(tx, member_ref, after):
            await self._forget(tx, found, now_ms)
            jobs += len(found)
            after = LastRead(found[-1]["created_at_ms"], found[-1]["job_id"])
            await asyncio.sleep(0)
        return jobs

    async def forget_requests(self, tx: Writer, guild_id: int, user_id: int) -> None:
        """What somebody has begun or was refused, also who never was a member in the books."""
        hashes: set[str] = set()
        for row in await self._own.drafts(tx, guild_id, user_id):
            hashes |= _images(row)
        for row in await self._own.refused_requests(tx, guild_id, user_id):
            hashes |= _images(row)
        await tx.execute(self._sql["drop_drafts"], guild_id=guild_id, user_id=user_id)
        await tx.execute(self._sql["drop_refused_requests"], guild_id=guild_id, user_id=user_id)
        await self._give_up(tx, hashes)

    async def forget_words(self, tx: Writer, guild_id: int, member_ref: int, *, actor: str) -> None:
        """What a member chose, and wrote elsewhere than in requests. actor: the member as the books name them."""
        await tx.execute(self._sql["drop_choices"], member_ref=member_ref)
        await tx.execute(self._sql["forget_reports"], member_ref=member_ref)
        await tx.execute(self._sql["forget_entries_by"], guild_id=guild_id, actor=actor)
        await tx.execute(self._sql["forget_entries_about_jobs_and_credits"], member_ref=member_ref)

    async def forget_old_words(self, tx: Writer, *, before_ms: int, watched_since_ms: int, rows: int) -> int:
        """The texts of jobs that ended before; how many jobs, at most `rows`.

        watched_since_ms: what was sent since and may still turn up is known by what was sent, and keeps it.
        """
        found = await tx.all(self._sql["old_words"], before_ms=before_ms, watched_since_ms=watched_since_ms, rows=rows)
        for row in found:
            await tx.execute(self._sql["forget_words_of_job"], job_id=row["job_id"], request=wordless(row["request"]))
        return len(found)

    async def _jobs_after(self, tx: Reader, member_ref: int, after: LastRead) -> list[Row]:
        return await tx.all(
            self._sql["jobs_to_forget"],
            member_ref=member_ref,
            after_ms=after.at_ms,
            after_id=after.id,
            rows=JOBS_AT_ONCE,
        )

    async def _forget(self, tx: Writer, jobs: list[Row], now_ms: int) -> None:
        job_ids = json.dumps([row["job_id"] for row in jobs])
        images = await self._own.images_of_jobs(tx, [row["job_id"] for row in jobs])
        for row in jobs:
            await tx.execute(self._sql["forget_job"], job_id=row["job_id"], request=wordless(row["request"]))
        await tx.execute(self._sql["take_away"], job_ids=job_ids, now_ms=now_ms)
        await tx.execute(self._sql["take_cards_away"], job_ids=job_ids)
        await tx.execute(self._sql["forget_cases"], job_ids=job_ids)
        await tx.execute(self._sql["forget_images_of_jobs"], job_ids=job_ids)
        await self._give_up(tx, {row["sha256"] for row in images})

    async def _give_up(self, tx: Writer, hashes: set[str]) -> None:
        if hashes:
            await tx.execute(self._sql["give_images_up"], hashes=json.dumps(sorted(hashes)))


def _images(row: Row) -> set[str]:
    try:
        return set(VideoRequest.from_json(row["request"]).images())
    except ValueError:
        return set()
