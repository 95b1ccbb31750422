"""What an operator sees of a running bot: probes, metrics, and the command line beside it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver
from tests.acceptance.bot_process import BotProcess
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


@pytest.fixture
def kept_port() -> Iterator[int]:
    """A port where nobody answers until the test does: held, so that no other program is given it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@asynccontextmanager
async def _door(port: int, to_port: int) -> AsyncIterator[None]:
    """Connections to one port of this machine reach another."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while part := await reader.read(65536):
                writer.write(part)
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to_port)
        await asyncio.gather(carry(reader, back), carry(there, writer))

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


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


async def test_a_closed_terminal_ends_the_bot_like_any_stop(town: Town) -> None:
    await town.open()
    assert await town.bot.hang_up() == 0
    assert "stopping" in town.bot.log.read_text()


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
    code, ledger = await town.bot.command("ledger", "--json")
    assert code == 0
    assert json.loads(ledger) == await town.bot.ledger()
    code, jobs = await town.bot.command("jobs", "--json")
    assert code == 0
    assert json.loads(jobs) == await town.bot.jobs()
    code, nothing = await town.bot.command("resume")
    assert code == 0
    assert "Nothing was paused" in nothing


async def test_reconcile_compares_with_the_bill_beside_a_running_bot(town: Town) -> None:
    await town.open()
    await town.clip_on(await town.video())
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    code, output = await town.bot.command("reconcile", "--since", yesterday)
    assert code == 0, output
    assert "1 job and 1 request at Segmind" in output
    (job,) = await town.control.jobs()
    stranger = await town.control.import_job(job.slug, job.parameters, age_s=60)
    code, output = await town.bot.command("reconcile", "--since", yesterday, "--json")
    assert code == 1, output
    [difference] = json.loads(output)["differences"]
    assert (difference["difference"], difference["request_id"]) == ("charge_without_job", stranger.id)


async def test_check_says_what_is_in_order_and_what_is_not(town: Town) -> None:
    await town.open()
    code, output = await town.bot.command("check")
    assert code == 0, output
    for words in ("logged in as klapper", "the key works", "media can be written"):
        assert words in output
    town.bot.settings["SEGMIND__API_KEY"] = "SG_0000000000000000"
    code, output = await town.bot.command("check")
    assert code == 1
    assert "does not accept it" in output
    assert "Traceback" not in output


@pytest.fixture
def alone(tmp_path: Path) -> BotProcess:
    """A command line with nothing to talk to."""
    return BotProcess(tmp_path, {"DATABASE__URL": f"sqlite:///{tmp_path / 'klapper.db'}"})


async def test_a_media_folder_that_cannot_be_written_stops_run_before_anything_is_made(alone: BotProcess) -> None:
    (alone.folder / "media").touch()
    alone.settings |= {"DISCORD__TOKEN": "a", "SEGMIND__API_KEY": "b", "MEDIA__DIRECTORY": "media"}
    code, output = await alone.command("run")
    assert code == 2
    assert output.startswith("media.directory: media cannot be written (Not a directory)")
    assert len(output.splitlines()) == 1
    assert not alone.database.exists()


async def test_migrate_says_that_there_was_nothing_to_do(alone: BotProcess) -> None:
    await alone.command("migrate")
    code, output = await alone.command("migrate")
    assert code == 0
    assert re.fullmatch(r"The database \S+ is at version \d+ already\.\n", output)


async def test_resume_of_what_is_not_paused_lists_what_is(alone: BotProcess) -> None:
    await alone.command("migrate")
    with closing(sqlite3.connect(alone.database)) as connection:
        connection.execute("INSERT INTO provider_pauses VALUES ('all', 'team_limit', 0)")
        connection.commit()
    code, output = await alone.command("resume", "typo")
    assert code == 1
    assert output == "typo is not paused; paused at the moment: all (team_limit).\n"
    code, output = await alone.command("resume", "all")
    assert code == 0
    assert "Lifted: all" in output


@pytest.mark.parametrize("arguments", [("--config", "other.toml", "jobs"), ("jobs", "--config", "other.toml")])
async def test_the_settings_file_is_named_before_or_after_the_command(
    alone: BotProcess, arguments: tuple[str, ...]
) -> None:
    alone.settings.clear()
    (alone.folder / "other.toml").write_text('[database]\nurl = "sqlite:///other.db"\n')
    code, output = await alone.command(*arguments)
    assert code == 1
    assert f"There is no database at {alone.folder / 'other.db'}" in output


async def test_check_says_that_the_database_cannot_be_looked_at(quiet_town: Town) -> None:
    quiet_town.bot.settings["DATABASE__URL"] = f"sqlite:///{quiet_town.bot.folder / ('x' * 300)}"
    code, output = await quiet_town.bot.command("check")
    assert code == 1
    assert "cannot be looked at (File name too long)" in output
    assert "Traceback" not in output


async def test_a_token_that_discord_refuses_is_one_sentence_and_exit_2(quiet_town: Town) -> None:
    await quiet_town.bot.start(DISCORD__TOKEN="bm90.YQ.dG9rZW4")
    assert await quiet_town.bot.exit_code() == 2
    log = quiet_town.bot.log.read_text()
    assert "discord.token: Discord does not accept it" in log
    assert "Traceback" not in log


async def test_a_discord_that_is_not_there_is_waited_for(
    quiet_town: Town, http: aiohttp.ClientSession, kept_port: int
) -> None:
    late = SandboxDiscord(port=kept_port)
    await quiet_town.bot.start(
        DISCORD__TOKEN=late.token, DISCORD__API_URL=late.api_url, DISCORD__GATEWAY_URL=late.gateway_url
    )
    await quiet_town.bot.logged("Discord cannot be reached: trying again step=login")
    assert not await _ready(quiet_town, http)
    async with late, Driver(late.url) as driver:
        await driver.wait_for_ready_bot(commands=["video"], timeout=20)
        assert await quiet_town.bot.stop() == 0
    log = quiet_town.bot.log.read_text()
    assert "Traceback" not in log
    assert "Unclosed" not in log


async def test_a_login_that_discord_drops_is_tried_again(town: Town) -> None:
    await town.driver.add_fault("GET", "/users/@me", drop=True, times=2)
    await town.driver.add_fault("GET", "/oauth2/applications/@me", status=503)
    await town.open()
    await town.clip_on(await town.video())
    assert town.bot.log.read_text().count("Discord cannot be reached: trying again step=login") == 2
    assert "Unclosed" not in town.bot.log.read_text()


async def test_commands_that_could_not_be_registered_are_registered_later(town: Town) -> None:
    await town.driver.add_fault("PUT", "/commands", status=429, retry_after_s=31, via=True)
    await town.open()
    await town.bot.logged("commands registered")
    assert "Discord cannot be reached: trying again step=commands" in town.bot.log.read_text()


async def test_a_note_about_the_commands_that_cannot_be_written_stops_nothing(town: Town) -> None:
    town.bot.database.with_name("klapper.db.commands").mkdir()
    await town.open()
    await town.bot.logged("commands are registered again at the next start")
    assert "credits" in await town.balance()


async def test_a_connection_that_discord_ends_for_good_is_one_sentence_and_exit_1(quiet_town: Town) -> None:
    await quiet_town.open()
    await quiet_town.driver.kill_gateway(4004)
    assert await quiet_town.bot.exit_code() == 1
    log = quiet_town.bot.log.read_text()
    assert "Discord closed the connection for good (code 4004)" in log
    assert "Traceback" not in log


async def test_without_a_gateway_clips_are_delivered_and_commands_follow(town: Town, kept_port: int) -> None:
    await town.control.change(run_time_s=60.0)
    await town.open()
    card = await town.video()
    (job,) = await town.control.wait_for_jobs(1)
    await town.card_with(card, "segmind")
    await town.bot.kill()
    sessions = (await town.driver.bot())["identified"]
    await town.control.complete(job.id)
    await town.bot.start(DISCORD__GATEWAY_URL=f"ws://127.0.0.1:{kept_port}/gateway")
    await town.clip_on(card)
    await town.bot.logged("Discord cannot be reached: trying again step=gateway")
    async with _door(kept_port, int(town.discord.url.rpartition(":")[2])):
        await town.driver.wait_for_ready_bot(commands=["video"], sessions=sessions + 1, timeout=90)
        assert "416 credits" in await town.balance()
        assert await town.bot.stop() == 0


async def test_a_guild_that_removes_the_bot_gets_its_waiting_jobs_released(town: Town) -> None:
    await town.open(LIMITS__UNDO_S="300")
    job_id = job_id_of(await town.video())
    await town.driver.remove_bot()
    await town.bot.logged(f"job moved job_id={job_id} from=waiting to=cancelled")
    assert (await town.bot.ledger())["adds_up"]


async def test_check_says_that_discord_is_away(quiet_town: Town) -> None:
    await quiet_town.driver.add_fault("GET", "/oauth2/applications/@me", drop=True, times=2)
    code, output = await quiet_town.bot.command("check")
    assert code == 1
    assert "Discord cannot be reached" in output
    assert "Traceback" not in output


async def test_a_lost_gateway_connection_is_taken_up_again(town: Town) -> None:
    await town.open()
    await town.driver.kill_gateway()
    await town.driver.wait_for_ready_bot(commands=["video"], timeout=30)
    await town.clip_on(await town.video())
