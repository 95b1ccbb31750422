"""(d, f) What a job costs over its whole life: CPU, memory, edits of its card.

The real program, Discord and Segmind on loopback. Waves of text jobs run side by side and end as clips on their cards;
the first wave is the warm-up (imports, caches, the allocator's high-water mark). CPU is that of the bot's process,
user and system; memory is the growth of its resident set per finished job. Edits are counted in Discord's record:
every PATCH of a message, the one that brings the clip included. A last wave is a queue: more jobs than run at once, so
that cards also tell of places.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.house import Bot, Segmind, Town, town
from benchmarks.report import Target, say, section, table
from benchmarks.workplace import workplace
from sandbox.discord.journal import Filter, Kind
from sandbox.processes import Child, Children

WAVES, JOBS = 3, 150
RUN_TIME_S = 30.0  # at Segmind; so every job is looked at several times
QUEUE_JOBS, QUEUE_SLOTS, QUEUE_RUN_TIME_S = 40, 10, 6.0
ASKED_PER_S = 25.0
WAVE_S = 300.0
CALM_S = 5.0
MOST_CPU_MS, MOST_KB, MOST_EDITS = 20.0, 20.0, 8.0

_EDIT = re.compile(r"^/channels/\d+/messages/(\d+)$|^/webhooks/\d+/[^/]+/messages/@original$")


@dataclass(frozen=True, slots=True)
class Used:
    """What a process has used so far. rss_kb: what it has in memory now."""

    cpu_ms: float
    rss_kb: float

    @classmethod
    def of(cls, child: Child) -> Used:
        """Raises OSError where there is no /proc (other systems than Linux)."""
        proc = Path("/proc", str(child.process.pid))
        fields = (proc / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])  # proc(5): utime and stime
        pages = int((proc / "statm").read_text(encoding="ascii").split()[1])
        return cls(ticks * 1000 / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 1024)


@dataclass(frozen=True, slots=True)
class Wave:
    """Per job: milliseconds, kilobytes, edits; the most edits that a card had."""

    jobs: int
    cpu_ms: float
    rss_kb: float
    edits: float
    most_edits: int


class Life:
    """A town with its bot, through which waves of jobs go."""

    def __init__(self, place: Town, bot: Child, calm_s: float) -> None:
        self._town = place
        self._calm_s = calm_s
        self._bot = bot
        self._looked_at = 0  # entries of Discord's record
        self._clips_seen = 0

    async def wave(self, jobs: int) -> Wave:
        """Ask for so many jobs and wait until each has brought its clip. Raises TimeoutError."""
        before, seen, clips = Used.of(self._bot), self._town.journal.last, self._clips()
        for _ in range(jobs):
            self._town.ask()
            await asyncio.sleep(1 / ASKED_PER_S)
        await self._town.until(lambda: self._clips() >= clips + jobs, timeout_s=WAVE_S)
        await asyncio.sleep(self._calm_s)
        after, edits = Used.of(self._bot), self._edits(seen)
        return Wave(
            jobs,
            (after.cpu_ms - before.cpu_ms) / jobs,
            (after.rss_kb - before.rss_kb) / jobs,
            edits.total() / jobs,
            max(edits.values(), default=0),
        )

    def _clips(self) -> int:
        """Requests so far that brought a file, which is the clip."""
        new = self._town.journal.after(self._looked_at, Filter(frozenset({Kind.REQUEST})))
        self._looked_at = self._town.journal.last
        self._clips_seen += sum(1 for one in new if one.data["files"] and one.data["status"] == 200)
        return self._clips_seen

    def _edits(self, seen: int) -> Counter[str]:
        """Edits by message since then."""
        found = (one.data for one in self._town.entries(Kind.REQUEST) if one.seq > seen)
        return Counter(
            one["path"]
            for one in found
            if one["method"] == "PATCH" and _EDIT.match(one["path"]) and one["status"] == 200
        )


async def live(
    folder: Path,
    waves: int,
    jobs: int,
    *,
    run_time_s: float,
    calm_s: float = CALM_S,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> list[Wave]:
    """Waves of one bot. calm_s: after the last clip, for pings and last edits."""
    async with AsyncExitStack() as stack:
        children = await stack.enter_async_context(Children())
        segmind = await Segmind.start(children, folder, run_time_s=run_time_s)
        place = await stack.enter_async_context(town())
        child = await Bot.beside(folder, place.server, segmind, **settings).start(children)
        await place.ready(sessions=1)
        life = Life(place, child, calm_s)
        found = []
        for number in range(waves):
            say(f"life: wave {number + 1} of {waves}, {jobs} jobs")
            found.append(await life.wave(jobs))
        return found


async def measure() -> tuple[list[Wave], Wave]:
    """The waves side by side without their warm-up, and the queue."""
    with workplace() as folder:
        settings = {"SEGMIND__MAX_RUNNING_JOBS": str(JOBS), "SEGMIND__REQUESTS_PER_MINUTE": "6000"}
        waves = await live(folder, WAVES, JOBS, run_time_s=RUN_TIME_S, settings=settings)
    with workplace() as folder:
        settings = {"SEGMIND__MAX_RUNNING_JOBS": str(QUEUE_SLOTS), "SEGMIND__REQUESTS_PER_MINUTE": "600"}
        [queue] = await live(folder, 1, QUEUE_JOBS, run_time_s=QUEUE_RUN_TIME_S, settings=settings)
    return waves[1:], queue


def print_report(waves: list[Wave], queue: Wave) -> None:
    count = sum(wave.jobs for wave in waves)
    cpu_ms, rss_kb, edits = (
        sum(getattr(wave, name) * wave.jobs for wave in waves) / count for name in ("cpu_ms", "rss_kb", "edits")
    )
    section(
        "A job's whole life",
        "From `/video` to the clip on its card and the ping: CPU (user and system) of the bot's process, growth of its "
        "resident memory and edits of the card, per job, after a warm-up wave. The queue has more jobs than run at "
        "once; its bot is a fresh one, so its memory is that of a start.",
        [
            Target("CPU per job", MOST_CPU_MS, cpu_ms, " ms"),
            Target("memory per job", MOST_KB, rss_kb, " KB"),
            Target("edits per job, side by side", MOST_EDITS, edits),
            Target("edits per job, in a queue", MOST_EDITS, queue.edits),
        ],
        table(
            ["", "jobs", "CPU ms", "memory KB", "edits", "most edits of one card"],
            [
                *(
                    [f"wave {number}", wave.jobs, wave.cpu_ms, wave.rss_kb, wave.edits, wave.most_edits]
                    for number, wave in enumerate(waves, start=2)
                ),
                ["queue", queue.jobs, queue.cpu_ms, "-", queue.edits, queue.most_edits],
            ],
        ),
    )


if __name__ == "__main__":
    print_report(*asyncio.run(measure()))
