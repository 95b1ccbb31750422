"""(e) From the start of the program to READY, and to `/readyz` after a stop with many unfinished jobs.

Ready means what `/readyz` says: the database can be written, Discord is connected, the tracker has ticked. The jobs
were made by the real services; their cards stand in Discord and Segmind still runs those that it has.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks.crowd import Crowd, Mix
from benchmarks.house import READY_S, Bot, Segmind, Town, stop, town
from benchmarks.report import Target, say, section, table
from benchmarks.workplace import workplace
from sandbox.processes import Children

MIX = Mix(waiting=9_000, queued=500, processing=500)
STARTS = 3
LONGEST_RESTART_S = 3.0
_LOOK_S = 0.005


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process to each."""

    discord_s: float  # READY sent by Discord, commands known
    ready_s: float  # /readyz says so


async def start(children: Children, bot: Bot, place: Town) -> Start:
    """Start the bot, see it ready, stop it. Raises TimeoutError."""
    sessions = place.server.services.gateway.identified + 1
    began_s = time.perf_counter()
    child = await bot.start(children)
    ready = asyncio.create_task(_is_ready(int(bot.settings["OPS__PORT"])))
    discord_at_s = await place.ready(sessions)
    found = Start(discord_at_s - began_s, await ready - began_s)
    await stop(child)
    return found


async def _is_ready(port: int) -> float:
    """When `/readyz` answers 200. Raises TimeoutError."""
    async with asyncio.timeout(READY_S), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
                    if response.status == 200:
                        return time.perf_counter()
            except aiohttp.ClientError:
                pass  # it does not listen yet
            await asyncio.sleep(_LOOK_S)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def starts(folder: Path, mix: Mix | None, times: int) -> list[Start]:
    """How long each start took. mix: jobs that are there at each; None: a new database, whose first start migrates."""
    async with AsyncExitStack() as stack:
        children = await stack.enter_async_context(Children())
        segmind = await Segmind.start(children, folder, run_time_s=100_000.0)
        place = await stack.enter_async_context(town())
        settings = {"OPS__PORT": str(free_port()), "SEGMIND__MAX_RUNNING_JOBS": "1000"}
        bot = Bot.beside(folder, place.server, segmind, **settings)
        if mix is not None:
            say(f"restart: making {mix.total} jobs")
            await Crowd(bot, place, segmind).fill(mix)
        found = []
        for number in range(times):
            say(f"restart: start {number + 1} of {times} with {0 if mix is None else mix.total} jobs")
            found.append(await start(children, bot, place))
        return found


async def measure() -> tuple[list[Start], list[Start]]:
    """Starts with nothing to do, and with `MIX`; the first one of each registers the commands."""
    with workplace() as folder:
        empty = await starts(folder, None, STARTS)
    with workplace() as folder:
        return empty, await starts(folder, MIX, STARTS)


def print_report(empty: list[Start], full: list[Start]) -> None:
    restart_s = median(one.ready_s for one in full[1:])
    rows = [
        [name, one.discord_s, one.ready_s]
        for name, one in (
            ("new database", empty[0]),
            ("nothing to do", empty[-1]),
            *((f"{MIX.total} jobs, start {number}", one) for number, one in enumerate(full, start=1)),
        )
    ]
    section(
        "Start and restart",
        "Seconds from the start of the process until Discord sent READY and knew the commands, and until `/readyz` "
        f"said yes (the tracker has ticked). The jobs: {MIX.waiting} waiting, {MIX.queued} queued, {MIX.processing} "
        "processing, each with its card. The first start of a folder registers the commands.",
        [Target(f"restart with {MIX.total} unfinished jobs", LONGEST_RESTART_S, restart_s, " s")],
        f"Against a start with nothing to do: {restart_s / empty[-1].ready_s:.2f}x.",
        table(["", "READY s", "ready s"], rows),
    )


if __name__ == "__main__":
    print_report(*asyncio.run(measure()))
