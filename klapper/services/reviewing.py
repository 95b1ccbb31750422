"""Jobs that enter and leave the review: their cases follow them, in the same transaction."""

from __future__ import annotations

from klapper.database.database import Writer
from klapper.jobs.job import Job, JobStatus
from klapper.moderation.audit import Action, AuditLog
from klapper.moderation.cases import CaseStore, Outcome
from klapper.moderation.reasons import Reason
from klapper.services.audit_entries import about_job

BLOCKED = "member_blocked"
REPLACED = "replaced"
WITHDRAWN = "cancelled"

# A job of these states may have entered the review, or left it, just now.
AROUND_REVIEW = frozenset(
    {
        JobStatus.IN_REVIEW,
        JobStatus.WAITING,
        JobStatus.REJECTED,
        JobStatus.CANCELLED,
        JobStatus.EXPIRED,
        JobStatus.FAILED,
    }
)


class Reviewing:
    """Keeps: a job is in review exactly while it has an open case of that kind."""

    def __init__(self, cases: CaseStore, audit: AuditLog) -> None:
        self._cases = cases
        self._audit = audit

    async def enter(
        self, tx: Writer, job: Job, *, reasons: tuple[Reason, ...], by: str, now_ms: int, words: str = ""
    ) -> None:
        """The job waits for a moderator from now on."""
        await self._cases.open(
            tx,
            "review",
            guild_id=job.guild_id,
            job_id=job.job_id,
            by=by,
            now_ms=now_ms,
            reasons=reasons,
            words=words,
        )

    async def leave(
        self, tx: Writer, job: Job, to: JobStatus, *, reason: str, by: str, now_ms: int, note: str = ""
    ) -> None:
        """The job does not wait for a moderator any more."""
        case = await self._cases.open_of_job(tx, job.job_id, "review")
        if case is None:
            return
        outcome = _outcome(to, reason)
        await self._cases.close(tx, case.case_id, outcome, by=by, now_ms=now_ms, note=note)
        action = _ACTIONS.get(outcome)
        if action is not None:
            await self._audit.add(tx, about_job(job, action, by=by, now_ms=now_ms))


# What nobody decided; a verdict is written down with its decision.
_ACTIONS = {
    Outcome.EXPIRED: Action.REVIEW_EXPIRED,
    Outcome.WITHDRAWN: Action.REVIEW_WITHDRAWN,
    Outcome.REPLACED: Action.REVIEW_REPLACED,
}
_CANCELLED = {REPLACED: Outcome.REPLACED, WITHDRAWN: Outcome.WITHDRAWN, BLOCKED: Outcome.BLOCKED}


def _outcome(to: JobStatus, reason: str) -> Outcome:
    match to:
        case JobStatus.WAITING:
            return Outcome.APPROVED
        case JobStatus.REJECTED:
            return Outcome.BLOCKED if reason == BLOCKED else Outcome.REJECTED
        case JobStatus.EXPIRED:
            return Outcome.EXPIRED
        case JobStatus.CANCELLED:
            return _CANCELLED.get(reason, Outcome.MOOT)
        case _:
            return Outcome.MOOT
