"""Where every waiting job stands. To know about one is to look at all, so a long line is looked at less often."""

from __future__ import annotations

from collections.abc import Mapping

from klapper.clock import Clock
from klapper.database.database import Reader
from klapper.jobs.store import JobStore, Standing
from klapper.services.slots import Slots

ALWAYS_FRESH = 200  # jobs
_STEPS, _FAR_STEP = ((10, 1), (50, 5), (200, 10)), 100
KEPT_PER_JOB_S = 0.0005  # beyond those: ten thousand are looked at every five seconds


def about(place: int) -> int:
    """A place as it is told: exact up to 10, then to the next 5, 10 or 100, or cards would be edited at each step."""
    step = next((step for limit, step in _STEPS if place <= limit), _FAR_STEP)
    return -(-place // step) * step


class WaitingLine:
    """Keeps: what two of its readers show of one moment is the same, and in a short line what the database says now."""

    def __init__(self, jobs: JobStore, slots: Slots, clock: Clock) -> None:
        self._jobs = jobs
        self._slots = slots
        self._clock = clock
        self._seen: Mapping[str, Standing] = {}
        self._seen_at_s = 0.0

    @property
    def kept_s(self) -> float:
        """How long a look at a line of this length is good for."""
        return max(0, len(self._seen) - ALWAYS_FRESH) * KEPT_PER_JOB_S

    async def look(self, tx: Reader) -> Mapping[str, Standing]:
        """By job id; the same object as at the last look while that one is good."""
        if self._clock.monotonic_s() - self._seen_at_s >= self.kept_s:
            line = await self._jobs.waiting_line(tx, await self._slots.limits(tx))
            self._seen = {id_: standing._replace(place=about(standing.place)) for id_, standing in line.items()}
            self._seen_at_s = self._clock.monotonic_s()
        return self._seen
