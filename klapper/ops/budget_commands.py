"""`python bot.py budget ...`: what guilds and the whole bot may spend. A running bot reads it at every request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from klapper.clock import Clock
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import KlapperError
from klapper.foundation import rules_of
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import operator_actor
from klapper.moderation.audit import AuditLog
from klapper.ops.command_line import Config, Json, login, sentences
from klapper.ops.job_report import say
from klapper.quotas.store import WHOLE_BOT, QuotaStore
from klapper.services.budgeting import Budget, Budgeting
from klapper.services.quota_book import QuotaBook
from klapper.setting_values import LARGEST_AMOUNT
from klapper.settings import Settings

T = TypeVar("T")
Load = Callable[[typer.Context, Path | None], Settings]
Whose = Annotated[str, typer.Argument(metavar="GUILD", help="A guild's id, or `bot` for all guilds together.")]
Units = Annotated[
    int,
    typer.Argument(metavar="UNITS", min=0, max=LARGEST_AMOUNT, help="Cents of list price; 0: no limit."),
]
BOT = "bot"
LARGEST_ID = 2**63 - 1  # of a snowflake that SQLite can keep


def budget_commands(*, load: Load, clock: Clock) -> typer.Typer:
    """The commands. load: reads the settings."""
    app = typer.Typer(invoke_without_command=True)

    def ask(settings: Settings, act: Callable[[Budgeting], Awaitable[T]], *, read_only: bool = False) -> T:
        async def run() -> T:
            async with _budgeting(settings, clock, read_only=read_only) as budgeting:
                return await act(budgeting)

        return asyncio.run(run())

    @app.callback()
    def budget(context: typer.Context, as_json: Json = False, config: Config = None) -> None:
        """Show and set what guilds and the whole bot may spend."""
        if config is not None:
            context.find_root().obj = config
        if context.invoked_subcommand is None:
            with sentences():
                budgets = ask(load(context, config), Budgeting.all, read_only=True)
            _print(budgets, as_json=as_json)

    @app.command(name="set")
    def set_budget(context: typer.Context, whose: Whose, units: Units, config: Config = None) -> None:
        """Give a guild so much per period, or the whole bot so much per day."""
        with sentences():
            guild_id, actor = _guild(whose), operator_actor(login())
            now = ask(load(context, config), lambda budgeting: budgeting.set(guild_id, units, actor=actor))
        _print([now], as_json=False)

    @app.command()
    def reset(context: typer.Context, whose: Whose, config: Config = None) -> None:
        """Let the configuration decide again."""
        with sentences():
            guild_id, actor = _guild(whose), operator_actor(login())
            now = ask(load(context, config), lambda budgeting: budgeting.reset(guild_id, actor=actor))
        _print([now], as_json=False)

    return app


def _guild(whose: str) -> int:
    if whose.strip().lower() == BOT:
        return WHOLE_BOT
    if whose.strip().isdecimal() and 0 < int(whose) <= LARGEST_ID:
        return int(whose)
    raise KlapperError(f"{whose!r} is no guild: say its id (Discord, Developer Mode, Copy Server ID), or `bot`.")


@asynccontextmanager
async def _budgeting(settings: Settings, clock: Clock, *, read_only: bool) -> AsyncIterator[Budgeting]:
    store = QuotaStore()
    async with SqliteDatabase.open(settings.database.path, read_only=read_only) as database:
        yield Budgeting(
            database=database,
            clock=clock,
            quotas=QuotaBook(operator=rules_of(settings).quotas, store=store),
            store=store,
            ledger=Ledger(),
            audit=AuditLog(),
        )


def _print(budgets: Sequence[Budget], *, as_json: bool) -> None:
    console = Console()
    if as_json:
        console.print_json(json.dumps([_plain(budget) for budget in budgets]))
        return
    for budget in budgets:
        say(console, _sentence(budget))


def _sentence(budget: Budget) -> str:
    whose = "The whole bot" if budget.guild_id == WHOLE_BOT else f"Guild {budget.guild_id}"
    by = "as configured" if budget.by is None else f"set by {budget.by}"
    unseen = "" if budget.is_seen else " (nobody was seen there so far: is the id right?)"
    if budget.left is None:
        return f"{whose}{unseen}: no limit, {by}."
    left = budget.left
    held = f", {_money(left.held)} held" if left.held else ""
    return (
        f"{whose}{unseen}: {_money(left.limit)} a {budget.period}, {by}; {_money(left.available)} left{held}, "
        f"anew {_time(left.resets_at_ms)}."
    )


def _plain(budget: Budget) -> dict[str, object]:
    left = budget.left
    limited = {} if left is None else {"units": left.limit, "left": left.available, "held": left.held}
    whose = BOT if budget.guild_id == WHOLE_BOT else str(budget.guild_id)
    anew = None if left is None else _time(left.resets_at_ms)
    return {
        "whose": whose,
        "period": budget.period,
        "set_by": budget.by,
        "limited": bool(left),
        **limited,
        "anew": anew,
    }


def _money(units: int) -> str:
    return f"{units:,} units (${units / 100:,.2f})"


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
