"""Is everything in order? The questions of `python bot.py check` and of `/readyz`."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil
from pathlib import Path

from klapper.clock import SECOND_MS, Clock
from klapper.database.database import Database
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import CheckUnavailable, KlapperError, SettingsError
from klapper.jobs.job import JobStatus
from klapper.jobs.pauses import ALL, PauseStore
from klapper.moderation.remote import RemoteCheck
from klapper.ops.folders import media_obstacle, obstacle
from klapper.ops.job_detail import read_unclear
from klapper.ops.job_report import guild_pauses
from klapper.segmind.answers import Credits, Unreadable
from klapper.segmind.budget import LEAST_PER_MINUTE, LearnedRate, flow_of
from klapper.segmind.client import SegmindClient
from klapper.segmind.rates import RateStore
from klapper.settings import Settings

MICRO = 1_000_000
RETIRED = "retired"  # the only reason that leaves the operator nothing to do
_OTHER_PLACE = "give this user the file and its folder, or set another path in database.url"
_CURES = {  # by the reason of a pause
    "bad_key": "set a new segmind.api_key and restart the bot",
    "no_credits": "buy credits at Segmind; it goes on by itself, or at once with `python bot.py resume`",
    "low_balance": "buy credits at Segmind; it goes on by itself when they cover what is being made and the next job",
    "team_limit": "raise the team's limit at Segmind, then `python bot.py resume`",
    "forbidden": "allow the model for this key at Segmind, then `python bot.py resume`",
    RETIRED: "Segmind no longer offers the model; if that is a mistake, `python bot.py resume`",
    "restored": "cancel what was made already, as the operators' guide says, then `python bot.py resume`",
}
HARMLESS = "a fox in the snow"
_UNANSWERED = {  # by the reason why a check gave no answer
    "bad_key": "it does not accept moderation.remote.api_key: make a new key",
    "not_taken": "it does not take the question: see to moderation.remote.url and model",
    "redirect": "it is somewhere else, and redirects are not followed: set its new address",
    "unreadable": "what it says is no answer of OpenAI's moderation API: see to moderation.remote.url and model",
    "too_large": "what it says is no answer of OpenAI's moderation API: see to moderation.remote.url and model",
    "no_score": "it has no score for a category of moderation.remote.thresholds: see to their names",
    "rate_limited": "it allows no more requests now (429): try again later, or raise its limit",
}


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


async def check_all(
    settings: Settings,
    provider: SegmindClient,
    ask_discord: AskDiscord,
    tariff_of: Callable[[Settings], object],
    clock: Clock,
    remote: RemoteCheck | None = None,
) -> list[CheckResult]:
    """Configuration, folders, database, Discord, Segmind and the check of requests, each in one line.

    One request to Segmind, and one to the check. tariff_of: raises SettingsError for prices that `run` would refuse.
    remote: None when it is off.
    """
    results = [CheckResult("configuration", True, "it can be read")]
    results += _prices(settings, tariff_of)
    results.append(await asyncio.to_thread(_media, settings))
    results += await _database(settings, clock.now_ms())
    results += await _discord(settings, ask_discord)
    async with provider:
        results.append(await _segmind(settings, provider))
    if remote is not None:
        async with remote:
            results.append(await _remote(settings, remote))
    return results


def _prices(settings: Settings, tariff_of: Callable[[Settings], object]) -> list[CheckResult]:
    try:
        tariff_of(settings)
    except SettingsError as error:
        return [CheckResult("segmind.prices", False, error.sentence.removeprefix("segmind.prices: "))]
    return []


def _media(settings: Settings) -> CheckResult:
    if sentence := media_obstacle(settings):
        return CheckResult("media.directory", False, sentence.removeprefix("media.directory: "))
    return CheckResult("media.directory", True, f"{settings.media.directory} can be written")


async def _database(settings: Settings, now_ms: int) -> list[CheckResult]:
    path = settings.database.path
    try:
        is_there = await asyncio.to_thread(path.exists)
    except OSError as error:
        return [CheckResult("database", False, f"{path} cannot be looked at ({error.strerror}): {_OTHER_PLACE}")]
    reason = await asyncio.to_thread(obstacle, path.parent)
    if reason is None and is_there and not os.access(path, os.R_OK | os.W_OK):
        reason = os.strerror(errno.EACCES)
    if reason is not None:
        return [CheckResult("database", False, f"{path} cannot be written ({reason}): {_OTHER_PLACE}")]
    if not is_there:
        return [CheckResult("database", True, f"{path} is not there yet: `run` makes it")]
    try:
        rate = await _rate(path, settings.segmind.requests_per_minute, now_ms)
        return [*await _pauses(path), *await _unclear(path, now_ms), *rate]
    except KlapperError as error:
        return [CheckResult("database", False, error.sentence)]


async def _pauses(path: Path) -> list[CheckResult]:
    async with SqliteDatabase.open(path, read_only=True) as database, database.read() as tx:
        stopped, guilds = await PauseStore().provider(tx), await guild_pauses(tx)
    results = [CheckResult("database", True, f"{path}; {'submits are paused' if stopped else 'nothing is paused'}")]
    for pause in stopped:
        what = "every submit" if pause.scope == ALL else f"submits of {pause.scope}"
        cure = _CURES.get(pause.reason, "see to its cause, then `python bot.py resume`")
        results.append(CheckResult("paused", pause.reason == RETIRED, f"{what} ({pause.reason}): {cure}"))
    if guilds:
        ids = ", ".join(str(guild.guild_id) for guild in guilds)
        results.append(CheckResult("guilds", True, f"paused, and their managers resume them: {ids}"))
    return results


async def _unclear(path: Path, now_ms: int) -> list[CheckResult]:
    """Jobs that look after themselves, and that an operator may know more about."""
    held = [job for job in await read_unclear(path, now_ms) if job.status is JobStatus.UNKNOWN]
    if not held:
        return []
    return [CheckResult("jobs", True, f"{len(held)} with an unclear outcome: see `python bot.py jobs unknown`")]


async def _rate(path: Path, configured: int, now_ms: int) -> list[CheckResult]:
    """What a running bot may ask Segmind now: it is the database that knows."""
    async with SqliteDatabase.open(path, read_only=True) as database, database.read() as tx:
        learned = await RateStore().read(tx)
    return [CheckResult("segmind.requests_per_minute", True, rate_sentence(configured, learned, now_ms))]


def rate_sentence(configured: int, learned: LearnedRate | None, now_ms: int) -> str:
    """What is configured, and what of it is left after the last 429."""
    if learned is None:
        return f"{configured} configured, never refused by Segmind (429)"
    full = flow_of(configured)
    learned_at = datetime.fromtimestamp(learned.learned_at_ms / SECOND_MS, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    minutes = ceil(learned.full_in_minutes(full, now_ms))
    if minutes <= 0:
        return f"{configured} configured and in full use; the last 429 was at {learned_at}"
    now = max(learned.now(full, now_ms), LEAST_PER_MINUTE)
    return f"{configured} configured, {now:.3g} learned from a 429 at {learned_at}; back at full in about {minutes} min"


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
            low = "; that is below segmind.warn_below_usd" if usd < settings.segmind.warn_below_usd else ""
            return CheckResult("segmind", True, f"the key works; {usd:.2f} USD left{low}")
        case Unreadable(kind="bad_key"):
            return CheckResult("segmind", False, "segmind.api_key: Segmind does not accept it: make a new key")
        case Unreadable(kind=kind):
            return CheckResult("segmind", False, f"Segmind gave no readable answer ({kind}): try again later")


async def _remote(settings: Settings, remote: RemoteCheck) -> CheckResult:
    name, url = "moderation.remote", settings.moderation.remote.url
    try:
        objection = await remote.judge((HARMLESS,), ())
    except CheckUnavailable as error:
        cure = _UNANSWERED.get(error.reason, "see to moderation.remote.url and the network, or try again later")
        return CheckResult(name, False, f"{url} gave no answer ({error.reason}), so every request is refused: {cure}")
    if objection is not None:
        sentence = f"it objects to “{HARMLESS}” ({objection.rule}): raise that threshold of moderation.remote"
        return CheckResult(name, False, sentence)
    return CheckResult(name, True, f"{url} answers")
