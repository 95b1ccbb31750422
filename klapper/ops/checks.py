"""Is everything in order? The questions of `python bot.py check` and of `/readyz`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from klapper.database.database import Database
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import KlapperError
from klapper.jobs.pauses import PauseStore
from klapper.segmind.answers import Credits, Unreadable
from klapper.segmind.client import SegmindClient
from klapper.settings import Settings

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of `check`. is_fine: False when the operator has to do something before Klapper can work."""

    name: str
    is_fine: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class DiscordFacts:
    """Who a bot token belongs to. is_public: anybody may add the bot to a guild."""

    bot_name: str
    is_public: bool


AskDiscord = Callable[[str], Awaitable[DiscordFacts]]


async def done(state: bool) -> bool:
    """A state that is known without asking, as a check."""
    return state


async def writable(database: Database) -> bool:
    """Whether a transaction can begin and commit; raises what the database says."""
    async with database.write():
        return True


async def check_all(settings: Settings, provider: SegmindClient, ask_discord: AskDiscord) -> list[CheckResult]:
    """Configuration, database, Discord and Segmind, each in one line. One request to Segmind."""
    results = [CheckResult("configuration", True, "it can be read")]
    results.append(await _database(settings))
    results += await _discord(settings, ask_discord)
    async with provider:
        results.append(await _segmind(settings, provider))
    if settings.credits.confirm_above:
        results.append(
            CheckResult(
                "credits.confirm_above",
                True,
                "it has no effect yet: every job starts after limits.undo_s, whatever it costs",
            )
        )
    return results


async def _database(settings: Settings) -> CheckResult:
    try:
        is_there = await asyncio.to_thread(settings.database.path.exists)
    except OSError as error:
        return CheckResult("database", False, f"{settings.database.path} cannot be looked at ({error.strerror})")
    if not is_there:
        return CheckResult("database", True, f"{settings.database.path} is not there yet: `run` makes it")
    try:
        async with SqliteDatabase.open(settings.database.path) as database, database.read() as tx:
            pauses = await PauseStore().provider(tx)
    except KlapperError as error:
        return CheckResult("database", False, error.sentence)
    if pauses:
        what = ", ".join(f"{pause.scope} ({pause.reason})" for pause in pauses)
        return CheckResult("database", True, f"{settings.database.path}; submits are paused: {what}")
    return CheckResult("database", True, f"{settings.database.path}; nothing is paused")


async def _discord(settings: Settings, ask_discord: AskDiscord) -> list[CheckResult]:
    token = settings.discord.token.get_secret_value()
    if not token:
        return [CheckResult("discord", False, "discord.token is empty: set it in config.toml")]
    try:
        facts = await ask_discord(token)
    except KlapperError as error:
        return [CheckResult("discord", False, error.sentence)]
    results = [CheckResult("discord", True, f"logged in as {facts.bot_name}")]
    if facts.is_public and not settings.discord.guilds:
        sentence = "anybody can add this bot and spend your money: set discord.guilds, or make the application private"
        results.append(CheckResult("discord.guilds", True, sentence))
    return results


async def _segmind(settings: Settings, provider: SegmindClient) -> CheckResult:
    if not settings.segmind.api_key.get_secret_value():
        return CheckResult("segmind", False, "segmind.api_key is empty: set it in config.toml")
    match await provider.credits():
        case Credits() as credits:
            usd = Decimal(credits.spendable_micro_usd) / MICRO
            return CheckResult("segmind", True, f"the key works; {usd:.2f} USD left")
        case Unreadable(kind="bad_key"):
            return CheckResult("segmind", False, "segmind.api_key: Segmind does not accept it: make a new key")
        case Unreadable(kind=kind):
            return CheckResult("segmind", False, f"Segmind gave no readable answer ({kind}): try again later")
