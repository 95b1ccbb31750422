"""One job as an operator sees it, and the jobs whose outcome is unclear."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from klapper.database.sqlite import SqliteDatabase
from klapper.errors import KlapperError
from klapper.jobs.deliveries import Delivery, DeliveryStore
from klapper.jobs.job import Job, JobEvent, JobStatus
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Kind, Transfer
from klapper.ops.job_report import say
from klapper.segmind.answers import HistoryRow
from klapper.services.claims import MISSES_ARE_FINAL
from klapper.services.schedule import LATE_WATCH_MS


@dataclass(frozen=True, slots=True)
class JobDetail:
    """A job with everything that happened and moved."""

    job: Job
    events: Sequence[JobEvent]
    transfers: Sequence[Transfer]
    delivery: Delivery | None


async def read_unclear(path: Path, now_ms: int) -> list[Job]:
    """Jobs without an id at Segmind that it may have all the same, oldest first. Raises DatabaseError."""
    async with SqliteDatabase.open(path, read_only=True) as database, database.read() as tx:
        return await JobStore().unclear(tx, since_ms=now_ms - LATE_WATCH_MS)


async def read_detail(path: Path, job_id: str) -> JobDetail:
    """One job in one snapshot. Raises DatabaseError, or KlapperError when there is none."""
    jobs = JobStore()
    async with SqliteDatabase.open(path, read_only=True) as database, database.read() as tx:
        job = await jobs.get(tx, job_id)
        if job is None:
            raise KlapperError(f"There is no job {job_id}: `python bot.py jobs` lists them.")
        return JobDetail(
            job,
            await jobs.events(tx, job_id),
            await Ledger().of_job(tx, job_id),
            await DeliveryStore().get(tx, job_id),
        )


def print_unclear(jobs: Sequence[Job]) -> None:
    """A paragraph each, with what can be done."""
    console = Console()
    if not jobs:
        say(console, "There is no job whose outcome is unclear.")
    for job in jobs:
        say(console, f"{job.job_id}  {job.status}  {job.slug}  sent {_time(job.posted_at_ms)} UTC", "bold")
        say(console, f"  {_standing(job)}")
    if jobs:
        say(console, "`jobs show JOB` has the request, `jobs adopt JOB REQUEST` names the one of Segmind's that it is,")
        say(console, "`jobs release JOB` gives the credits of an unknown job back.")


def print_detail(detail: JobDetail) -> None:
    """Everything, as text."""
    console = Console()
    for line in _lines(detail):
        say(console, line)


def print_row(row: HistoryRow) -> None:
    """A request as Segmind's history has it."""
    console = Console()
    made = "an unknown time" if row.created_at_ms is None else f"{_time(row.created_at_ms)} UTC"
    say(console, f"Segmind's request {row.request_id}: {row.state}, {row.slug}, made at {made}.")
    say(console, f"It was sent: {json.dumps(row.sent, ensure_ascii=False)}")


def _standing(job: Job) -> str:
    """How far the question is."""
    if job.status is JobStatus.ABANDONED:
        return f"{job.price.credits} credits went back ({job.reason}); Segmind's history is asked daily."
    held = f"{job.price.credits} credits are held."
    if job.missed_at_ms is None:
        return f"{held} Segmind's history gave no clear answer yet."
    answers = f"{job.misses} of {MISSES_ARE_FINAL} answers"
    return f"{held} Segmind's history did not have it in {answers}, the last at {_time(job.missed_at_ms)} UTC."


def _lines(detail: JobDetail) -> Iterator[str]:
    job, delivery = detail.job, detail.delivery
    yield f"Job {job.job_id}: {job.status} ({job.reason})"
    yield f"  model {job.slug}, guild {job.guild_id}, channel {job.channel_id}"
    yield f"  requester: member {job.member_ref}, {f'Discord user {job.user_id}' if job.user_id else 'forgotten'}"
    yield f"  price {job.price.credits} credits, {job.price.budget_units} budget units"
    yield f"  request id {job.request_id or 'none'}"
    if job.status is JobStatus.UNKNOWN:
        yield f"  {_standing(job)}"
    if job.provider_text:
        yield f"  Segmind's words: {job.provider_text}"
    if delivery is not None:
        yield from _delivery(delivery)
    if job.media_url:
        yield f"  link, while Segmind keeps the clip: {job.media_url}"
    yield "What happened (UTC):"
    for event in detail.events:
        change = f"{event.from_status or '(new)'} -> {event.to_status}"
        yield f"  {_time(event.at_ms)}  {change}  {event.reason}, {event.actor}"
    yield "What moved (UTC):"
    for transfer in detail.transfers:
        yield f"  {_time(transfer.at_ms)}  {_movement(transfer)}  {transfer.reason}, {transfer.actor}"
    words = "" if job.has_words else ", without its texts and images, which are not kept any more"
    yield "Sent to Segmind:" if job.sent_body else f"Request{words}:"
    yield f"  {job.sent_body or job.request}"


def _delivery(delivery: Delivery) -> Iterator[str]:
    how = f"{delivery.state} {delivery.reason or delivery.way}".rstrip()
    copy = f", copy: {delivery.copy}" if delivery.copy else ""
    yield f"  delivery {how} since {_time(delivery.since_ms)}{copy}"
    if delivery.media_path:
        yield f"  clip {delivery.media_path} below media.directory"


def _movement(transfer: Transfer) -> str:
    """A hold and its end move nothing yet: only `settle` takes what was held."""
    amount, account = transfer.amount, transfer.debit_account
    match transfer.kind:
        case Kind.RESERVE:
            return f"{transfer.kind} {amount}  held on {account}"
        case Kind.RELEASE:
            return f"{transfer.kind} {amount}  no longer held on {account}"
        case _:
            return f"{transfer.kind} {amount}  {account} -> {transfer.credit_account}"


def _time(at_ms: int | None) -> str:
    return "never" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
