"""`python bot.py jobs ...`: what an operator can see and settle. Beside a running bot, which follows within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from klapper.clock import HOUR_MS, Clock
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import KlapperError
from klapper.foundation import bounds_of
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import operator_actor
from klapper.moderation.audit import AuditLog
from klapper.moderation.cases import CaseStore
from klapper.moderation.standings import StandingStore
from klapper.ops import job_detail, reports
from klapper.ops.command_line import Config, Json, Yes, ask, login, sentences, tidy
from klapper.ops.job_report import read_jobs
from klapper.segmind.answers import Gone, HistoryRow
from klapper.segmind.client import SegmindClient
from klapper.segmind.wire import is_request_id
from klapper.services.claims import WINDOW_MS, differing_keys
from klapper.services.protecting import Protecting
from klapper.services.reviewing import Reviewing
from klapper.services.settling import Settling
from klapper.services.transitions import Transitions
from klapper.settings import Settings

T = TypeVar("T")
Load = Callable[[typer.Context, Path | None], Settings]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, as its card has it.", callback=tidy)]
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="Segmind's id of the request.")]


def job_commands(*, load: Load, provider: Callable[[Settings], SegmindClient], clock: Clock) -> typer.Typer:
    """The commands. load: reads the settings. provider: asks Segmind about one request."""
    app = typer.Typer(invoke_without_command=True)

    def settle(settings: Settings, act: Callable[[Settling], Awaitable[T]]) -> T:
        async def run() -> T:
            async with _settling(settings, clock) as settling:
                return await act(settling)

        return asyncio.run(run())

    @app.callback()
    def jobs(context: typer.Context, as_json: Json = False, config: Config = None) -> None:
        """Show jobs and pauses; settle unclear jobs."""
        if config is not None:
            context.find_root().obj = config
        if context.invoked_subcommand is None:
            with sentences():
                settings = load(context, config)
                report = asyncio.run(read_jobs(settings.database.path))
            reports.print_jobs(report, settings.media.directory, as_json=as_json)

    @app.command()
    def unknown(context: typer.Context, config: Config = None) -> None:
        """List jobs of which nobody knows whether Segmind took them."""
        with sentences():
            found = asyncio.run(job_detail.read_unclear(load(context, config).database.path, clock.now_ms()))
        job_detail.print_unclear(found)

    @app.command()
    def show(context: typer.Context, job_id: JobId, config: Config = None) -> None:
        """Show one job: its request, what happened, what moved."""
        with sentences():
            detail = asyncio.run(job_detail.read_detail(load(context, config).database.path, job_id))
        job_detail.print_detail(detail)

    @app.command()
    def release(context: typer.Context, job_id: JobId, yes: Yes = False, config: Config = None) -> None:
        """Give the credits of a job without an outcome back."""
        with sentences():
            settings = load(context, config)
            job = settle(settings, lambda settling: settling.releasable(job_id))
            ask(_release_question(job), yes=yes)
            settle(settings, lambda settling: settling.release(job_id, actor=operator_actor(login())))
        reports.print_line(f"Released: job {job_id} is abandoned, and nothing is charged.")

    @app.command()
    def adopt(
        context: typer.Context, job_id: JobId, request_id: RequestId, yes: Yes = False, config: Config = None
    ) -> None:
        """Say which request of Segmind's an unclear job is."""
        with sentences():
            settings = load(context, config)
            job = settle(settings, lambda settling: settling.adoptable(job_id))
            row = asyncio.run(_row(provider(settings), request_id))
            job_detail.print_row(row)
            doubts = _doubts(job, row)
            if yes and doubts:
                raise KlapperError(f"This may not be job {job_id}: {doubts}. Without --yes you are asked.")
            ask(_adopt_question(job, doubts), yes=yes)
            actor = operator_actor(login())
            settle(settings, lambda settling: settling.adopt(job_id, row.request_id, actor=actor))
        reports.print_line(
            f"Adopted: job {job_id} is request {row.request_id}; the running bot asks what became of it."
        )

    return app


@asynccontextmanager
async def _settling(settings: Settings, clock: Clock) -> AsyncIterator[Settling]:
    jobs = JobStore()
    protecting = Protecting(
        standings=StandingStore(), pauses=PauseStore(), audit=AuditLog(), bounds=bounds_of(settings)
    )
    async with SqliteDatabase.open(settings.database.path) as database:
        transitions = Transitions(
            database=database,
            clock=clock,
            jobs=jobs,
            deliveries=DeliveryStore(),
            ledger=Ledger(),
            reviewing=Reviewing(CaseStore(), AuditLog()),
            protecting=protecting,
            announce=lambda job: None,  # the running bot reads it from the database
        )
        yield Settling(database=database, clock=clock, jobs=jobs, transitions=transitions)


async def _row(provider: SegmindClient, request_id: str) -> HistoryRow:
    """What Segmind's history says of one request. Raises KlapperError."""
    if not is_request_id(request_id):
        raise KlapperError("A request id is 8 to 64 letters, digits and dashes: copy it from Segmind's history.")
    async with provider:
        answer = await provider.history(request_id)
    if isinstance(answer, HistoryRow):
        return answer
    if isinstance(answer, Gone):
        raise KlapperError(f"Segmind's history has no request {request_id}: check the id and the account of the key.")
    if answer.kind == "bad_key":
        raise KlapperError("Segmind does not accept the key: check segmind.api_key with `python bot.py check`.")
    raise KlapperError(f"Segmind's history gave no readable answer ({answer.kind}): try again later.")


def _release_question(job: Job) -> str:
    return (
        f"Job {job.job_id} is {job.status}. Give its {job.price.credits} credits back? "
        "If Segmind made it, you pay for it; a clip that turns up is delivered free."
    )


def _doubts(job: Job, row: HistoryRow) -> str:
    """What speaks against it; empty for a row that says what was sent, about when it was."""
    doubts = []
    if row.slug != job.slug:
        doubts.append(f"it is of {row.slug}, and the job of {job.slug}")
    if row.sent is None:
        doubts.append("it does not say what was sent")
    elif differing := differing_keys(row, job):
        doubts.append(f"it was sent with another {', '.join(differing)}")
    away_ms = 0 if row.created_at_ms is None or job.posted_at_ms is None else abs(row.created_at_ms - job.posted_at_ms)
    if away_ms > WINDOW_MS:
        doubts.append(f"it was made {away_ms // HOUR_MS} hours away from when the job was sent")
    return " and ".join(doubts)


def _adopt_question(job: Job, doubts: str) -> str:
    doubt = f"But {doubts}." if doubts else "It says exactly what was sent for the job."
    charged = "charged when it is finished" if job.status is JobStatus.UNKNOWN else "delivered free: its hold has ended"
    return f"Is this request job {job.job_id}? {doubt} It is then {charged}. Adopt it?"
