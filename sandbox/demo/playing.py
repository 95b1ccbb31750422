"""The demo from its first line to Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path

from sandbox.demo.acting import StoryFailed, beat
from sandbox.demo.browser import has_display, open_browser
from sandbox.demo.ending import finish, stop_signal, while_all_run
from sandbox.demo.folder import DemoFolder, shown_path
from sandbox.demo.house import House, Plan, open_house
from sandbox.demo.story import Story
from sandbox.demo.teller import Output, Teller
from sandbox.driver import Driver
from sandbox.processes import Children, ProcessFailed
from sandbox.segmind import SegmindControl

FOLDER = Path("data/sandbox")
COMMANDS = ("video", "storyboard", "credits")  # that the story needs
READY_S = 60.0
INTERRUPTED = 130  # what a shell makes of Ctrl-C


# Enough for the three short clips of the story, too little for the long one after them. A job takes six seconds.
STORY_PLAN = Plan(allowance_credits=300, segmind=("--run-time", "6"))
# Enough to play with. A job takes a twentieth of what it takes at Segmind.
PLAY_PLAN = Plan(allowance_credits=1000, segmind=("--speed", "20"))


def play(
    *,
    bot_command: Sequence[str],
    story: bool = False,
    stay: bool = True,
    folder: Path = FOLDER,
    port: int = 0,
    browser: bool = False,
) -> int:
    """Run the bot against servers on this machine, with a page to use it, and stay until Ctrl-C. The exit code.

    bot_command: what starts the bot's command line; `--config <file> run` is added. story: tell one in the terminal.
    folder: where each demo gets a folder of its own. port: of the page, 0 takes a free one. browser: open the page in
    one, where there is a display and somebody reads along. Nothing is left running at the end.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these characters still gets the story
    teller = Teller(Output())
    try:
        own = DemoFolder.make(folder)
    except OSError as error:
        teller.failed(f"The demo needs a folder to write to: {error}.")
        return 1
    plan = replace(STORY_PLAN if story else PLAY_PLAN, port=port)
    opens = browser and teller.is_watched and has_display(os.environ, sys.platform)
    return asyncio.run(_Demo(teller, own, bot_command, plan, opens=opens).run(story=story, stay=stay))


class _Demo:
    def __init__(
        self, teller: Teller, folder: DemoFolder, bot_command: Sequence[str], plan: Plan, *, opens: bool
    ) -> None:
        self._teller = teller
        self._folder = folder
        self._bot_command = bot_command
        self._plan = plan
        self._opens = opens
        self._told = False

    async def run(self, *, story: bool, stay: bool) -> int:
        try:
            async with stop_signal() as stop, Children() as children:
                work = asyncio.create_task(self._play(children, story=story, stay=stay))
                await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
                await finish(work)
                self._teller.say("\nStopping ...")
        except ProcessFailed as error:
            self._teller.failed(error.sentence, error.lines, shown_path(error.log))
            return 1
        except BrokenPipeError:  # nobody reads on, as after `| head`
            return 1
        self._teller.say(f"Everything is stopped. The files stay in {shown_path(self._folder.path)}.")
        return 0 if self._told else INTERRUPTED

    async def _play(self, children: Children, *, story: bool, stay: bool) -> None:
        async with AsyncExitStack() as stack:
            with self._teller.waiting("Starting Discord and Segmind ..."):
                opening = open_house(children, self._folder, self._bot_command, self._plan)
                house = await stack.enter_async_context(opening)
            self._teller.opening(house, story=story)
            if self._opens:
                open_browser(house.discord_url)
            await while_all_run(children, self._tell(house, story=story, stay=stay))

    async def _tell(self, house: House, *, story: bool, stay: bool) -> None:
        async with Driver(house.discord_url) as driver, SegmindControl(house.segmind_url) as provider:
            try:
                await self._meet(house, driver)
                if story:
                    self._teller.addresses(house)
                    await Story(teller=self._teller, driver=driver, provider=provider, house=house).tell()
            except StoryFailed as error:
                raise house.bot.failure(str(error)) from error
            self._told = True
            await self._go_on(house, story=story, stay=stay)

    async def _meet(self, house: House, driver: Driver) -> None:
        await house.bot.begin(lambda: _sessions(driver))
        with self._teller.waiting("The bot connects and registers its commands ..."):
            async with beat("The bot was not ready"):
                await _ready(house, driver)
                self._teller.meet(await _names(driver))

    async def _go_on(self, house: House, *, story: bool, stay: bool) -> None:
        if story and stay:
            self._teller.ending(house)
        elif not story:
            self._teller.suggestions(house, stay=stay)
        if stay:
            await asyncio.Event().wait()


async def _ready(house: House, driver: Driver) -> None:
    """Until the bot can be used. Raises TimeoutError, unless somebody keeps it from that through its door."""
    while True:
        try:
            return await driver.wait_for_ready_bot(READY_S, commands=COMMANDS)
        except TimeoutError:
            if not house.bot.was_ended:
                raise


async def _sessions(driver: Driver) -> int:
    return int((await driver.bot())["identified"])


async def _names(driver: Driver) -> dict[str, str]:
    """Names of people and channels by id."""
    guilds = (await driver.world())["guilds"]
    users = [member["user"] for guild in guilds for member in guild["members"]]
    people = {user["id"]: user.get("global_name") or user["username"] for user in users}
    return people | {channel["id"]: channel["name"] for guild in guilds for channel in guild["channels"]}
