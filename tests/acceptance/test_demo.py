"""`make demo` as a newcomer meets it: the real processes, an empty home, a working directory that was never used."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp
import av
import pytest

from sandbox.demo import play
from sandbox.driver import Driver

BOT = Path(__file__).parents[2] / "bot.py"
PROCESSES = Path("/proc")
MARK = "DEMO_OF_TEST"

STORY_S = 150.0
START_S = 60.0  # on a busy machine
STOP_S = 15.0
SCREEN_LINES = 24

BEATS = (
    "/video  prompt: A paper boat",
    "Waiting",
    "84 credits reserved",
    "[Cancel]  [Receipt]",
    "Done",
    "Here is the clip.",
    "Your clip is ready. 84 credits charged.",
    "the one message that pings Mira",
    "length    5 s",
    "84 credits for Mira; Segmind charged 0.84 USD, once",
    "Ada types  /manage reviewers  channel: review",
    "is shown in #review",
    "Requests in #videos wait for a moderator",
    "boat.png  a red boat with white sails",
    "/video  prompt: The boat rocks on the waves",
    "image: boat.png",
    "In review",
    "The prompt is not shown before a moderator has allowed it.",
    "from an image",
    "Only moderators see #review",
    "asked in #videos",
    "The boat rocks on the waves",
    "SPOILER_image-1.png",
    "Max presses  [Approve]",
    "is approved",
    "Done",
    "has its shape",
    "length    5 s, 240 x 320",
    "mode: default",
    "are made at once",
    "/storyboard",
    "(Generate)  [Discard]",
    "Mira presses  [Add shot…]",
    "New shot",
    "▏The harbour at first light",
    "Mira fills in and sends",
    "3 shots, 7 s",
    "Shot 3 · 2 s  [Edit…]",
    "Mira presses  [Generate · 118 credits]",
    "2. 3 s · A girl sets a paper boat on the water",
    "118 credits for Mira; Segmind charged 1.18 USD, once",
    "Receipt of job",
    '"aspect_ratio": "16:9"',
    '"multi_prompt"',
    "/video  prompt: The boat reaches the sea",
    "only Mira sees this",
    "This costs 252 credits and you have 14",
    "Nothing was sent: Segmind has seen the first three requests only.",
    "/credits balance",
    "You have 14 credits",
    "config.toml ledger",
    "The books add up.",
)


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Every process of the demo inherits it; and none of them has a home to lean on."""
    if not (PROCESSES / "self" / "environ").exists():
        pytest.skip("needs /proc to find processes by their environment")
    mark = uuid4().hex
    monkeypatch.setenv(MARK, mark)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return mark


@dataclass(frozen=True, slots=True)
class Staying:
    """A demo that goes on. url: the page's address."""

    process: subprocess.Popen[str]
    url: str


@pytest.fixture
def staying(mark: str, tmp_path: Path) -> Iterator[Staying]:
    """A demo that has opened and waits for Ctrl-C; the leader of a process group, as in a terminal."""
    command = [sys.executable, str(BOT), "sandbox"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            url = _address(process.stdout.readline())
            said = list(itertools.takewhile(lambda line: "Ctrl-C" not in line, process.stdout))
            assert len(said) < SCREEN_LINES
            yield Staying(process, url)
        finally:
            process.kill()


def test_the_story_is_told_to_its_end(mark: str, tmp_path: Path) -> None:
    command = [sys.executable, str(BOT), "sandbox", "--story", "--no-stay"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=STORY_S, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert _address(told.stdout)
    _assert_in_order(BEATS, told.stdout)
    clips = re.findall(r"file +(\S+\.mp4)", told.stdout)
    assert len(clips) == 3
    assert all(_frames(tmp_path / clip) > 0 for clip in clips)
    assert max(map(len, _panels(told.stdout))) <= 80
    assert "Traceback" not in "".join(path.read_text() for path in tmp_path.glob("data/sandbox/*/*.log"))
    assert _running(mark) == []


async def test_the_page_restarts_the_bot_and_ctrl_c_stops_everything_without_a_traceback(
    staying: Staying, mark: str
) -> None:
    assert len(_running(mark)) >= 4
    async with aiohttp.ClientSession(f"{staying.url}/backstage/") as page, Driver(staying.url) as driver:
        await _restart(page, driver)
        async with page.get("segmind/settings") as answer:
            settings = await answer.json()
            assert (settings["speed"], settings["run_time_s"]) == (20, None)
        async with page.post("bot/kill") as answer:
            assert (await answer.json())["state"] == "stopped"
        await driver.wait_for_bot_gone()
    os.killpg(staying.process.pid, signal.SIGINT)
    rest, _ = staying.process.communicate(timeout=STOP_S)
    assert staying.process.returncode == 0
    assert "Everything is stopped." in rest
    assert "Traceback" not in rest
    assert _running(mark) == []


async def test_no_process_outlives_a_killed_demo(staying: Staying, mark: str) -> None:
    async with aiohttp.ClientSession(f"{staying.url}/backstage/") as page, Driver(staying.url) as driver:
        await _restart(page, driver)
    assert len(_running(mark)) >= 4
    staying.process.kill()
    staying.process.wait()
    assert _left(mark) == []


def test_a_reader_who_goes_away_ends_the_demo(mark: str, tmp_path: Path) -> None:
    command = [sys.executable, str(BOT), "sandbox", "--no-stay"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 1
    assert _running(mark) == []


def test_a_bot_that_does_not_start_is_one_sentence_and_the_end_of_its_log(
    mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = [sys.executable, "-c", "print('no settings'); raise SystemExit(2)"]
    assert play(bot_command=broken, stay=False, folder=tmp_path) == 1
    printed = capsys.readouterr().out
    assert "Klapper has ended by itself (exit code 2)." in printed
    assert "  no settings" in printed.splitlines()
    assert "Traceback" not in printed
    assert _running(mark) == []


def test_a_program_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(bot_command=[str(tmp_path / "bot")], stay=False, folder=tmp_path) == 1
    assert "Klapper cannot be started" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("a file")
    assert play(bot_command=[str(BOT)], folder=tmp_path / "data") == 1
    assert "The demo needs a folder to write to" in capsys.readouterr().out


def test_the_settings_of_a_real_bot_stay_out_of_the_demo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KLAPPER_DISCORD__TOKEN", "real")
    told = (
        "import os; print('settings', [name for name in os.environ if name.startswith('KLAPPER_')]); raise SystemExit"
    )
    play(bot_command=[sys.executable, "-c", told], stay=False, folder=tmp_path)
    assert "settings []" in capsys.readouterr().out


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert play(bot_command=[str(BOT)], port=port, folder=tmp_path) == 1
    printed = capsys.readouterr().out
    assert f"Port {port} cannot be used" in printed
    assert "Traceback" not in printed


async def _restart(page: aiohttp.ClientSession, driver: Driver) -> None:
    """The bot is killed and is there again, as another process, in the state that the page is told."""
    async with page.get("bot/state") as answer:
        before = await answer.json()
    async with page.post("bot/restart") as answer:
        assert answer.status == 200
    await driver.wait_for_ready_bot(START_S, sessions=2)
    async with page.get("bot/state") as answer:
        after = await answer.json()
    assert [(one["state"], one["starts"]) for one in (before, after)] == [("running", 1), ("running", 2)]
    assert after["pid"] != before["pid"]
    assert after["log"]


def _address(output: str) -> str:
    """What the first line says to open."""
    found = re.match(r"Open (http://127\.0\.0\.1:\d+) in a browser", output)
    assert found is not None, output
    return found[1]


def _assert_in_order(beats: tuple[str, ...], output: str) -> None:
    position = 0
    for beat in beats:
        found = output.find(beat, position)
        assert found >= 0, f"{beat!r} is not there, or too early:\n{output}"
        position = found + len(beat)


def _panels(output: str) -> list[str]:
    """Lines that are drawn to fit; paths and commands are not, so that they can be copied."""
    return [line for line in output.splitlines() if line[:1] in "╭│╰"]


def _frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def _left(mark: str) -> list[str]:
    """What still runs when everything had time to end."""
    deadline = time.monotonic() + STOP_S
    while _running(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    return _running(mark)


def _running(mark: str) -> list[str]:
    """The command lines of the processes that belong to the demo, but for this one. A zombie has none."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for process in PROCESSES.iterdir():
        if not process.name.isdecimal() or int(process.name) == os.getpid():
            continue
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # ended meanwhile, or somebody else's
            continue
    return found
