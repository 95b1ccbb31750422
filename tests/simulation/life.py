"""One life of Klapper: everything that the program composes, on virtual time, until it is killed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from klapper.assembly import Assembly
from klapper.ops.metrics import Metrics
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient
from klapper.segmind.media import DownloadLimits
from klapper.segmind.rates import RateKeeper
from klapper.services.supervisor import supervise
from klapper.settings import Settings
from tests.fake_attachments import FakeAttachments
from tests.simulation.case_messenger import SimulatedCaseMessenger
from tests.simulation.case_model import CaseChannels
from tests.simulation.clips import SimulatedCopies, age, inspect
from tests.simulation.database import SimulatedDatabase
from tests.simulation.discord_model import DiscordModel
from tests.simulation.loop import Killed, SimulatedLoop
from tests.simulation.members import normalised
from tests.simulation.messenger import SimulatedMessenger
from tests.simulation.segmind_model import SegmindModel
from tests.simulation.story import Story
from tests.simulation.time import SimulatedClock, Time
from tests.simulation.transport import SimulatedTransport
from tests.simulation.watch import Watch

LEFT_OUT = frozenset({"gauges"})  # they only read, and often
ANSWER_INTERACTIONS_S, STOP_S = 2.0, 10.0  # as in bot.py
LIMITS = DownloadLimits(max_bytes=200_000, no_progress_s=120.0, longest_s=3_600.0)  # a thousandth of the real bytes
ENDPOINTS = Endpoints(
    "https://api.segmind.com", "https://api.spotprod.segmind.com", "https://workflows-api.segmind.com"
)

Verified = TypeVar("Verified")


@dataclass(frozen=True, slots=True)
class Outside:
    """What outlives every life. is_full: whether the disk refuses writes now."""

    time: Time
    clock: SimulatedClock
    story: Story
    settings: Settings
    segmind: SegmindModel
    discord: DiscordModel
    cases: CaseChannels
    watch: Watch
    attachments: FakeAttachments
    metrics: Metrics
    is_full: Callable[[], bool]
    database: sqlite3.Connection


class SimulatedSegmind(SegmindClient):
    """The real client, whose files are as old as the story says."""

    async def download(self, url: str, to_path: Path, verify: Callable[[Path], Awaitable[Verified]]) -> Verified:
        verified = await super().download(url, to_path, verify)
        age(to_path, self._clock)
        return verified


class Life:
    """From a start to a death. make: how Klapper is assembled. noticed: told of what a death is worth trying after.

    is_serving: whether interactions are heard: not before it has read what it needs, nor while it stops.
    """

    def __init__(
        self, outside: Outside, make: Callable[..., Assembly], chance: Random, noticed: Callable[[str], None]
    ) -> None:
        self.outside = outside
        self.loop = SimulatedLoop(outside.time)
        self.attachments = outside.attachments
        self.database = SimulatedDatabase(
            outside.database,
            chance,
            steps=lambda: self.loop.steps.taken,
            waits=self._transaction_waits,
            claiming=outside.watch.claiming,
            committed=lambda moves: noticed("move" if moves else "commit"),
            is_full=outside.is_full,
        )
        self.messenger = SimulatedMessenger(self.loop, outside.discord, chance, outside.watch)
        self.is_serving = False
        self._klapper: Assembly | None = None
        self._make = make
        self._chance = chance
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def klapper(self) -> Assembly:
        assert self._klapper is not None
        return self._klapper

    def now_s(self) -> float:
        return self.outside.time.now_s

    def run(self) -> None:
        """Live until something raised out of the loop ends it."""
        self._tasks.add(self.loop.create_task(self._crashes_are_seen("the operator", self._begin())))
        self.loop.run_forever()

    def spawn(self, who: str, work: Coroutine[Any, Any, None]) -> None:
        """An interaction arrives."""
        task = self.loop.create_task(self._crashes_are_seen(who, work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def stop(self) -> None:
        """SIGTERM: ten seconds to end, as `bot.py` does it."""
        self._tasks.add(self.loop.create_task(self._end()))
        self.outside.time.after(STOP_S, self._killed)

    def die(self) -> set[asyncio.Task[Any]]:
        """Nothing of it happens any more; what is left of it."""
        self.database.die()
        return self.loop.die()

    # From the start to the end

    async def _begin(self) -> None:
        """What bot.py does before it connects."""
        rates = RateKeeper(self.database, self.outside.clock)
        budget = RequestBudget(
            self.outside.settings.segmind.requests_per_minute,
            self.outside.clock,
            learned=await rates.read(),
            taught=rates.taught,
        )
        self._klapper = klapper = self._assembled(budget)
        self.is_serving = True
        loops = {**klapper.provider_loops(), "request rate": rates.run, **klapper.discord_loops()}
        for name, loop in loops.items():
            if name not in LEFT_OUT:
                work = supervise(name, loop, clock=self.outside.clock, crashed=lambda _: None)
                self._loops.append(self.loop.create_task(work))

    async def _end(self) -> None:
        self.is_serving = False
        under_way = list(self._under_way)
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=ANSWER_INTERACTIONS_S)
            for task in under_way:
                if task in late:
                    task.cancel()
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self.outside.time.after(0, self._killed)

    def _killed(self) -> None:
        if not self.loop.dead:
            raise Killed

    def _assembled(self, budget: RequestBudget) -> Assembly:
        outside = self.outside
        return self._make(
            outside.settings,
            database=self.database,
            clock=outside.clock,
            provider=SimulatedSegmind(
                api_key="SG_0123456789abcdef",
                endpoints=ENDPOINTS,
                download_hosts=outside.settings.segmind.download_hosts,
                budget=budget,
                clock=outside.clock,
                download_limits=LIMITS,
                transport=SimulatedTransport(self.loop, outside.segmind, self._chance, outside.watch),
            ),
            messenger=self.messenger,
            case_messenger=SimulatedCaseMessenger(self.loop, outside.cases, self._chance, outside.watch),
            attachments=self.attachments,
            metrics=outside.metrics,
            normalise=normalised,
            inspect=inspect,
            copy_clip=SimulatedCopies(outside.clock, outside.segmind.faults, self._chance).copy,
        )

    # What must not happen

    def _transaction_waits(self) -> None:
        if not self.loop.dead:
            self.outside.story.broken("transaction_waits", "a transaction waited for something else than the database")

    async def _crashes_are_seen(self, who: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            if not self.loop.dead:
                self.outside.story.broken("crash", f"an interaction of {who} crashed: {error!r}")
