"""How many jobs of a member and of a guild may be at Segmind at a time."""

from __future__ import annotations

from klapper.clock import Clock
from klapper.database.database import Reader
from klapper.jobs.send_limits import SendLimits
from klapper.quotas.quota import Limits
from klapper.quotas.store import QuotaStore


class Slots:
    """Keeps: who sends and who tells what a job waits for go by the same limits.

    running: the operator's, which guilds can lower. stalled_ms: after this long a job no longer occupies a slot.
    """

    def __init__(self, *, clock: Clock, quotas: QuotaStore, running: Limits, stalled_ms: int) -> None:
        self._clock = clock
        self._quotas = quotas
        self._running = running
        self._stalled_ms = stalled_ms

    @property
    def stalled_before_ms(self) -> int:
        """Jobs that were posted earlier occupy no slot."""
        return self._clock.now_ms() - self._stalled_ms

    async def limits(self, tx: Reader) -> SendLimits:
        """What counts now, in every guild."""
        running = self._running
        lowered = {guild: running.lowered(own) for guild, own in (await self._quotas.running_limits(tx)).items()}
        return SendLimits(
            running.running_per_member,
            running.running_per_guild,
            self.stalled_before_ms,
            {guild: (limits.running_per_member, limits.running_per_guild) for guild, limits in lowered.items()},
        )
