"""What the operator's commands read, change and print. They work beside a running bot."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from klapper.database.sqlite import SqliteDatabase
from klapper.errors import KlapperError
from klapper.jobs.pauses import PauseStore, ProviderPause
from klapper.ledger.audit import Audit, audit
from klapper.ops import bill_report, job_report
from klapper.ops.checks import CheckResult
from klapper.ops.job_report import JobsReport, jobs_json
from klapper.services.bill import Bill
from klapper.services.statement import Progress


async def read_audit(path: Path) -> Audit:
    """The state of the books in one snapshot. Raises DatabaseError."""
    async with SqliteDatabase.open(path, read_only=True) as database, database.read() as tx:
        return await audit(tx)


async def resume(path: Path, scope: str | None) -> list[ProviderPause]:
    """Lift one pause, or all; what was lifted. Raises KlapperError for a scope that is not paused."""
    pauses = PauseStore()
    async with SqliteDatabase.open(path) as database, database.write() as tx:
        paused = await pauses.provider(tx)
        chosen = [pause for pause in paused if scope in (None, pause.scope)]
        if scope is not None and not chosen:
            what = ", ".join(f"{pause.scope} ({pause.reason})" for pause in paused) or "nothing"
            raise KlapperError(f"{scope} is not paused; paused at the moment: {what}.")
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
    console.print(Text(f"The books do not add up; violations: {len(found.violations)}.", style="red"))
    for violation in found.violations:
        console.print(Text(f"- {violation.where}: {violation.sentence} ({violation.rule})"), soft_wrap=True)


def print_bill(bill: Bill, prices: bill_report.Prices, *, as_json: bool) -> None:
    """Every difference between Segmind's bill and the books. prices: those of the configuration."""
    console = Console()
    if as_json:
        console.print_json(bill_report.bill_json(bill, prices))
    else:
        bill_report.print_bill(bill, prices, console)


def print_progress(progress: Progress) -> None:
    """What is said while it takes long, apart from the answer."""
    if line := bill_report.progress_line(progress):
        job_report.say(Console(stderr=True), line)


def print_jobs(report: JobsReport, media: Path, *, as_json: bool) -> None:
    """Tables and sentences, or JSON for programs. media: the folder of `media.directory`."""
    console = Console()
    if as_json:
        console.print_json(jobs_json(report))
    else:
        job_report.print_jobs(report, media, console=console)


def print_resumed(lifted: list[ProviderPause]) -> None:
    """What goes on now."""
    if not lifted:
        print_line("Nothing was paused.")
    for pause in lifted:
        print_line(f"Lifted: {pause.scope} ({pause.reason}), paused since {_time(pause.since_ms)}.")


def print_line(line: str) -> None:
    """A line of text as it is."""
    job_report.say(Console(), line)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
