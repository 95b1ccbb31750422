"""Two times: the wall's, which is stamped on rows, and a faster one, in which jobs run and records expire."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any


class SandboxClock:
    """Provider seconds pass `speed` times as fast as the wall's; both can be read at any moment."""

    def __init__(self, speed: float) -> None:
        self._speed = _positive(speed)
        self._base = 0.0
        self._since = time.monotonic()
        self._changed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    @property
    def speed(self) -> float:
        return self._speed

    def wall(self) -> datetime:
        """The time that clients see, UTC."""
        return datetime.now(UTC)

    def now(self) -> float:
        """Provider seconds since start; never goes back."""
        return self._base + (time.monotonic() - self._since) * self._speed

    def set_speed(self, speed: float) -> None:
        """From now on; sleepers notice at once. Raises ValueError unless positive."""
        self._base, self._since, self._speed = self.now(), time.monotonic(), _positive(speed)
        self._notice()

    def advance(self, seconds: float) -> None:
        """So many provider seconds pass at once; sleepers notice. Raises ValueError below 0."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._base += seconds
        self._notice()

    async def sleep_until(self, until: float, unless: asyncio.Future[Any]) -> None:
        """Sleep until that provider second, or until `unless` is done."""
        while (left := until - self.now()) > 0 and not unless.done():
            awaited = {self._changed, unless}
            await asyncio.wait(awaited, timeout=left / self._speed, return_when=asyncio.FIRST_COMPLETED)

    def _notice(self) -> None:
        self._changed.set_result(None)
        self._changed = asyncio.get_running_loop().create_future()


def _positive(speed: float) -> float:
    if not speed > 0:
        raise ValueError("speed must be greater than 0")
    return speed
