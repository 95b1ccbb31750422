"""One life of Klapper: everything that the program composes, on virtual time, until it is killed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from klapper.assembly import Assembly
from klapper.clips.facts import ClipFacts
from klapper.errors import DeliveryError
from klapper.ops.metrics import Metrics
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient
from klapper.segmind.media import DownloadLimits
from klapper.services.supervisor import supervise
from klapper.settings import Settings
from tests.fake_attachments import FakeAttachments
from tests.simulation.database import STEP, SimulatedDatabase
from tests.simulation.discord_model import DiscordModel
from tests.simulation.loop import Killed, SimulatedLoop
from tests.simulation.members import normalised
from tests.simulation.messenger import SimulatedMessenger
from tests.simulation.segmind_model import SegmindModel
from tests.simulation.story import Story
from tests.simulation.time import BEGINNING_MS, SimulatedClock, Time
from tests.simulation.transport import CLIP_WORDS, SimulatedTransport, clip_content
from tests.simulation.watch import Watch

LEFT_OUT = frozenset({"gauges"})  # they only read, and often
STOP_S = 10.0
LONGEST_COPY_S = 200.0
COPY_BYTES, LEAST_COPY_BYTES = 5_000, 300  # a thousandth of real ones
LIMITS = DownloadLimits(max_bytes=200_000, no_progress_s=120.0, longest_s=3_600.0)
ENDPOINTS = Endpoints(
    "https://api.segmind.com", "https://api.spotprod.segmind.com", "https://workflows-api.segmind.com"
)

Verified = TypeVar("Verified")


@dataclass(frozen=True, slots=True)
class Outside:
    """What outlives every life."""

    time: Time
    clock: SimulatedClock
    story: Story
    settings: Settings
    segmind: SegmindModel
    discord: DiscordModel
    watch: Watch
    attachments: FakeAttachments
    metrics: Metrics
    is_full: Callable[[], bool]
    database: sqlite3.Connection


async def inspect(path: Path) -> ClipFacts:
    """What a simulated clip says of itself: whether it is whole, and its format."""
    await STEP
    content = path.read_bytes()
    head, _, _ = content.partition(b"\n")
    words = head.split()
    if len(words) != CLIP_WORDS or int(words[2]) != len(content):
        raise DeliveryError("media_broken", "The clip breaks off.")
    return ClipFacts(words[3].decode(), "yuv420p", None, 1280, 720, 30.0, 5.0, len(content))


class SimulatedSegmind(SegmindClient):
    """The real client, whose files are as old as the story says."""

    clock: SimulatedClock

    async def download(self, url: str, to_path: Path, verify: Callable[[Path], Awaitable[Verified]]) -> Verified:
        verified = await super().download(url, to_path, verify)
        now_s = self._clock.now_ms() / 1000
        os.utime(to_path, (now_s, now_s))
        return verified


class SimulatedCopies:
    """Copies of clips without an encoder: they take their time and fit, or cannot be made."""

    def __init__(self, outside: Outside, loop: SimulatedLoop, chance: Random) -> None:
        self._outside = outside
        self._loop = loop
        self._chance = chance

    async def copy(self, source: Path, target: Path, limit_bytes: int) -> None:
        await asyncio.sleep(self._chance.uniform(1, LONGEST_COPY_S))
        if self._loop.dead:
            return
        if limit_bytes < LEAST_COPY_BYTES or self._outside.segmind.faults.strikes("copy_failed"):
            raise DeliveryError("copy_failed", "The clip cannot be copied.")
        if not source.exists():
            raise DeliveryError("media_gone", "The clip is not on disk.")
        target.write_bytes(clip_content(source.stem, min(limit_bytes, COPY_BYTES), "h264"))
        now_s = self._outside.clock.now_ms() / 1000
        os.utime(target, (now_s, now_s))


class Life:
    """From a start to a death. noticed: told of each thing after which a death is worth trying."""

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
            claiming=lambda ids: outside.watch.claiming(ids, outside.clock),
            committed=lambda moves: noticed("move" if moves else "commit"),
            is_full=outside.is_full,
        )
        self.messenger = SimulatedMessenger(self.loop, outside.clock, outside.discord, chance, outside.watch)
        budget = RequestBudget(outside.settings.segmind.requests_per_minute, outside.clock)
        self.klapper = make(
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
                transport=SimulatedTransport(self.loop, outside.segmind, chance, outside.watch),
            ),
            messenger=self.messenger,
            attachments=self.attachments,
            metrics=outside.metrics,
            normalise=normalised,
            inspect=inspect,
            copy_clip=SimulatedCopies(outside, self.loop, chance).copy,
        )
        self._loops: list[asyncio.Task[None]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    def now_s(self) -> float:
        return self.outside.time.now_s

    def run(self) -> None:
        """Live until something raised out of the loop ends it."""
        self.loop.call_soon(self._start)
        self.loop.run_forever()

    def spawn(self, who: str, work: Coroutine[Any, Any, None]) -> None:
        """An interaction arrives."""
        task = self.loop.create_task(self._crashes_are_seen(who, work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def stop(self) -> None:
        """SIGTERM: ten seconds to end, as `bot.py` does it."""
        for task in self._loops:
            task.cancel()
        self.outside.time.after(STOP_S, self._killed)

    def die(self) -> set[asyncio.Task[Any]]:
        """Nothing of it happens any more; what is left of it."""
        self.database.die()
        return self.loop.die()

    def _transaction_waits(self) -> None:
        if not self.loop.dead:
            self.outside.story.broken("transaction_waits", "a transaction waited for something else than the database")

    def _killed(self) -> None:
        if not self.loop.dead:
            raise Killed

    def _start(self) -> None:
        loops = {**self.klapper.provider_loops(), **self.klapper.discord_loops()}
        for name, loop in loops.items():
            if name not in LEFT_OUT:
                work = supervise(name, loop, clock=self.outside.clock, crashed=lambda _: None)
                self._loops.append(self.loop.create_task(work))

    async def _crashes_are_seen(self, who: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            if self.loop.dead:
                return
            self.outside.story.broken("crash", f"an interaction of {who} crashed: {error!r}")


__all__ = ["BEGINNING_MS", "Life", "Outside"]
