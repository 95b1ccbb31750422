"""What the operator's commands read, change and print. They work beside a running bot."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from klapper.database.sqlite import SqliteDatabase
from klapper.jobs.job import Job
from klapper.jobs.pauses import PauseStore, ProviderPause
from klapper.jobs.store import JobStore
from klapper.ledger.audit import Audit, audit
from klapper.ops.checks import CheckResult

RECENT_JOBS = 20


@dataclass(frozen=True, slots=True)
class JobsReport:
    unfinished: list[Job]
    recent: list[Job]
    pauses: list[ProviderPause]


async def read_audit(path: Path) -> Audit:
    """The state of the books in one snapshot. Raises DatabaseError."""
    async with SqliteDatabase.open(path) as database, database.read() as tx:
        return await audit(tx)


async def read_jobs(path: Path) -> JobsReport:
    """Unfinished and recent jobs and what is paused. Raises DatabaseError."""
    jobs, pauses = JobStore(), PauseStore()
    async with SqliteDatabase.open(path) as database, database.read() as tx:
        unfinished = await jobs.unfinished(tx)
        recent = [job for job in await jobs.recent(tx, RECENT_JOBS) if not job.is_open]
        return JobsReport(unfinished, recent, await pauses.provider(tx))


async def resume(path: Path, scope: str | None) -> list[ProviderPause]:
    """Lift one pause, or all; what was lifted. Raises DatabaseError."""
    pauses = PauseStore()
    async with SqliteDatabase.open(path) as database, database.write() as tx:
        chosen = [pause for pause in await pauses.provider(tx) if scope in (None, pause.scope)]
        for pause in chosen:
            await pauses.resume_provider(tx, pause.scope)
        return chosen


def print_checks(results: list[CheckResult]) -> None:
    """One line each."""
    console = Console()
    for result in results:
        mark = Text("ok  ", style="green") if result.is_fine else Text("no  ", style="red")
        console.print(mark + Text(f"{result.name}: {result.sentence}"), soft_wrap=True)


def print_audit(found: Audit, *, as_json: bool) -> None:
    """The totals, then every violation in a sentence."""
    console = Console()
    if as_json:
        console.print_json(json.dumps({**asdict(found), "adds_up": found.adds_up}))
        return
    console.print(
        f"Transfers: {found.transfers}, accounts: {found.accounts}, reservations: {found.reservations}.\n"
        f"Credits: {found.held_credits} held, {found.spent_credits} spent, {found.written_off_credits} written off.\n"
        f"Budget units: {found.held_units} held, {found.spent_units} spent.",
        highlight=False,
    )
    if found.adds_up:
        console.print(Text("The books add up.", style="green"))
        return
    console.print(Text(f"The books do not add up, in {len(found.violations)} places:", style="red"))
    for violation in found.violations:
        console.print(Text(f"- {violation.where}: {violation.sentence} ({violation.rule})"), soft_wrap=True)


def print_jobs(report: JobsReport, *, as_json: bool) -> None:
    """Two tables and the pauses; as JSON without prompts, for they belong to the members."""
    console = Console()
    if as_json:
        parts = {"unfinished": report.unfinished, "recent": report.recent}
        plain: dict[str, object] = {name: [_plain(job) for job in jobs] for name, jobs in parts.items()}
        console.print_json(json.dumps({**plain, "pauses": [asdict(pause) for pause in report.pauses]}))
        return
    for pause in report.pauses:
        console.print(Text(f"Paused: {pause.scope} ({pause.reason}) since {_time(pause.since_ms)}", style="yellow"))
    _print_table(console, "Unfinished jobs", report.unfinished)
    _print_table(console, "Recent jobs", report.recent)


def print_resumed(lifted: list[ProviderPause], scope: str | None) -> None:
    """What goes on now."""
    if not lifted:
        print_line(f"Nothing was paused{f' under {scope}' if scope else ''}.")
    for pause in lifted:
        print_line(f"Lifted: {pause.scope} ({pause.reason}), paused since {_time(pause.since_ms)}.")


def print_line(line: str) -> None:
    """A line of text as it is."""
    Console().print(Text(line), soft_wrap=True)


def _print_table(console: Console, title: str, jobs: list[Job]) -> None:
    if not jobs:
        console.print(Text(f"{title}: none."))
        return
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("job", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for column in ("since", "reason", "model", "credits", "guild", "request id"):
        table.add_column(column, overflow="fold")
    for job in jobs:
        table.add_row(
            job.job_id,
            job.status.value,
            _time(job.status_at_ms),
            job.reason,
            job.slug,
            str(job.price.credits),
            str(job.guild_id),
            job.request_id or "",
        )
    console.print(table)


def _plain(job: Job) -> dict[str, object]:
    hidden = ("request", "body_hash", "user_id", "media_url")
    return {name: value for name, value in asdict(job).items() if name not in hidden}


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
