"""Klapper's composition root and command line: settings -> database -> services -> Discord."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

import discord
import typer
import yarl

from cogs import CogServices
from cogs.client import BAD_TOKEN, KlapperBot
from cogs.connection import stay_connected
from klapper.assembly import Assembly, Loop
from klapper.clock import Clock, SystemClock
from klapper.database.lock import database_lock
from klapper.database.migrate import Migrated
from klapper.database.migrate import migrate as migrate_database
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import KlapperError, SettingsError
from klapper.foundation import remote_check_of, tariff_of
from klapper.ledger.marks import KeyFile
from klapper.messages.attachments import AttachmentReader
from klapper.messages.case_publisher import CasePublisher
from klapper.messages.discord_errors import is_of_discord
from klapper.messages.publisher import Publisher
from klapper.ops import checks, reports
from klapper.ops.bill_command import reconcile_command
from klapper.ops.budget_commands import budget_commands
from klapper.ops.command_line import Config, Json, sentences
from klapper.ops.folders import make_media_folder
from klapper.ops.health import HealthServer
from klapper.ops.image_commands import image_commands
from klapper.ops.job_commands import job_commands
from klapper.ops.logging import configure_logging
from klapper.ops.metrics import Metrics
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient
from klapper.segmind.rates import RateKeeper
from klapper.services.supervisor import supervise
from klapper.settings import Settings, load_settings

_log = logging.getLogger("klapper")

# A stop takes ten seconds at most: these three, and what `Sending` waits for its POSTs.
ANSWER_INTERACTIONS_S = 2.0
BREAK_OFF_S = 0.5
CLOSE_DISCORD_S = 1.0
COMMAND_PER_MINUTE = 5  # requests to Segmind, beside what a running bot asks
_INTERACTION_TASKS = ("CommandTree-invoker", "discord")  # names that discord.py 2.7.1 gives them


def point_discord_at(settings: Settings) -> None:
    """Other addresses than Discord's own; discord.py has class attributes for them."""
    discord.http.Route.BASE = settings.discord.api_url
    if settings.discord.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord.gateway_url)


# The running program


async def run_klapper(settings: Settings) -> None:
    """Everything, until SIGTERM, SIGINT or SIGHUP. Raises KlapperError for what an operator can mend."""
    clock, metrics = SystemClock(), Metrics()
    point_discord_at(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(SqliteDatabase.open(settings.database.path))
        rates = RateKeeper(database, clock)
        budget = RequestBudget(
            settings.segmind.requests_per_minute, clock, learned=await rates.read(), taught=rates.taught
        )
        provider = await stack.enter_async_context(segmind(settings, budget, clock, metrics))
        attachments = await stack.enter_async_context(AttachmentReader())
        judge = remote_check_of(settings, clock)
        if judge is not None:
            await stack.enter_async_context(judge)
        client = KlapperBot(settings.database.path.with_name(f"{settings.database.path.name}.commands"))
        klapper = Assembly(
            settings,
            database=database,
            clock=clock,
            provider=provider,
            messenger=Publisher(client),
            case_messenger=CasePublisher(client),
            attachments=attachments,
            metrics=metrics,
            judge=judge,
        )
        await client.serve(_services(klapper), guild_left=klapper.guilds.left)
        ready = {
            "the database can be written": lambda: checks.writable(database),
            "Discord is connected": lambda: checks.done(client.is_ready()),
            "the tracker is running": klapper.heartbeat.is_alive,
        }
        await stack.enter_async_context(
            HealthServer(settings.ops.host, settings.ops.port, checks=ready, metrics=metrics)
        )
        await _serve(client, klapper, settings.discord.token.get_secret_value(), {"request rate": rates.run})


def _services(klapper: Assembly) -> CogServices:
    return CogServices(
        submission=klapper.submission,
        intake=klapper.intake,
        image_blocks=klapper.image_blocks,
        drafts=klapper.draft_desk,
        preferences=klapper.preferences,
        privacy=klapper.privacy,
        jobs=klapper.desk,
        recovery=klapper.recovery,
        credits=klapper.credits,
        movements=klapper.movements,
        giving=klapper.giving,
        history=klapper.history,
        statistics=klapper.statistics,
        charts=klapper.charts,
        guilds=klapper.guilds,
        cases=klapper.case_desk,
        appeals=klapper.appeal_desk,
        audit=klapper.audit_desk,
        members=klapper.members,
        rule_desk=klapper.rule_desk,
        quota_desk=klapper.quota_desk,
        deletions=klapper.deletions,
        filter_desk=klapper.filter_desk,
        reporting=klapper.reporting,
        reports=klapper.report_desk,
        board=klapper.board,
        catalogue=klapper.catalogue,
    )


async def _serve(client: KlapperBot, klapper: Assembly, token: str, more: Mapping[str, Loop]) -> None:
    """Run the loops and the gateway connection; end when one is asked to, or when Discord wants no further try.

    more: loops that are not of the assembly.
    """
    # What was loaded stays; a full collection that walks through all of it keeps answers waiting for 0.1 s.
    gc.collect()
    gc.freeze()
    crashed = klapper.metrics.task_restarted

    def supervised(name: str, loop: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.create_task(supervise(name, loop, clock=klapper.clock, crashed=crashed))

    async def with_discord(loop: Callable[[], Awaitable[None]]) -> None:
        await client.usable()
        await loop()

    loops = [supervised(name, loop) for name, loop in {**klapper.provider_loops(), **more}.items()]
    for name, loop in klapper.discord_loops().items():
        loops.append(supervised(name, lambda loop=loop: with_discord(loop)))  # type: ignore[misc]
    gateway = asyncio.create_task(stay_connected(client, token, clock=klapper.clock, failed=crashed))
    try:
        async with _stop_signal() as stop:
            await asyncio.wait({gateway, stop}, return_when=asyncio.FIRST_COMPLETED)
        if gateway.done():
            gateway.result()
    finally:
        _log.info("stopping")
        await _finish_interactions(gateway)
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await _close(client)


async def _finish_interactions(gateway: asyncio.Task[None]) -> None:
    """Take no more interactions, and answer those under way while the database and the session are still there.

    What is still loading images then is broken off; nothing was held for it.
    """
    gateway.cancel()
    under_way = {task for task in asyncio.all_tasks() if task.get_name().startswith(_INTERACTION_TASKS)}
    if under_way:
        _, late = await asyncio.wait(under_way, timeout=ANSWER_INTERACTIONS_S)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=BREAK_OFF_S)


async def _close(client: KlapperBot) -> None:
    try:
        async with asyncio.timeout(CLOSE_DISCORD_S):
            await client.close()
    except TimeoutError:
        _log.warning("Discord did not close in time")


@asynccontextmanager
async def _stop_signal() -> AsyncIterator[asyncio.Future[None]]:
    """Done when somebody asks the program to end, by closing its terminal as well."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[None] = loop.create_future()

    def ask() -> None:
        if not stop.done():
            stop.set_result(None)

    is_kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # `nohup`
    signals = (signal.SIGTERM, signal.SIGINT, *(() if is_kept else (signal.SIGHUP,)))
    for signum in signals:
        loop.add_signal_handler(signum, ask)
    try:
        yield stop
    finally:
        for signum in signals:
            loop.remove_signal_handler(signum)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closing terminal sends more than one; the stop goes on


def segmind(settings: Settings, budget: RequestBudget, clock: Clock, metrics: Metrics) -> SegmindClient:
    """The client for the operator's account."""
    return SegmindClient(
        api_key=settings.segmind.api_key.get_secret_value(),
        endpoints=Endpoints(settings.segmind.api_url, settings.segmind.history_url, settings.segmind.assets_url),
        download_hosts=settings.segmind.download_hosts,
        budget=budget,
        clock=clock,
        observe=metrics.provider_request,
    )


# Command line

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, invoke_without_command=True, rich_markup_mode=None
)


@app.callback()
def main(context: typer.Context, config: Config = None) -> None:
    """Klapper makes Kling videos for Discord communities and pays for each of them once."""
    context.obj = config
    if context.invoked_subcommand is None:
        run(context)


@app.command()
def run(context: typer.Context, config: Config = None) -> None:
    """Run the bot (the default)."""
    with sentences():
        settings = _settings(context, config)
        settings.require_run()
        tariff_of(settings)
        make_media_folder(settings)
        with database_lock(settings.database.path):
            _migrate(settings)
            KeyFile.beside(settings.database.path).need()
            asyncio.run(run_klapper(settings))


@app.command()
def check(context: typer.Context, config: Config = None) -> None:
    """Ask whether settings, database, Discord and Segmind are fine."""
    with sentences():
        settings = _quietly(context, config)
        point_discord_at(settings)
        clock = SystemClock()
        check = remote_check_of(settings, clock)
        results = asyncio.run(checks.check_all(settings, _asking(settings), _ask_discord, tariff_of, clock, check))
    reports.print_checks(results)
    raise typer.Exit(0 if all(result.is_fine for result in results) else 1)


@app.command()
def migrate(context: typer.Context, config: Config = None) -> None:
    """Bring the database to this version; `run` does it by itself."""
    with sentences():
        settings = _settings(context, config)
        with database_lock(settings.database.path):
            done = _migrate(settings)
    if done.after == done.before:
        reports.print_line(f"The database {settings.database.path} is at version {done.after} already.")


@app.command()
def ledger(context: typer.Context, as_json: Json = False, config: Config = None) -> None:
    """Check the books; exit 1 when they do not add up."""
    with sentences():
        audit = asyncio.run(reports.read_audit(_quietly(context, config).database.path))
    reports.print_audit(audit, as_json=as_json)
    raise typer.Exit(0 if audit.adds_up else 1)


@app.command()
def resume(
    context: typer.Context,
    scope: Annotated[
        str | None, typer.Argument(metavar="SCOPE", help="`all` or a model's slug; without it every pause.")
    ] = None,
    config: Config = None,
) -> None:
    """Lift pauses that Segmind's answers caused."""
    with sentences():
        lifted = asyncio.run(reports.resume(_quietly(context, config).database.path, scope))
    reports.print_resumed(lifted)


@app.command()
def sandbox(
    story: Annotated[bool, typer.Option(help="Play a story in the terminal before going on.")] = False,
    stay: Annotated[bool, typer.Option(help="Go on until Ctrl-C.")] = True,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser, where there is a display.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port; 0 takes a free one.")] = 0,
) -> None:
    """Run the bot on this machine alone, with a page in a browser: no account, no key."""
    from sandbox.demo import play  # noqa: PLC0415  (a running bot does not load it)

    command = [sys.executable, str(Path(__file__).resolve())]
    raise typer.Exit(play(bot_command=command, story=story, stay=stay, port=port, browser=browser))


async def _ask_discord(token: str) -> checks.DiscordFacts:
    """Who the token belongs to. Raises SettingsError when Discord does not accept it, KlapperError when it is away."""
    try:
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login(token)
            application = await client.application_info()
            return checks.DiscordFacts(str(client.user), application.bot_public)
    except discord.LoginFailure as error:
        raise SettingsError(BAD_TOKEN) from error
    except Exception as error:
        if not is_of_discord(error):
            raise
        raise KlapperError(f"Discord cannot be reached ({type(error).__name__}): check the network.") from error


def _settings(context: typer.Context, config: Path | None) -> Settings:
    settings = _load(context, config)
    _log_to(settings, settings.ops.log_level)
    return settings


def _quietly(context: typer.Context, config: Path | None) -> Settings:
    """For commands whose answer is what they print: the log only has what went wrong."""
    settings = _load(context, config)
    _log_to(settings, "ERROR")
    return settings


def _asking(settings: Settings) -> SegmindClient:
    """The client of a command: it asks at once, and most ask once, beside a running bot."""
    clock = SystemClock()
    budget = RequestBudget(min(settings.segmind.requests_per_minute, COMMAND_PER_MINUTE), clock, tokens=1)
    return segmind(settings, budget, clock, Metrics())


def _load(context: typer.Context, config: Path | None) -> Settings:
    """--config may stand before the command or after it."""
    return load_settings(config or context.find_root().obj, os.environ)


def _log_to(settings: Settings, level: str) -> None:
    configure_logging(log_format=settings.ops.log_format, log_level=level, secrets=settings.secrets())


def _migrate(settings: Settings) -> Migrated:
    done = migrate_database(settings.database.path)
    if done.after != done.before:
        copy = f", copy of the old file: {done.copy}" if done.copy else ""
        _log.info("database migrated from version %s to %s%s", done.before, done.after, copy)
    return done


app.command("reconcile")(reconcile_command(load=_quietly, provider=_asking, clock=SystemClock()))
app.add_typer(job_commands(load=_quietly, provider=_asking, clock=SystemClock()), name="jobs")
app.add_typer(budget_commands(load=_quietly, clock=SystemClock()), name="budget")
app.add_typer(image_commands(load=_quietly, clock=SystemClock()), name="images")


if __name__ == "__main__":
    app()
