"""The metrics that are states rather than events, read from the database now and then."""

from __future__ import annotations

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database
from klapper.jobs.bills import BillStore
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER
from klapper.ops.metrics import Metrics

EVERY_S = 10.0
DIFFERENCES_MS = 31 * DAY_MS  # as far back as Segmind lists its history


class Gauges:
    """Open jobs, held credits, pauses, differences from the bill: right after a restart and the command line."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        bills: BillStore,
        pauses: PauseStore,
        ledger: Ledger,
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._bills = bills
        self._pauses = pauses
        self._ledger = ledger
        self._metrics = metrics

    async def run(self) -> None:
        """Read for ever."""
        while True:
            async with self._database.read() as tx:
                self._metrics.jobs_open(await self._jobs.counts(tx))
                self._metrics.credits_reserved(await self._ledger.held_credits(tx))
                self._metrics.provider_pauses(len(await self._pauses.provider(tx)))
                self._metrics.guild_pauses(len(await self._pauses.guilds_by(tx, KLAPPER)))
                since_ms = self._clock.now_ms() - DIFFERENCES_MS
                self._metrics.bill_differences(await self._bills.found(tx, since_ms=since_ms))
                self._metrics.bill_compared((await self._bills.watch(tx)).compared_at_ms)
            await self._clock.sleep(EVERY_S)
