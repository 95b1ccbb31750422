"""Whose turn it is to be sent, and what the balance at Segmind has to pay then."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Reader
from klapper.jobs.bills import BillStore
from klapper.jobs.job import LONGEST_REST_MS
from klapper.jobs.pauses import ALL, PauseStore
from klapper.jobs.store import JobStore, Turn
from klapper.services.provider import Provider
from klapper.services.slots import Slots


@dataclass(frozen=True, slots=True)
class Next:
    """Whose turn it is. needed_micro_usd: what the balance at Segmind has to pay then, with what is being made."""

    turn: Turn
    needed_micro_usd: int


class Turns:
    """Keeps: what begins a pause for want of money and what ends it look at the same job and need the same for it.

    max_running: jobs at Segmind at once.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        jobs: JobStore,
        bills: BillStore,
        pauses: PauseStore,
        slots: Slots,
        provider: Provider,
        max_running: int,
    ) -> None:
        self._clock = clock
        self._jobs = jobs
        self._bills = bills
        self._pauses = pauses
        self._slots = slots
        self._provider = provider
        self._max_running = max_running

    async def next(self, tx: Reader, *, only_ready: bool, besides: Collection[str] = ()) -> Next | None:
        """What may be sent now, `besides` these ids; `only_ready`: of the jobs whose images Segmind has."""
        if any(pause.scope == ALL for pause in await self._pauses.provider(tx)):
            return None
        running = await self._jobs.occupying(tx, stalled_before_ms=self._slots.stalled_before_ms)
        if running >= self._max_running or not self._provider.may_submit(running):
            return None
        return await self._first(tx, self._clock.now_ms(), only_ready=only_ready, besides=besides)

    async def needed_micro_usd(self, tx: Reader) -> int:
        """What the balance has to pay before anything goes on: what is being made, and the job whose turn it would be.

        That is with a free slot and no pause of all models; if every job rests, the first one after its rest. Without
        any: more than what is being made.
        """
        now_ms = self._clock.now_ms()
        found = await self._first(tx, now_ms, only_ready=False)
        if found is None:
            found = await self._first(tx, now_ms + LONGEST_REST_MS, only_ready=False)
        return await self._bills.in_flight_micro_usd(tx) + 1 if found is None else found.needed_micro_usd

    async def _first(self, tx: Reader, at_ms: int, *, only_ready: bool, besides: Collection[str] = ()) -> Next | None:
        limits = await self._slots.limits(tx)
        turn = await self._jobs.next_to_send(tx, limits, at_ms, only_ready=only_ready, besides=besides)
        if turn is None:
            return None
        cost = turn.job.price.provider_cost_micro_usd
        return Next(turn, cost + await self._bills.in_flight_micro_usd(tx))
