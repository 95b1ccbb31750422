"""How `python bot.py reconcile` asks: beside a running bot, in snapshots that only read, a few questions a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from klapper.clock import DAY_MS, SECOND_MS, Clock
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import SettingsError
from klapper.foundation import price_list_of
from klapper.jobs.bills import BillStore
from klapper.jobs.store import JobStore
from klapper.ops import reports
from klapper.ops.command_line import Config, Json, sentences
from klapper.segmind.client import SegmindClient
from klapper.services.bill import Bill
from klapper.services.billing import LISTED_MS, Billing
from klapper.services.statement import Progress, StatementReader
from klapper.settings import Settings

Load = Callable[[typer.Context, Path | None], Settings]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The first day (UTC); at most 31 days are listed, which is the default."),
]


def reconcile_command(
    *, load: Load, provider: Callable[[Settings], SegmindClient], clock: Clock
) -> Callable[..., None]:
    """The command. load: reads the settings. provider: asks Segmind a few questions a minute."""

    def reconcile(context: typer.Context, since: Since = None, as_json: Json = False, config: Config = None) -> None:
        """Compare the jobs with Segmind's bill; exit 1 when they differ."""
        since_ms = since_ms_of(since, clock.now_ms())
        with sentences():
            settings = load(context, config)
            bill = asyncio.run(read_bill(settings, provider(settings), clock, since_ms, reports.print_progress))
        reports.print_bill(bill, settings.segmind.prices, as_json=as_json)
        raise typer.Exit(0 if bill.agrees else 1)

    return reconcile


def since_ms_of(day: datetime | None, now_ms: int) -> int:
    """When that day began. Raises typer.BadParameter for one that Segmind does not list, or that is to come."""
    first_ms = now_ms // DAY_MS * DAY_MS - LISTED_MS
    if day is None:
        return first_ms
    since_ms = round(day.replace(tzinfo=UTC).timestamp()) * SECOND_MS
    if since_ms < first_ms:
        first = datetime.fromtimestamp(first_ms / SECOND_MS, UTC).strftime("%Y-%m-%d")
        raise typer.BadParameter(f"Segmind lists 31 days: it must be {first} or later.", param_hint="--since")
    if since_ms > now_ms:
        raise typer.BadParameter("that day has not begun (UTC).", param_hint="--since")
    return since_ms


async def read_bill(
    settings: Settings, provider: SegmindClient, clock: Clock, since_ms: int, told: Callable[[Progress], None]
) -> Bill:
    """Everything since then. Raises KlapperError when Segmind says nothing that can be read."""
    if not settings.segmind.api_key.get_secret_value():
        raise SettingsError("segmind.api_key is empty: set it in config.toml.")
    price_list = price_list_of(settings)
    until_ms = clock.now_ms()
    async with SqliteDatabase.open(settings.database.path, read_only=True) as database, provider:
        billing = Billing(
            database=database,
            clock=clock,
            jobs=JobStore(),
            bills=BillStore(),
            price_list=price_list,
            reader=StatementReader(history=provider, clock=clock, told=told),
        )
        return await billing.compare(since_ms, until_ms)
