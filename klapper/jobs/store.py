"""Jobs in the database. Every method works inside a transaction that a service opened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from klapper.database.database import ConstraintViolated, Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.errors import JobConflict
from klapper.jobs.images import URL_TRUSTED_MS
from klapper.jobs.job import LONGEST_REST_MS, TERMINAL, TRANSITIONS, Job, JobEvent, JobStatus, Price
from klapper.jobs.send_limits import SendLimits


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change of status writes beside it; None leaves a field as it is."""

    provider_text: str | None = None
    not_before_ms: int | None = None
    waiting_since_ms: int | None = None
    decision_id: int | None = None
    sent: bool = False
    sent_body: str | None = None
    posted_at_ms: int | None = None
    request_id: str | None = None
    run_time_s: float | None = None
    media_url: str | None = None
    reported_cost_micro_usd: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A job of ours that Segmind took, by the id it gave it. is_made: Segmind said that it is finished."""

    request_id: str
    posted_at_ms: int
    is_made: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """The job whose turn it is. is_ready: False while Segmind does not have all of its images."""

    job: Job
    is_ready: bool


class Standing(NamedTuple):
    """A waiting job among the others. place: roughly, from 1. held_back: until the outcome of an equal one is known.

    behind_own: until one of its requester's jobs at Segmind ends, which are as many as may be there.
    """

    place: int
    not_before_ms: int
    held_back: bool
    behind_own: bool


class Permit(NamedTuple):
    """What lets a job wait where rules allowed it: its channel, and the level that this had to be of."""

    channel_id: int
    level: str


_NOTHING = Changes()


class JobStore:
    """Keeps: a status changes only along TRANSITIONS, from the status the caller saw, with a line in job_events."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.jobs")

    async def add(self, tx: Writer, job: Job, *, actor: str) -> None:
        """Write a new job. Raises JobConflict when its interaction or draft has one already."""
        values = {name: getattr(job, name) for name in _NEW_FIELDS}
        try:
            await tx.execute(
                self._sql["add_job"],
                **values,
                spoiler=int(job.spoiler),
                status=job.status.value,
                price_credits=job.price.credits,
                budget_units=job.price.budget_units,
                provider_cost_micro_usd=job.price.provider_cost_micro_usd,
                price_version=job.price.version,
            )
        except ConstraintViolated as error:
            if error.constraint in ("jobs.interaction_id", "jobs.draft_id"):
                raise JobConflict("This request has a job already.") from error
            raise
        await self._event(tx, job.job_id, None, job.status, "asked", actor, job.created_at_ms)

    async def move(
        self,
        tx: Writer,
        job: Job,
        to: JobStatus,
        *,
        reason: str,
        actor: str,
        now_ms: int,
        changes: Changes = _NOTHING,
    ) -> None:
        """Change a job's status. Raises JobConflict when it is no longer what the caller saw."""
        if to not in TRANSITIONS[job.status]:
            raise ValueError(f"{job.status} -> {to} is not in TRANSITIONS")
        changed = await tx.execute(
            self._sql["move_job"],
            job_id=job.job_id,
            from_status=job.status.value,
            to_status=to.value,
            reason=reason,
            at_ms=now_ms,
            provider_text=changes.provider_text,
            not_before_ms=changes.not_before_ms,
            waiting_since_ms=changes.waiting_since_ms,
            decision_id=changes.decision_id,
            sent=int(changes.sent),
            sent_body=changes.sent_body,
            posted_at_ms=changes.posted_at_ms,
            request_id=changes.request_id,
            finished_at_ms=now_ms if to in TERMINAL else None,
            run_time_s=changes.run_time_s,
            media_url=changes.media_url,
            reported_cost_micro_usd=changes.reported_cost_micro_usd,
        )
        if not changed:
            raise JobConflict(f"Job {job.job_id} is no longer {job.status}.")
        await self._event(tx, job.job_id, job.status, to, reason, actor, now_ms)

    async def note(self, tx: Writer, job: Job, *, reason: str, actor: str, now_ms: int) -> None:
        """Something was decided about a job without changing its status."""
        await self._event(tx, job.job_id, job.status, job.status, reason, actor, now_ms)

    async def get(self, tx: Reader, job_id: str) -> Job | None:
        """One job, None when there is none of that id."""
        row = await tx.one(self._sql["job"], job_id=job_id)
        return None if row is None else _job(row)

    async def of_interaction(self, tx: Reader, interaction_id: int) -> Job | None:
        """The job that an interaction made."""
        row = await tx.one(self._sql["job_of_interaction"], interaction_id=interaction_id)
        return None if row is None else _job(row)

    async def of_request(self, tx: Reader, request_id: str) -> Job | None:
        """The job that has this id at Segmind."""
        row = await tx.one(self._sql["job_of_request"], request_id=request_id)
        return None if row is None else _job(row)

    async def of_draft(self, tx: Reader, draft_id: str) -> Job | None:
        """The job that a draft became."""
        row = await tx.one(self._sql["job_of_draft"], draft_id=draft_id)
        return None if row is None else _job(row)

    async def recent_equal(self, tx: Reader, member_ref: int, body_hash: str, *, since_ms: int) -> Job | None:
        """The member's newest job since then that Segmind could not tell apart, None when there is none to speak of."""
        row = await tx.one(self._sql["recent_equal_job"], member_ref=member_ref, body_hash=body_hash, since_ms=since_ms)
        return None if row is None else _job(row)

    async def readdress(self, tx: Writer, job_id: str, media_url: str) -> None:
        """The clip of a finished job is somewhere else."""
        await tx.execute(self._sql["readdress"], job_id=job_id, media_url=media_url)

    async def events(self, tx: Reader, job_id: str) -> list[JobEvent]:
        """What happened to a job, oldest first."""
        return [_event(row) for row in await tx.all(self._sql["events"], job_id=job_id)]

    async def of_member(self, tx: Reader, member_ref: int, *, skip: int, rows: int) -> list[Job]:
        """A member's jobs, newest first, without the first `skip`."""
        found = await tx.all(self._sql["jobs_of_member"], member_ref=member_ref, skip=skip, rows=rows)
        return [_job(row) for row in found]

    async def unfinished(self, tx: Reader) -> list[Job]:
        """Every job that is not finished, oldest first."""
        return [_job(row) for row in await tx.all(self._sql["open_jobs"])]

    async def sent(self, tx: Reader) -> list[Job]:
        """Every unfinished job that was sent, oldest first."""
        return [_job(row) for row in await tx.all(self._sql["sent_jobs"])]

    async def recent(self, tx: Reader, rows: int) -> list[Job]:
        """The newest jobs of every guild."""
        return [_job(row) for row in await tx.all(self._sql["recent_jobs"], rows=rows)]

    async def measured(self, tx: Reader, rows: int) -> list[Job]:
        """The newest jobs that were made and whose run time is known, newest first."""
        return [_job(row) for row in await tx.all(self._sql["measured_jobs"], rows=rows)]

    async def abandoned(self, tx: Reader, *, since_ms: int) -> list[Job]:
        """Abandoned jobs with a request id, posted after `since_ms`."""
        return [_job(row) for row in await tx.all(self._sql["abandoned_jobs"], since_ms=since_ms)]

    async def unclear(self, tx: Reader, *, since_ms: int) -> list[Job]:
        """Jobs that were sent, perhaps, and have no request id: `unknown` ones, and abandoned ones posted since."""
        return [_job(row) for row in await tx.all(self._sql["unclear_jobs"], since_ms=since_ms)]

    async def known(self, tx: Reader, slug: str, *, from_ms: int, to_ms: int) -> list[Known]:
        """Every job of one model that was posted in these times and has a request id."""
        rows = await tx.all(self._sql["known_requests"], slug=slug, from_ms=from_ms, to_ms=to_ms)
        return [Known(row["request_id"], row["posted_at_ms"], row["status"] == JobStatus.SUCCEEDED) for row in rows]

    async def miss(self, tx: Writer, job: Job, now_ms: int) -> bool:
        """A good answer of the request history does not have it; False when it is not unclear any more."""
        return bool(await tx.execute(self._sql["miss_job"], job_id=job.job_id, now_ms=now_ms))

    async def claim(self, tx: Writer, job: Job, request_id: str) -> bool:
        """An abandoned job is this request; False when it has one already, or when another job has or may get it."""
        changed = await tx.execute(
            self._sql["claim_request"],
            job_id=job.job_id,
            request_id=request_id,
            slug=job.slug,
            body_hash=job.body_hash,
        )
        return bool(changed)

    async def overdue(self, tx: Reader, *, waiting_before_ms: int, review_before_ms: int) -> list[Job]:
        """Jobs that waited longer than they may."""
        found = await tx.all(
            self._sql["overdue"], waiting_before_ms=waiting_before_ms, review_before_ms=review_before_ms
        )
        return [_job(row) for row in found]

    async def of_retired_models(self, tx: Reader) -> list[Job]:
        """Jobs that were not sent and whose model Segmind no longer offers."""
        return [_job(row) for row in await tx.all(self._sql["of_retired_models"])]

    async def unsent_of_guild(self, tx: Reader, guild_id: int) -> list[Job]:
        """Jobs of a guild that were not sent."""
        return [_job(row) for row in await tx.all(self._sql["unsent_of_guild"], guild_id=guild_id)]

    async def permits(self, tx: Reader, guild_id: int) -> list[Permit]:
        """What the jobs that wait in a guild, and that no moderator allowed, depend on: each once."""
        found = await tx.all(self._sql["permits_of_waiting"], guild_id=guild_id)
        return [Permit(row["channel_id"], row["level"]) for row in found]

    async def waiting_by(self, tx: Reader, guild_id: int, permit: Permit) -> list[Job]:
        """The waiting jobs of a guild that depend on it, oldest first."""
        found = await tx.all(
            self._sql["waiting_by_permit"], guild_id=guild_id, channel_id=permit.channel_id, level=permit.level
        )
        return [_job(row) for row in found]

    async def unsent_of_member(self, tx: Reader, member_ref: int) -> list[Job]:
        """A member's jobs that were not sent, oldest first."""
        return [_job(row) for row in await tx.all(self._sql["unsent_of_member"], member_ref=member_ref)]

    async def of_blocked_members(self, tx: Reader) -> list[Job]:
        """Jobs that were not sent and whose requester may make nothing."""
        return [_job(row) for row in await tx.all(self._sql["of_blocked_members"])]

    async def waiting_of_member(self, tx: Reader, member_ref: int) -> int:
        """How many jobs a member has waiting, review included."""
        row = await tx.one(self._sql["waiting_of_member"], member_ref=member_ref)
        assert row is not None
        return int(row["jobs"])

    async def occupying(self, tx: Reader, *, stalled_before_ms: int) -> int:
        """How many jobs occupy a running slot."""
        row = await tx.one(self._sql["occupying"], stalled_before_ms=stalled_before_ms)
        assert row is not None
        return int(row["jobs"])

    async def next_to_send(
        self, tx: Reader, limits: SendLimits, now_ms: int, *, only_ready: bool, besides: Iterable[str] = ()
    ) -> Turn | None:
        """The waiting job whose turn it is, `besides` these ids; None when none may start."""
        row = await tx.one(
            self._sql["next_to_send"],
            now_ms=now_ms,
            trusted_since_ms=now_ms - URL_TRUSTED_MS,
            longest_rest_ms=LONGEST_REST_MS,
            running_per_guild=limits.running_per_guild,
            **limits.of_members(),
            only_ready=int(only_ready),
            besides=json.dumps(list(besides)),
        )
        return None if row is None else Turn(_job(row), bool(row["is_ready"]))

    async def rest(self, tx: Writer, job: Job, *, reason: str, not_before_ms: int) -> bool:
        """Leave a waiting job alone until then, its place kept; False when it is no longer waiting."""
        changed = await tx.execute(self._sql["rest_job"], job_id=job.job_id, reason=reason, not_before_ms=not_before_ms)
        return bool(changed)

    async def next_wake_ms(self, tx: Reader, now_ms: int) -> int | None:
        """When a waiting job's undo or leave-alone time ends."""
        row = await tx.one(self._sql["next_wake"], now_ms=now_ms)
        return None if row is None else row["at_ms"]

    async def serve(self, tx: Writer, job: Job, now_ms: int) -> None:
        """Write down that the job's guild and member had their turn."""
        await tx.execute(self._sql["serve_guild"], guild_id=job.guild_id, now_ms=now_ms)
        await tx.execute(self._sql["serve_member"], member_ref=job.member_ref, now_ms=now_ms)

    async def waiting_line(self, tx: Reader, limits: SendLimits) -> dict[str, Standing]:
        """Where each waiting job stands. Reads all of them."""
        held_back = {row["job_id"] for row in await tx.all(self._sql["held_back"])}
        rows = await tx.all(self._sql["full_members"], **limits.of_members())
        full = {row["member_ref"] for row in rows}
        rows = await tx.all(self._sql["waiting_line"])
        return {
            row["job_id"]: Standing(
                row["place"], row["not_before_ms"], row["job_id"] in held_back, row["member_ref"] in full
            )
            for row in rows
        }

    async def counts(self, tx: Reader) -> dict[str, int]:
        """How many unfinished jobs each status has."""
        return {row["status"]: row["jobs"] for row in await tx.all(self._sql["counts"])}

    async def _event(
        self, tx: Writer, job_id: str, from_: JobStatus | None, to: JobStatus, reason: str, actor: str, now_ms: int
    ) -> None:
        await tx.execute(
            self._sql["add_event"],
            job_id=job_id,
            from_status=None if from_ is None else from_.value,
            to_status=to.value,
            reason=reason,
            actor=actor,
            at_ms=now_ms,
        )


_NEW_FIELDS = (
    "job_id",
    "interaction_id",
    "draft_id",
    "parent_job_id",
    "guild_id",
    "channel_id",
    "member_ref",
    "decision_id",
    "request",
    "slug",
    "body_hash",
    "deliver_to",
    "created_at_ms",
    "status_at_ms",
    "waiting_since_ms",
    "not_before_ms",
)
_READ_FIELDS = (
    *_NEW_FIELDS,
    "reason",
    "provider_text",
    "reported_cost_micro_usd",
    "attempts",
    "posted_at_ms",
    "request_id",
    "finished_at_ms",
    "run_time_s",
    "media_url",
    "sent_body",
    "misses",
    "missed_at_ms",
)


def _job(row: Row) -> Job:
    values: dict[str, Any] = {name: row[name] for name in _READ_FIELDS}
    price = Price(row["price_credits"], row["budget_units"], row["provider_cost_micro_usd"], row["price_version"])
    return Job(
        **values,
        spoiler=bool(row["spoiler"]),
        has_words=bool(row["has_words"]),
        user_id=row["discord_user_id"],
        price=price,
        status=JobStatus(row["status"]),
    )


def _event(row: Row) -> JobEvent:
    from_ = row["from_status"]
    return JobEvent(
        None if from_ is None else JobStatus(from_),
        JobStatus(row["to_status"]),
        row["reason"],
        row["actor"],
        row["at_ms"],
    )
