"""The bot of the demo is killed, stopped and started through its door. A tiny program stands for it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.demo.bot_door import LOG_LINES, BotDoor
from sandbox.demo.demo_bot import DemoBot
from sandbox.processes import Children

TINY = """
import signal, sys
def leave(number, frame):
    print("goodbye", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("hello", flush=True)
while True:
    signal.pause()
"""


class Sessions:
    """How often a bot has identified at Discord."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> int:
        return self.count


class Page:
    """What the page does at the door: status and answer."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def do(self, act: str, **headers: str) -> tuple[int, Any]:
        async with self._session.post(f"/{act}", headers=headers) as answer:
            return answer.status, await answer.json()

    async def state(self) -> Any:
        async with self._session.get("/state") as answer:
            return await answer.json()

    async def logged(self, line: str) -> Any:
        """The first state whose log ends with the line."""
        async with asyncio.timeout(10):
            while True:
                state = await self.state()
                if state["log"][-1:] == [line]:
                    return state


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    async with Children() as running:
        yield running


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def bot(children: Children, tmp_path: Path) -> DemoBot:
    return DemoBot(children, [sys.executable, "-c", TINY], tmp_path / "bot.log")


@pytest.fixture
async def page(bot: DemoBot) -> AsyncIterator[Page]:
    async with BotDoor(bot) as door, aiohttp.ClientSession(door.url) as session:
        yield Page(session)


@pytest.fixture
async def begun(bot: DemoBot, page: Page, sessions: Sessions) -> int:
    """The pid of the first run, which has said hello."""
    await bot.begin(sessions)
    return int((await page.logged("hello"))["pid"])


async def test_a_bot_is_starting_until_discord_has_it(page: Page, begun: int, sessions: Sessions) -> None:
    assert await page.state() == {"state": "starting", "pid": begun, "starts": 1, "log": ["hello"]}
    sessions.count = 1
    assert (await page.state())["state"] == "running"


async def test_before_its_first_start_nothing_can_be_done(page: Page) -> None:
    assert await page.state() == {"state": "starting", "pid": None, "starts": 0, "log": []}
    assert [(await page.do(act))[0] for act in ("kill", "stop", "start", "restart")] == [409] * 4


async def test_a_killed_bot_says_nothing_and_is_gone(page: Page, begun: int) -> None:
    assert await page.do("kill") == (200, {"state": "stopped", "pid": None, "starts": 1, "log": ["hello"]})
    with pytest.raises(ProcessLookupError):
        os.kill(begun, 0)


async def test_a_stopped_bot_ends_by_itself(page: Page, begun: int) -> None:
    assert await page.do("stop") == (200, {"state": "stopped", "pid": None, "starts": 1, "log": ["hello", "goodbye"]})


async def test_a_bot_comes_back_as_another_process(page: Page, begun: int, sessions: Sessions) -> None:
    sessions.count = 1
    await page.do("kill")
    status, state = await page.do("start")
    assert (status, state["state"], state["starts"]) == (200, "starting", 2)
    assert state["pid"] not in (None, begun)
    sessions.count = 2
    assert (await page.state())["state"] == "running"
    again = (await page.do("restart"))[1]
    assert (again["state"], again["starts"]) == ("starting", 3)
    assert again["pid"] != state["pid"]
    await page.do("stop")
    assert (await page.do("restart"))[1]["starts"] == 4


async def test_what_cannot_be_done_is_a_sentence(page: Page, begun: int) -> None:
    assert await page.do("start") == (409, {"error": "The bot is running already."})
    await page.do("kill")
    gone = (409, {"error": "The bot is not running."})
    assert (await page.do("kill"), await page.do("stop")) == (gone, gone)


async def test_acts_at_the_same_moment_are_done_one_by_one(page: Page, begun: int) -> None:
    done = await asyncio.gather(*(page.do("start") for _ in range(2)), *(page.do("restart") for _ in range(3)))
    assert sorted(status for status, _ in done) == [200, 200, 200, 409, 409]
    assert (await page.state())["starts"] == 4


async def test_a_program_that_is_gone_is_a_sentence(children: Children, tmp_path: Path, sessions: Sessions) -> None:
    program = tmp_path / "bot"
    program.symlink_to("/bin/true")
    bot = DemoBot(children, [str(program)], tmp_path / "bot.log")
    async with BotDoor(bot) as door, aiohttp.ClientSession(door.url) as session:
        await bot.begin(sessions)
        await asyncio.wait_for(children.first_exit(), 10)
        program.unlink()
        status, answer = await Page(session).do("start")
    assert (status, answer["error"][:26]) == (409, "Klapper cannot be started:")


async def test_only_a_bot_that_ends_by_itself_is_noticed(page: Page, begun: int, children: Children) -> None:
    noticed = asyncio.create_task(children.first_exit())
    await page.do("kill")
    await page.do("start")
    await page.do("stop")
    _, state = await page.do("start")
    assert not noticed.done()
    os.kill(state["pid"], 9)
    child = await asyncio.wait_for(noticed, 10)
    assert (child.process.pid, child.process.returncode) == (state["pid"], -9)


async def test_a_long_log_is_read_from_its_end(page: Page, begun: int, tmp_path: Path) -> None:
    with (tmp_path / "bot.log").open("a") as log:
        log.writelines(f"line {number} {'.' * 100}\n" for number in range(5000))
    lines = (await page.state())["log"]
    assert [line.split()[1] for line in lines] == [str(number) for number in range(5000 - LOG_LINES, 5000)]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
async def test_a_web_site_cannot_kill_the_bot(page: Page, begun: int, headers: dict[str, str]) -> None:
    assert (await page.do("kill", **headers))[0] == 403
    assert (await page.state())["pid"] == begun
