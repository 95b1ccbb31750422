"""`python bot.py jobs`: unfinished and recent jobs, where their clips are, and what is paused."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from klapper.database.database import Reader
from klapper.database.queries import load_queries
from klapper.database.sqlite import SqliteDatabase
from klapper.jobs.job import Job
from klapper.jobs.pauses import PauseStore, ProviderPause
from klapper.jobs.store import JobStore

RECENT_JOBS = 500  # in JSON
SHOWN_JOBS = 20  # in the table
WIDE = 140  # columns of a console that has room for ids
_HIDDEN = ("request", "sent_body", "body_hash", "user_id", "media_url")  # what belongs to the members


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """Where a finished job's clip is; the words of `deliveries`."""

    state: str
    reason: str
    way: str


@dataclass(frozen=True, slots=True)
class PausedGuild:
    """by_klapper: because Segmind refused too much of it; else its managers did it."""

    guild_id: int
    since_ms: int
    by_klapper: bool = False


@dataclass(frozen=True, slots=True)
class JobsReport:
    """unreached: jobs whose clip is kept because its requester could not be reached. deliveries: by job id."""

    unfinished: list[Job]
    recent: list[Job]
    unreached: list[Job]
    deliveries: dict[str, DeliveryNote]
    pauses: list[ProviderPause]
    guild_pauses: list[PausedGuild]


async def read_jobs(path: Path) -> JobsReport:
    """Everything in one snapshot. Raises DatabaseError."""
    jobs, pauses, sql = JobStore(), PauseStore(), load_queries("klapper.ops")
    async with SqliteDatabase.open(path, read_only=True) as database, database.read() as tx:
        unfinished = await jobs.unfinished(tx)
        recent = [job for job in await jobs.recent(tx, RECENT_JOBS) if not job.is_open]
        rows = await tx.all(sql["unreached_jobs"], rows=SHOWN_JOBS)
        unreached = [job for row in rows if (job := await jobs.get(tx, row["job_id"]))]
        ids = json.dumps([job.job_id for job in (*unfinished, *recent, *unreached)])
        notes = await tx.all(sql["deliveries_of_jobs"], job_ids=ids)
        return JobsReport(
            unfinished,
            recent,
            unreached,
            {row["job_id"]: DeliveryNote(row["state"], row["reason"], row["way"]) for row in notes},
            await pauses.provider(tx),
            await guild_pauses(tx),
        )


async def guild_pauses(tx: Reader) -> list[PausedGuild]:
    """Guilds that only their managers resume, longest first."""
    rows = await tx.all(load_queries("klapper.ops")["guild_pauses"])
    return [PausedGuild(row["guild_id"], row["since_ms"], bool(row["by_klapper"])) for row in rows]


def jobs_json(report: JobsReport) -> str:
    """For programs; without prompts and Discord's user ids."""

    def plain(job: Job) -> dict[str, object]:
        note = report.deliveries.get(job.job_id)
        shown = {name: value for name, value in asdict(job).items() if name not in _HIDDEN}
        return {**shown, "delivery": asdict(note) if note else None}

    return json.dumps(
        {
            "unfinished": [plain(job) for job in report.unfinished],
            "recent": [plain(job) for job in report.recent],
            "unreached": [plain(job) for job in report.unreached],
            "pauses": [asdict(pause) for pause in report.pauses],
            "guild_pauses": [asdict(pause) for pause in report.guild_pauses],
        }
    )


def print_jobs(report: JobsReport, media: Path, *, console: Console) -> None:
    """The pauses, clips to hand over by hand, and two tables. media: the folder of `media.directory`."""
    for pause in report.pauses:
        say(console, f"Paused: {pause.scope} ({pause.reason}) since {_time(pause.since_ms)} UTC", "yellow")
    for guild in report.guild_pauses:
        why = "because Segmind refused too much of it" if guild.by_klapper else "by its managers"
        say(console, f"Paused {why}: guild {guild.guild_id} since {_time(guild.since_ms)} UTC")
    for job in report.unreached:
        if (file := media / "outputs" / f"{job.job_id}.mp4").exists():
            whose = f"of Discord user {job.user_id}" if job.user_id else "of somebody who is forgotten"
            say(console, f"Reached nobody: {job.job_id} {whose}; send its clip yourself: {file}", "yellow")
    _print_table(console, "Unfinished jobs", report.unfinished, report)
    _print_table(console, "Recent jobs", report.recent[:SHOWN_JOBS], report)


def say(console: Console, line: str, style: str = "") -> None:
    """A line of text as it is."""
    console.print(Text(line, style=style), soft_wrap=True)


def _print_table(console: Console, title: str, jobs: list[Job], report: JobsReport) -> None:
    if not jobs:
        say(console, f"{title}: none.")
        return
    is_wide = console.width >= WIDE
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("job", "status", "since (UTC)", "model"):
        table.add_column(column, no_wrap=True)
    for column in ("reason", "delivery", "credits", "guild", "request id") if is_wide else ("outcome",):
        table.add_column(column, overflow="fold")
    for job in jobs:
        note = report.deliveries.get(job.job_id)
        cells = _wide_cells(job, _clip(note)) if is_wide else (_clip(note) or job.reason,)
        model = job.slug if is_wide else job.slug.removeprefix("kling-")
        table.add_row(job.job_id, job.status.value, _time(job.status_at_ms), model, *cells)
    console.print(table)


def _wide_cells(job: Job, clip: str) -> tuple[str, ...]:
    return (job.reason, clip, str(job.price.credits), str(job.guild_id), job.request_id or "")


def _clip(note: DeliveryNote | None) -> str:
    """Where the clip is, in words; empty for a job that has none."""
    return "" if note is None or note.state == "none" else f"{note.state} {note.reason or note.way}".strip()


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%m-%d %H:%M")
