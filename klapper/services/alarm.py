"""A wait that ends with time or with news, whichever comes first."""

from __future__ import annotations

import asyncio

from klapper.clock import Clock


class Alarm:
    """For one waiting loop. Clear it before looking at the world, so that news in between is not missed.

    gather_s: how long after the first news the loop goes on, so that news that come together are looked at together,
    and whoever brought them is answered first.
    """

    def __init__(self, clock: Clock, *, gather_s: float = 0.0) -> None:
        self._clock = clock
        self._gather_s = gather_s
        self._has_rung = False
        self._waiting: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """There is news."""
        self._has_rung = True
        if self._waiting is not None:
            _wake(self._waiting)

    def clear(self) -> None:
        """What is known now is looked at next."""
        self._has_rung = False

    async def wait(self, seconds: float | None) -> None:
        """Return after `seconds` (None: never) or, `gather_s` later, when it rings."""
        if self._has_rung:
            await asyncio.sleep(0)  # a loop that rings for itself must not keep others from running
        else:
            await self._rest(seconds)
        if self._gather_s and self._has_rung:
            await self._clock.sleep(self._gather_s)

    async def _rest(self, seconds: float | None) -> None:
        self._waiting = waiting = asyncio.get_running_loop().create_future()
        sleep = None if seconds is None else asyncio.ensure_future(self._clock.sleep(seconds))
        if sleep is not None:
            sleep.add_done_callback(lambda _: _wake(waiting))
        try:
            await waiting
        finally:
            self._waiting = None
            if sleep is not None:
                sleep.cancel()


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
