"""The sandbox's time: real time, plus what tests have skipped."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SandboxClock:
    """Milliseconds since 1970 that can be moved forward, so that an hour need not be waited for."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def advance(self, seconds: float) -> None:
        """Moves forward by `seconds`; going back would make snowflakes lie about their order."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._ahead_ms += round(seconds * 1000)


def iso_time(ms: int) -> str:
    """Discord's form of a time, e.g. 2026-05-01T12:00:00.123000+00:00."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC).isoformat(timespec="microseconds")
