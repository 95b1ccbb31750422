"""Discord in this process, so that its moments can be timed, and Segmind and the bots as processes beside it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.workplace import ROOT
from sandbox.discord import SandboxDiscord
from sandbox.discord.clock import SandboxClock
from sandbox.discord.control.acts import MemberActs
from sandbox.discord.control.names import Names
from sandbox.discord.control.picking import Uploads
from sandbox.discord.defaults import default_world
from sandbox.discord.errors import Json
from sandbox.discord.journal import Entry, Filter, Journal, Kind
from sandbox.processes import Child, Children

READY_S = 60.0
CHANNEL = "videos"
MEMBERS = 200  # so that none of them has an unusual number of jobs


class TimedJournal(Journal):
    """Discord's record with the moment of each entry; `time.perf_counter` in seconds, by its number."""

    def __init__(self, clock: SandboxClock) -> None:
        super().__init__(clock)
        self.at_s: list[float] = []

    def append(self, kind: Kind, subject: int | str, data: Json) -> Entry:
        self.at_s.append(time.perf_counter())
        return super().append(kind, subject, data)

    def moment_s(self, entry: Entry) -> float:
        """When this was written."""
        return self.at_s[entry.seq - 1]


@dataclass(slots=True)
class Town:
    """A guild with many members and the one bot in it. Commands are sent in this process, without a request."""

    server: SandboxDiscord
    journal: TimedJournal
    acts: MemberActs
    members: list[str]
    _asked: int = field(default=0)

    def ask(self, prompt: str = "a paper boat on a river") -> str:
        """A /video of the next member, each with words of its own; the interaction's id."""
        return self.ask_command("video", {"prompt": f"{prompt}, take {self._asked + 1}"})

    def ask_command(self, command: str, options: Mapping[str, object]) -> str:
        """A command of the next member; the interaction's id."""
        self._asked += 1
        member = self.members[self._asked % len(self.members)]
        return str(self.acts.slash(member, CHANNEL, command, dict(options))["id"])

    async def until(self, holds: Callable[[], bool], *, timeout_s: float) -> float:
        """When something held that Discord's record tells of, on `time.perf_counter`. Raises TimeoutError."""
        seen = 0
        async with asyncio.timeout(timeout_s):
            while not holds():
                _, seen = await self.journal.wait(seen, Filter(), timeout_s)
        return time.perf_counter()

    async def ready(self, sessions: int) -> float:
        """When the bot had identified so often and /video was known. Raises TimeoutError."""
        return await self.until(lambda: self._is_ready(sessions), timeout_s=READY_S)

    def are_answered(self, asked: Sequence[str]) -> bool:
        """Whether all of these interactions had their callback."""
        found = (self.server.services.desk.get(int(id_)) for id_ in asked)
        return all(one is not None and one.callback is not None for one in found)

    def _is_ready(self, sessions: int) -> bool:
        gateway, guilds = self.server.services.gateway, [None, *self.server.world.guilds]
        names = [one["name"] for guild in guilds for one in self.server.services.commands.definitions(guild)]
        return bool(gateway.connected) and gateway.identified >= sessions and "video" in names

    def entries(self, kind: Kind) -> list[Entry]:
        """What happened of this kind, oldest first."""
        return self.journal.after(0, Filter(frozenset({kind})))

    def answers_ms(self, asked: Collection[str]) -> dict[str, float]:
        """How long those of these interactions waited that had a callback."""
        sent: dict[str, float] = {}
        answered: dict[str, float] = {}
        for entry in self.entries(Kind.INTERACTION):
            times = sent if entry.data["callback"] is None else answered
            times.setdefault(entry.subject, self.journal.moment_s(entry))
        return {id_: (answered[id_] - sent[id_]) * 1000 for id_ in set(asked) & answered.keys()}


@asynccontextmanager
async def town(members: int = MEMBERS) -> AsyncIterator[Town]:
    """A Discord without a bot."""
    names = [f"Member {number}" for number in range(members)]
    world = default_world(members=tuple(names))
    world.journal = journal = TimedJournal(world.clock)
    async with SandboxDiscord(world) as server:
        acts = MemberActs(server.services, Names(world), Uploads())
        yield Town(server, journal, acts, names)


@dataclass(frozen=True, slots=True)
class Segmind:
    """A sandbox Segmind in a process of its own."""

    url: str
    key: str

    @classmethod
    async def start(cls, children: Children, folder: Path, *, run_time_s: float, balance_usd: float = 1e6) -> Segmind:
        """Raises ProcessFailed."""
        options = ("--run-time", str(run_time_s), "--balance", str(balance_usd))
        command = (sys.executable, "-m", "sandbox.segmind", *options)
        child = await children.start("Segmind", command, log=folder / "segmind.log", cwd=ROOT, announces=True)
        announced = await children.announcement(child)
        return cls(announced["url"], announced["api_key"])


@dataclass(frozen=True, slots=True)
class Bot:
    """The real program in a folder of its own: its database, its media, its log."""

    folder: Path
    settings: Mapping[str, str]

    @property
    def database(self) -> Path:
        return self.folder / "klapper.db"

    @classmethod
    def beside(cls, folder: Path, discord: SandboxDiscord, segmind: Segmind, **settings: str) -> Bot:
        """With the settings of an operator who changed only what keeps many jobs of few people from being refused."""
        return cls(
            folder,
            {
                "DISCORD__TOKEN": discord.token,
                "DISCORD__API_URL": discord.api_url,
                "DISCORD__GATEWAY_URL": discord.gateway_url,
                "SEGMIND__API_KEY": segmind.key,
                "SEGMIND__API_URL": segmind.url,
                "SEGMIND__ASSETS_URL": segmind.url,
                "SEGMIND__HISTORY_URL": segmind.url,
                "SEGMIND__DOWNLOAD_HOSTS": "127.0.0.1",
                "DATABASE__URL": f"sqlite:///{folder / 'klapper.db'}",
                "MEDIA__DIRECTORY": str(folder / "media"),
                "CREDITS__DEFAULT_ALLOWANCE": "100000000",
                "CREDITS__BOT_BUDGET_PER_DAY": "100000000",
                "LIMITS__WAITING_PER_MEMBER": "0",
                "LIMITS__RUNNING_PER_MEMBER": "0",
                "OPS__PORT": "0",
                **settings,
            },
        )

    async def start(self, children: Children) -> Child:
        """The process; Discord says when it is ready."""
        command = (sys.executable, str(ROOT / "bot.py"), "run")
        return await children.start(
            "the bot", command, log=self.folder / "bot.log", cwd=self.folder, env=self.environment()
        )

    def environment(self) -> dict[str, str]:
        """What the program is started with: nothing of an operator's own settings."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("KLAPPER_")}
        return own | {f"KLAPPER_{name}": value for name, value in self.settings.items()}


async def stop(child: Child) -> None:
    """SIGTERM, and wait for its end."""
    if child.process.returncode is None:
        child.process.terminate()
    await child.process.wait()
