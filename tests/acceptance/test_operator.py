"""What an operator sees of a running bot: probes, metrics, and the command line beside it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.acceptance.town import Town, job_id_of


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def _ops_url(town: Town, path: str) -> str:
    found = re.findall(r"health server host=127\.0\.0\.1 port=(\d+)", town.bot.log.read_text())
    return f"http://127.0.0.1:{found[-1]}{path}"


async def _ready(town: Town, http: aiohttp.ClientSession) -> bool:
    """/readyz after the card of a job shows that the bot is up."""
    async with http.get(_ops_url(town, "/readyz")) as answer:
        return answer.status == 200 and (await answer.json())["ready"]


async def test_the_probes_and_metrics_tell_what_happened(town: Town, http: aiohttp.ClientSession) -> None:
    await town.open()
    await town.clip_on(await town.video())
    async with http.get(_ops_url(town, "/healthz")) as answer:
        assert answer.status == 200
    assert await _ready(town, http)
    async with http.get(_ops_url(town, "/metrics")) as answer:
        text = await answer.text()
    assert 'klapper_jobs_total{status="succeeded"} 1.0' in text
    assert 'klapper_deliveries_total{state="delivered"} 1.0' in text
    assert re.search(r'klapper_provider_requests_total\{kind="submit",outcome="200"\} 1.0', text)


async def test_the_command_line_works_beside_a_running_bot(town: Town) -> None:
    await town.open(LIMITS__UNDO_S="300")
    card = await town.video()
    code, jobs = await town.bot.command("jobs")
    assert code == 0
    assert job_id_of(card) in jobs
    code, ledger = await town.bot.command("ledger")
    assert code == 0
    assert "84 held" in ledger
    assert "The books add up." in ledger
    code, nothing = await town.bot.command("resume")
    assert code == 0
    assert "Nothing was paused" in nothing


async def test_check_says_what_is_in_order_and_what_has_no_effect_yet(town: Town) -> None:
    await town.open()
    code, output = await town.bot.command("check")
    assert code == 0, output
    for words in ("logged in as klapper", "the key works", "confirm_above", "no effect yet"):
        assert words in output
    town.bot.settings["SEGMIND__API_KEY"] = "SG_0000000000000000"
    code, output = await town.bot.command("check")
    assert code == 1
    assert "does not accept it" in output
    assert "Traceback" not in output


async def test_a_token_that_discord_refuses_is_one_sentence_and_exit_2(quiet_town: Town) -> None:
    await quiet_town.bot.start(DISCORD__TOKEN="bm90.YQ.dG9rZW4")
    assert await quiet_town.bot.exit_code() == 2
    log = quiet_town.bot.log.read_text()
    assert "discord.token: Discord does not accept it" in log
    assert "Traceback" not in log


async def test_a_discord_that_is_not_there_is_one_sentence_and_exit_1(quiet_town: Town) -> None:
    await quiet_town.bot.start(DISCORD__API_URL="http://127.0.0.1:9/api/v10")
    assert await quiet_town.bot.exit_code() == 1
    log = quiet_town.bot.log.read_text()
    assert "Discord cannot be reached" in log
    assert "Traceback" not in log


async def test_a_lost_gateway_connection_is_taken_up_again(town: Town) -> None:
    await town.open()
    await town.driver.kill_gateway()
    await town.driver.wait_for_ready_bot(commands=["video"], timeout=30)
    await town.clip_on(await town.video())
