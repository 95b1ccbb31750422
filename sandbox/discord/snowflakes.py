"""Snowflakes: Discord's ids, whose upper 42 bits are their time of birth (Discord docs: API reference, Snowflakes)."""

from __future__ import annotations

from sandbox.discord.clock import SandboxClock

DISCORD_EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Makes ids that are unique and never decrease, whatever the clock does."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        earliest = (self._clock.now_ms() - DISCORD_EPOCH_MS) << 22
        self._last = max(earliest, self._last + 1)
        return self._last


def born_at_ms(snowflake: int) -> int:
    """When the id was made, in milliseconds since 1970."""
    return (snowflake >> 22) + DISCORD_EPOCH_MS
