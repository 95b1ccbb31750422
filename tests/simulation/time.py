"""Virtual time: one agenda for everything that happens in the world, whether Klapper lives or not."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

import discord

from klapper.clock import SECOND_MS

BEGINNING_MS = 1_700_000_000_000  # a Tuesday in November 2023
IDLE_S = 4.9  # a rest at least that long is one of a loop that has nothing to do; in quiet times a shorter one is too
QUIET_S, QUIET_IDLE_S = 300.0, 0.5
# Seconds in which nothing happened -> seconds that an idle loop rests at least.
GRAINS = (
    (86_400.0, 21_600.0),
    (7_200.0, 7_200.0),
    (1_800.0, 600.0),
    (300.0, 120.0),
    (60.0, 30.0),
    (float("-inf"), 10.0),
)


def snowflake(now_s: float, number: int = 0) -> int:
    """Discord's id of something that happens at this moment of the story (Discord docs: Snowflakes)."""
    return (round(BEGINNING_MS + now_s * SECOND_MS) - discord.utils.DISCORD_EPOCH) << 22 | number


class Time:
    """Seconds since the story began, and what is going to happen in them, in order."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, at_s: float, act: Callable[[], None]) -> None:
        """Something will happen at this moment."""
        heapq.heappush(self._agenda, (max(at_s, self.now_s), next(self._order), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Something will happen in so many seconds."""
        self.at(self.now_s + seconds, act)

    @property
    def next_s(self) -> float | None:
        """When the next thing happens."""
        return self._agenda[0][0] if self._agenda else None

    def pass_until(self, end_s: float) -> None:
        """Live until then, or until the next thing has happened, whichever comes first."""
        if self._agenda and self._agenda[0][0] <= end_s:
            at_s, _, act = heapq.heappop(self._agenda)
            self.now_s = max(self.now_s, at_s)
            act()
        else:
            self.now_s = max(self.now_s, end_s)


class SimulatedClock:
    """The port `Clock` on virtual time.

    set_back_s: the wall clock was corrected by so much. busy_s: when something happened last; the longer ago, the
    longer are the rests of idle loops, as if the machine slept now and then, so that quiet days cost nothing.
    """

    def __init__(self, time: Time) -> None:
        self._time = time
        self.set_back_s = 0.0
        self.busy_s = 0.0

    def now_ms(self) -> int:
        return BEGINNING_MS + int((self._time.now_s - self.set_back_s) * SECOND_MS)

    def monotonic_s(self) -> float:
        return self._time.now_s

    async def sleep(self, seconds: float) -> None:
        quiet_s = self._time.now_s - self.busy_s
        if seconds >= (IDLE_S if quiet_s < QUIET_S else QUIET_IDLE_S):
            seconds = max(seconds, next(grain_s for least_s, grain_s in GRAINS if quiet_s >= least_s))
        await asyncio.sleep(seconds)
