"""`check` says no to what `run` refuses, and what the operator has to do."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from bot import segmind
from klapper.clock import SystemClock
from klapper.foundation import remote_check_of, tariff_of
from klapper.ops.checks import HARMLESS, CheckResult, DiscordFacts, check_all
from klapper.ops.metrics import Metrics
from klapper.segmind.budget import RequestBudget
from klapper.settings import (
    DatabaseSettings,
    MediaSettings,
    ModerationSettings,
    RemoteSettings,
    SegmindSettings,
    Settings,
)
from tests.databases import new_database
from tests.integration.moderation.moderation_server import Fault, hang_up, moderation_server, says, status

CHECK_KEY = "check-key-0123456789"


async def nobody(_: str) -> DiscordFacts:
    raise AssertionError("there is no token to ask about")


async def results(settings: Settings) -> dict[str, list[CheckResult]]:
    """By name; without a token and a key neither Discord nor Segmind is asked."""
    clock = SystemClock()
    provider = segmind(settings, RequestBudget(50, clock), clock, Metrics())
    remote = remote_check_of(settings, clock)
    found = await check_all(settings, provider, nobody, tariff_of, clock, remote)
    return {name: [result for result in found if result.name == name] for name in {result.name for result in found}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database=DatabaseSettings(url=f"sqlite:///{tmp_path / 'data' / 'klapper.db'}"),
        media=MediaSettings(directory=tmp_path / "media"),
    )


def written(settings: Settings, rows: str) -> None:
    new_database(settings.database.path)
    with closing(sqlite3.connect(settings.database.path)) as connection:
        connection.executescript(rows)


async def test_what_is_not_there_yet_is_fine_where_it_can_be_made(settings: Settings, tmp_path: Path) -> None:
    found = await results(settings)
    assert found["database"][0].is_fine
    assert "`run` makes it" in found["database"][0].sentence
    assert found["media.directory"][0].is_fine
    assert list(tmp_path.iterdir()) == []


async def test_folders_that_cannot_be_made_are_not_fine(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    (tmp_path / "media").touch()
    found = await results(settings)
    assert not found["media.directory"][0].is_fine
    assert not found["database"][0].is_fine
    assert "database.url" in found["database"][0].sentence


UNCLEAR = """
INSERT INTO members (member_ref, guild_id, discord_user_id, created_at_ms) VALUES (1, 42, 7, 0);
INSERT INTO decisions (decision_id, guild_id, member_ref, content_hash, verdict, rule, at_ms)
    VALUES (1, 42, 1, 'x', 'allowed', 'none', 0);
INSERT INTO jobs (job_id, interaction_id, guild_id, channel_id, member_ref, decision_id, request, slug, body_hash,
    deliver_to, price_credits, budget_units, provider_cost_micro_usd, price_version, status, created_at_ms,
    status_at_ms, waiting_since_ms, not_before_ms, posted_at_ms, sent_body)
    VALUES ('aaaaaaaa', 1, 42, 1, 1, 1, '{}', 'slug', 'x', 'here', 1, 1, 1, 'v', 'unknown', 0, 0, 0, 0, 0, '{}');
"""


async def test_unclear_jobs_are_pointed_at_and_nothing_to_mend(settings: Settings) -> None:
    written(settings, UNCLEAR)
    [result] = (await results(settings))["jobs"]
    assert result.is_fine
    assert result.sentence.startswith("1 with an unclear outcome")


async def test_prices_of_no_model_are_not_fine(settings: Settings) -> None:
    prices = SegmindSettings(prices={"kling-nine": {"std/5s": Decimal(1)}})
    [result] = (await results(settings.model_copy(update={"segmind": prices})))["segmind.prices"]
    assert not result.is_fine
    assert "kling-nine" in result.sentence


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("bad_key", "new segmind.api_key"),
        ("no_credits", "buy credits"),
        ("low_balance", "goes on by itself when they cover"),
        ("team_limit", "raise the team's limit"),
        ("forbidden", "allow the model"),
        ("something new", "resume"),
    ],
)
async def test_a_pause_is_not_fine_and_has_a_cure(settings: Settings, reason: str, words: str) -> None:
    written(settings, f"INSERT INTO provider_pauses VALUES ('all', '{reason}', 0)")
    [result] = (await results(settings))["paused"]
    assert not result.is_fine
    assert reason in result.sentence
    assert words in result.sentence


async def test_a_retired_model_leaves_nothing_to_do(settings: Settings) -> None:
    written(settings, "INSERT INTO provider_pauses VALUES ('kling-old', 'retired', 0)")
    [result] = (await results(settings))["paused"]
    assert result.is_fine
    assert "kling-old" in result.sentence


async def test_a_guild_that_paused_itself_is_told_and_fine(settings: Settings) -> None:
    written(settings, "INSERT INTO guild_pauses VALUES (77, 'member:1', 0)")
    [result] = (await results(settings))["guilds"]
    assert result.is_fine
    assert "77" in result.sentence


async def test_the_rate_that_a_429_taught_is_said_beside_a_running_bot(settings: Settings) -> None:
    written(settings, "INSERT INTO learned_rate VALUES (1, 12.0, unixepoch() * 1000, 0)")
    [rate] = (await results(settings))["segmind.requests_per_minute"]
    assert rate.is_fine
    assert re.search(r"^50 configured, 12.* learned from a 429 at .*; back at full in about 15 min$", rate.sentence)


def checking(settings: Settings, **remote: object) -> Settings:
    section = RemoteSettings.model_validate({"api_key": CHECK_KEY, **remote})
    return settings.model_copy(update={"moderation": ModerationSettings(remote=section)})


async def test_a_check_that_is_off_is_not_mentioned(settings: Settings) -> None:
    assert "moderation.remote" not in await results(settings)


async def test_a_check_that_answers_is_fine_and_asked_once(settings: Settings) -> None:
    async with moderation_server() as server:
        [result] = (await results(checking(settings, url=server.url)))["moderation.remote"]
    assert result == CheckResult("moderation.remote", True, f"{server.url} answers")
    assert [body["input"] for body in server.bodies] == [[HARMLESS]]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status(401), "api_key: make a new key"),
        (status(404), "see to moderation.remote.url and model"),
        (status(302, Location="/elsewhere"), "set its new address"),
        (says("<html>"), "no answer of OpenAI's moderation API"),
        (hang_up, "see to moderation.remote.url and the network"),
    ],
)
async def test_a_check_that_does_not_answer_is_not_fine_and_has_a_cure(
    settings: Settings, fault: Fault, words: str
) -> None:
    async with moderation_server() as server:
        server.faults.append(fault)
        [result] = (await results(checking(settings, url=server.url)))["moderation.remote"]
    assert not result.is_fine
    assert "every request is refused" in result.sentence
    assert words in result.sentence
    assert CHECK_KEY not in result.sentence


async def test_a_threshold_of_no_category_is_not_fine(settings: Settings) -> None:
    async with moderation_server() as server:
        checked = checking(settings, url=server.url, thresholds={"violance": 0.5})
        [result] = (await results(checked))["moderation.remote"]
    assert not result.is_fine
    assert "see to their names" in result.sentence


async def test_a_check_that_refuses_everything_is_not_fine(settings: Settings) -> None:
    async with moderation_server() as server:
        checked = checking(settings, url=server.url, thresholds={"violence": 0})
        [result] = (await results(checked))["moderation.remote"]
    assert not result.is_fine
    assert "remote:violence" in result.sentence
