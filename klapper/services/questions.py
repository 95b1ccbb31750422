"""What a member is asked before a job is made. Each question is a draft, so its answer may come after a restart."""

from __future__ import annotations

from dataclasses import replace

from klapper.clock import SECOND_MS
from klapper.database.database import Reader, Writer
from klapper.drafts.draft import KEPT_MS, Draft, DraftKind, Why, new_draft_id
from klapper.drafts.store import DraftStore
from klapper.errors import RequestRefused
from klapper.jobs.job import Job
from klapper.jobs.store import JobStore
from klapper.services import refusals
from klapper.services.quoting import Priced

REPEAT_S = 10.0  # who sends the same once more so soon thinks that it was lost


class Questions:
    """Keeps: nobody is asked twice about the same price, and nobody pays another price than the one they saw."""

    def __init__(self, *, drafts: DraftStore, jobs: JobStore, confirm_above: int, repeat_s: float = REPEAT_S) -> None:
        self._drafts = drafts
        self._jobs = jobs
        self._confirm_above = confirm_above
        self._repeat_ms = round(repeat_s * SECOND_MS)

    async def about(self, tx: Writer, job: Job, priced: Priced) -> Draft | None:
        """The question to ask before this job is made, stored; None when there is none.

        Raises RequestRefused when the job's draft is over, or is not what the job was made of.
        """
        if job.draft_id is not None:
            return await self._about_draft(tx, job.draft_id, job, priced)
        why, repeat_of = await self._why(tx, job)
        if why is Why.NOTHING:
            return None
        draft = _quote(job, priced, why, repeat_of)
        await self._drafts.add(tx, draft)
        return draft

    async def live_draft(self, tx: Reader, draft_id: str, now_ms: int) -> Draft:
        """A draft that can still be let go. Raises RequestRefused (`draft_over`)."""
        draft = await self._drafts.get(tx, draft_id)
        if draft is None or not draft.is_live(now_ms):
            raise refusals.draft_over()
        return draft

    async def _why(self, tx: Reader, job: Job) -> tuple[Why, str | None]:
        since_ms = job.created_at_ms - self._repeat_ms
        before = await self._jobs.recent_equal(tx, job.member_ref, job.body_hash, since_ms=since_ms)
        if before is not None:
            return Why.REPEAT, before.job_id
        is_dear = self._confirm_above and job.price.credits > self._confirm_above
        return (Why.PRICE, None) if is_dear else (Why.NOTHING, None)

    async def _about_draft(self, tx: Writer, draft_id: str, job: Job, priced: Priced) -> Draft | None:
        draft = await self.live_draft(tx, draft_id, job.created_at_ms)
        if draft.request != priced.resolved.asked:
            raise RequestRefused("draft_changed", "This draft was changed at the same moment: look at it again.")
        if draft.price_credits == job.price.credits:
            return None
        asked = replace(
            draft,
            why=Why.PRICE_CHANGED,
            price_credits=job.price.credits,
            price_version=job.price.version,
            expires_at_ms=job.created_at_ms + KEPT_MS,
        )
        await self._drafts.save(tx, asked)
        return asked


def _quote(job: Job, priced: Priced, why: Why, repeat_of: str | None) -> Draft:
    assert job.user_id is not None
    return Draft(
        draft_id=new_draft_id(),
        kind=DraftKind.QUOTE,
        guild_id=job.guild_id,
        channel_id=job.channel_id,
        user_id=job.user_id,
        request=priced.resolved.asked,
        created_at_ms=job.created_at_ms,
        expires_at_ms=job.created_at_ms + KEPT_MS,
        deliver_to=job.deliver_to,
        spoiler=job.spoiler,
        parent_job_id=job.parent_job_id,
        why=why,
        repeat_of=repeat_of,
        price_credits=job.price.credits,
        price_version=job.price.version,
    )
