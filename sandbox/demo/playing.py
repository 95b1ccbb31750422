"""The demo from its first line to Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from io import TextIOWrapper
from pathlib import Path

from sandbox.demo.acting import StoryFailed, beat
from sandbox.demo.folder import DemoFolder, shown_path
from sandbox.demo.house import House, open_house
from sandbox.demo.story import Story
from sandbox.demo.teller import Output, Teller
from sandbox.driver import Driver
from sandbox.processes import Children, ProcessFailed
from sandbox.segmind import SegmindControl

FOLDER = Path("data/sandbox")
COMMANDS = ("video", "storyboard", "credits")  # that the story needs
READY_S = 60.0
INTERRUPTED = 130  # what a shell makes of Ctrl-C


def play(*, bot_command: Sequence[str], story: bool = True, stay: bool = True, folder: Path = FOLDER) -> int:
    """Run the bot against servers on this machine, tell the story, and stay until Ctrl-C. The exit code.

    bot_command: what starts the bot's command line; `--config <file> run` is added. folder: where each demo gets a
    folder of its own. Nothing is left running at the end.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these characters still gets the story
    teller = Teller(Output())
    try:
        own = DemoFolder.make(folder)
    except OSError as error:
        teller.failed(f"The demo needs a folder to write to: {error}.")
        return 1
    return asyncio.run(_Demo(teller, own, bot_command).run(story=story, stay=stay))


class _Demo:
    def __init__(self, teller: Teller, folder: DemoFolder, bot_command: Sequence[str]) -> None:
        self._teller = teller
        self._folder = folder
        self._bot_command = bot_command
        self._told = False

    async def run(self, *, story: bool, stay: bool) -> int:
        try:
            async with _stop_signal() as stop, Children() as children:
                work = asyncio.create_task(self._play(children, story=story, stay=stay))
                await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
                await _finish(work)
                self._teller.say("\nStopping ...")
        except ProcessFailed as error:
            self._teller.failed(error.sentence, error.lines, shown_path(error.log))
            return 1
        except BrokenPipeError:  # nobody reads on, as after `| head`
            return 1
        self._teller.say(f"Everything is stopped. The files stay in {shown_path(self._folder.path)}.")
        return 0 if self._told else INTERRUPTED

    async def _play(self, children: Children, *, story: bool, stay: bool) -> None:
        self._teller.opening(story=story)
        with self._teller.waiting("Starting Discord, Segmind and the bot ..."):
            house = await open_house(children, self._folder, self._bot_command)
        await _while_all_run(children, self._tell(house, story=story, stay=stay))

    async def _tell(self, house: House, *, story: bool, stay: bool) -> None:
        async with Driver(house.discord_url) as driver, SegmindControl(house.segmind_url) as provider:
            try:
                await self._meet(house, driver)
                if story:
                    await Story(teller=self._teller, driver=driver, provider=provider, house=house).tell()
            except StoryFailed as error:
                raise house.bot.failure(str(error)) from error
            self._told = True
            if stay:
                self._teller.ending(house)
                await asyncio.Event().wait()

    async def _meet(self, house: House, driver: Driver) -> None:
        with self._teller.waiting("The bot connects and registers its commands ..."):
            async with beat("The bot was not ready"):
                await driver.wait_for_ready_bot(READY_S, commands=COMMANDS)
                self._teller.meet(await _names(driver))
        self._teller.addresses(house)


async def _while_all_run(children: Children, story: Coroutine[None, None, None]) -> None:
    """Raises ProcessFailed when a child ends before the story."""
    work = asyncio.create_task(story)
    exit_ = asyncio.create_task(children.first_exit())
    try:
        await asyncio.wait({work, exit_}, return_when=asyncio.FIRST_COMPLETED)
        if exit_.done():
            child = exit_.result()
            raise child.failure(f"{child.name} has ended by itself (exit code {child.process.returncode}).")
    finally:
        exit_.cancel()
        await _finish(work)


async def _finish(work: asyncio.Task[None]) -> None:
    """Its error, if it ended with one; cancelled if it has not ended."""
    if work.done():
        work.result()
        return
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def _names(driver: Driver) -> dict[str, str]:
    """Names of people and channels by id."""
    guilds = (await driver.world())["guilds"]
    users = [member["user"] for guild in guilds for member in guild["members"]]
    people = {user["id"]: user.get("global_name") or user["username"] for user in users}
    return people | {channel["id"]: channel["name"] for guild in guilds for channel in guild["channels"]}


@asynccontextmanager
async def _stop_signal() -> AsyncIterator[asyncio.Future[None]]:
    """Done at the first Ctrl-C or SIGTERM; the following ones change nothing."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[None] = loop.create_future()

    def ask() -> None:
        if not stop.done():
            stop.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
