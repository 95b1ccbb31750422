"""A wait that ends with time or with news, whichever comes first."""

from __future__ import annotations

import asyncio
from typing import Any

from klapper.clock import Clock


class Alarm:
    """For one waiting loop. Clear it before looking at the world, so that news in between is not missed.

    gather_s: how long after the first news the loop goes on, so that news that come together are looked at together,
    and whoever brought them is answered first.
    """

    def __init__(self, clock: Clock, *, gather_s: float = 0.0) -> None:
        self._clock = clock
        self._gather_s = gather_s
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is news."""
        self._rung.set()

    def clear(self) -> None:
        """What is known now is looked at next."""
        self._rung.clear()

    async def wait(self, seconds: float | None) -> None:
        """Return after `seconds` (None: never) or, `gather_s` later, when it rings."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._rung.wait())]
        if seconds is not None:
            waits.append(asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._gather_s and self._rung.is_set():
            await self._clock.sleep(self._gather_s)
