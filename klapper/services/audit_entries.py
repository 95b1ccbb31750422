"""Entries of the audit that are about a job: whose it is, and in which guild, stands in the job."""

from __future__ import annotations

from klapper.jobs.job import Job
from klapper.moderation.audit import Action, Entry


def about_job(
    job: Job,
    action: Action,
    *,
    by: str,
    now_ms: int,
    decision_id: int | None = None,
    rule: str = "",
    detail: str = "",
    words: str = "",
) -> Entry:
    """by: an actor. words: what a person wrote."""
    return Entry(
        guild_id=job.guild_id,
        at_ms=now_ms,
        actor=by,
        action=action,
        member_ref=job.member_ref,
        job_id=job.job_id,
        decision_id=decision_id,
        rule=rule,
        detail=detail,
        words=words,
    )
