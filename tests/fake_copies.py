"""Copies of clips without an encoder."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path

from klapper.clock import Clock
from klapper.errors import DeliveryError

LEAST_BYTES = 100
COPY_BYTES = 600


class FakeCopies:
    """Makes a copy of COPY_BYTES, or fewer where fewer fit, in `take_s`; none fits into less than LEAST_BYTES.

    `errors` are used up first. limits: of every copy that was asked for. Whole or not there, as the real one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.take_s = 0.0
        self.errors: deque[DeliveryError] = deque()
        self.limits: list[int] = []
        self.at_once = self.most_at_once = 0
        self.disturb: Callable[[], None] | None = None

    async def copy(self, source: Path, target: Path, limit_bytes: int) -> None:
        self.limits.append(limit_bytes)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (self._clock.sleep(self.take_s) if self.take_s else asyncio.sleep(0))
            if self.disturb is not None:
                self.disturb()
        finally:
            self.at_once -= 1
        if self.errors:
            raise self.errors.popleft()
        if not source.exists():
            raise DeliveryError("media_gone")
        if limit_bytes < LEAST_BYTES:
            raise DeliveryError("copy_too_long")
        target.write_bytes(b"copy".ljust(min(limit_bytes, COPY_BYTES), b"."))
