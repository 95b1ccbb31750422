"""What a member is asked before a job is made. Each question is a draft, so its answer may come after a restart."""

from __future__ import annotations

from dataclasses import replace

from klapper.clock import SECOND_MS
from klapper.database.database import Reader, Writer
from klapper.drafts.draft import KEPT_MS, Draft, DraftKind, Why, new_draft_id
from klapper.drafts.store import DraftStore
from klapper.jobs.job import Job
from klapper.jobs.store import JobStore
from klapper.services import refusals
from klapper.services.quoting import Priced

REPEAT_S = 10.0  # who sends the same once more so soon thinks that it was lost


class Questions:
    """Keeps:

    - nobody pays another price than the one that stood on the button they pressed;
    - an interaction is answered with one question, however often its event arrives;
    - who repeats a request at once is asked whether they mean it, unless that was the question.
    """

    def __init__(self, *, drafts: DraftStore, jobs: JobStore, confirm_above: int, repeat_s: float = REPEAT_S) -> None:
        self._drafts = drafts
        self._jobs = jobs
        self._confirm_above = confirm_above
        self._repeat_ms = round(repeat_s * SECOND_MS)

    async def asked(self, tx: Reader, interaction_id: int) -> Draft | None:
        """The question that an interaction was answered with before."""
        return await self._drafts.of_interaction(tx, interaction_id)

    async def live_draft(self, tx: Reader, draft_id: str, revision: int | None, now_ms: int) -> Draft:
        """A draft that can still be let go, as its author saw it.

        Raises RequestRefused (`draft_over`, `draft_changed`).
        """
        draft = await self._drafts.get(tx, draft_id)
        if draft is None or not draft.is_live(now_ms):
            raise refusals.draft_over()
        if draft.revision != revision:
            raise refusals.draft_changed()
        return draft

    async def too_late(self, tx: Writer, draft: Draft, priced: Priced, now_ms: int) -> Draft:
        """A draft that takes nobody's place any more, stored with the price that its author is about to see."""
        shown = replace(
            draft,
            price_credits=priced.price.credits,
            price_version=priced.price.version,
            expires_at_ms=now_ms + KEPT_MS,
        )
        return await self._drafts.save(tx, shown)

    async def about(self, tx: Writer, job: Job, priced: Priced, draft: Draft | None) -> Draft | None:
        """The question to ask before this job is made, stored; None when there is none.

        draft: what it was let go in.
        """
        if draft is not None:
            return await self._about_draft(tx, draft, job)
        before = await self._before(tx, job)
        is_dear = self._confirm_above and job.price.credits > self._confirm_above
        if before is None and not is_dear:
            return None
        question = _quote(job, priced, Why.PRICE if before is None else Why.REPEAT, before)
        await self._drafts.add(tx, question)
        return question

    async def _before(self, tx: Reader, job: Job) -> str | None:
        """The job that this one would repeat."""
        since_ms = job.created_at_ms - self._repeat_ms
        before = await self._jobs.recent_equal(tx, job.member_ref, job.body_hash, since_ms=since_ms)
        return None if before is None else before.job_id

    async def _about_draft(self, tx: Writer, draft: Draft, job: Job) -> Draft | None:
        if draft.price_credits != job.price.credits:
            why, before = Why.PRICE_CHANGED, None
        elif draft.why is not Why.REPEAT and (before := await self._before(tx, job)) is not None:
            why = Why.REPEAT
        else:
            return None
        asked = replace(
            draft,
            why=why,
            repeat_of=before,
            price_credits=job.price.credits,
            price_version=job.price.version,
            expires_at_ms=job.created_at_ms + KEPT_MS,
        )
        return await self._drafts.save(tx, asked)


def _quote(job: Job, priced: Priced, why: Why, repeat_of: str | None) -> Draft:
    assert job.user_id is not None
    return Draft(
        draft_id=new_draft_id(),
        kind=DraftKind.QUOTE,
        guild_id=job.guild_id,
        channel_id=job.channel_id,
        user_id=job.user_id,
        asked_by=job.interaction_id,
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
