"""A changed request and the one in review whose place it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from klapper.database.database import Reader
from klapper.drafts.draft import Draft, Why
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import JobStore
from klapper.moderation.cases import CaseStore
from klapper.services import refusals


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A request that its author changes, as it stands. changed_to: the id of the job that took its place."""

    job: Job
    changed_to: str | None = None

    @property
    def is_in_review(self) -> bool:
        return self.job.status is JobStatus.IN_REVIEW


class Replacing:
    """Keeps: a changed request takes the place of one in review; where that was decided first, of none, and only after
    its author was shown so.
    """

    def __init__(self, *, jobs: JobStore, cases: CaseStore) -> None:
        self._jobs = jobs
        self._cases = cases

    async def in_review(self, tx: Reader, job_id: str | None) -> Job | None:
        """The job whose place is to be taken, if any. Raises RequestRefused (`review_over`) when it is decided."""
        reviewed = await self._reviewed(tx, job_id)
        if reviewed is None:
            return None
        if not reviewed.is_in_review:
            raise refusals.review_over(reviewed.job, reviewed.changed_to)
        return reviewed.job

    async def of_draft(self, tx: Reader, draft: Draft) -> Reviewed | None:
        """What a draft changes, or was to change when it was decided."""
        return await self._reviewed(tx, draft.parent_job_id if draft.why is Why.REVIEW_OVER else draft.replaces)

    async def comes_too_late(self, tx: Reader, draft: Draft | None) -> bool:
        """Whether what a draft changes was decided, and its author has not been shown so."""
        if draft is None or draft.replaces is None:
            return False
        reviewed = await self._reviewed(tx, draft.replaces)
        return reviewed is None or not reviewed.is_in_review

    async def let_go(self, tx: Reader, draft: Draft) -> Draft:
        """The draft as it is to be saved: one that comes too late takes nobody's place, and says so from then on."""
        return replace(draft, replaces=None, why=Why.REVIEW_OVER) if await self.comes_too_late(tx, draft) else draft

    async def _reviewed(self, tx: Reader, job_id: str | None) -> Reviewed | None:
        job = None if job_id is None else await self._jobs.get(tx, job_id)
        return None if job is None else Reviewed(job, await self._cases.took_place_of(tx, job.job_id))
