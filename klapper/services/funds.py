"""What is left at Segmind, as far as it is known, and whether it pays for what is being made and one job more."""

from __future__ import annotations

import logging
from collections.abc import Callable

from klapper.clock import HOUR_MS, SECOND_MS, Clock
from klapper.database.database import Database
from klapper.jobs.bills import BillStore
from klapper.jobs.job import Job
from klapper.segmind.answers import Credits, CreditsAnswer
from klapper.services.alarm import Alarm
from klapper.services.provider import Provider

_log = logging.getLogger(__name__)

ASK_EVERY_S = HOUR_MS / SECOND_MS
UNHEARD_AGAIN_S = 300.0
SURE_FOR_S = 1.0  # nothing is stopped by an answer that is older; the operator may have paid and said `resume`
MICRO = 1_000_000


class Funds:
    """Keeps:

    - what was charged since the balance was asked for counts against it; Segmind lowers it only at the end of a job;
    - nothing falls short of a balance that is not known;
    - a low balance is told once, over restarts, and again only after it had recovered.

    warn_below_micro_usd: 0: never. told: called with each balance that is heard, in micro-USD.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        bills: BillStore,
        provider: Provider,
        warn_below_micro_usd: int,
        told: Callable[[int], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._bills = bills
        self._provider = provider
        self._warn_below = warn_below_micro_usd
        self._told = told
        self._balance: int | None = None  # when it was asked for; None: not known
        self._asked_at_s: float | None = None
        self._charged = 0  # in the life of this process
        self._charged_when_asked = 0
        self._news = Alarm(clock)

    async def run(self) -> None:
        """Ask now and every hour, and tell the operator of a low balance, for ever."""
        while True:
            self._news.clear()
            if self._due_in_s() <= 0:
                await self.ask()
            await self._warn()
            await self._news.wait(max(self._due_in_s(), 1.0))

    async def ask(self) -> CreditsAnswer:
        """Ask for the balance. What cannot be read makes it unknown."""
        charged = self._charged  # before the question: what ends meanwhile may be in the answer or not
        answer = await self._provider.credits()
        self._asked_at_s = self._clock.monotonic_s()
        self._balance = None
        if isinstance(answer, Credits):
            self._balance, self._charged_when_asked = answer.spendable_micro_usd, charged
            self._told(answer.spendable_micro_usd)
            self._news.ring()
        return answer

    def charged(self, job: Job) -> None:
        """A job was made, and Segmind takes its price."""
        reported = job.reported_cost_micro_usd
        self._charged += job.price.provider_cost_micro_usd if reported is None else reported

    async def refresh(self) -> bool:
        """Ask again, unless that was done just now; whether it was asked."""
        if self._asked_at_s is not None and self._clock.monotonic_s() - self._asked_at_s < SURE_FOR_S:
            return False
        await self.ask()
        return True

    def falls_short(self, needed_micro_usd: int) -> bool:
        """Whether this is more than what is left of the last balance; False when that is not known."""
        if self._balance is None:
            return False
        return self._balance - (self._charged - self._charged_when_asked) < needed_micro_usd

    def _due_in_s(self) -> float:
        if self._asked_at_s is None:
            return 0.0
        again_s = UNHEARD_AGAIN_S if self._balance is None else ASK_EVERY_S
        return self._asked_at_s + again_s - self._clock.monotonic_s()

    async def _warn(self) -> None:
        if self._balance is None:
            return
        balance = self._balance
        is_low = balance < self._warn_below
        async with self._database.read() as tx:
            if (await self._bills.watch(tx)).is_low == is_low:
                return
        async with self._database.write() as tx:
            is_news = await self._bills.low(tx, is_low=is_low)
        usd = {"usd": f"{balance / MICRO:.2f}", "warn_below_usd": f"{self._warn_below / MICRO:.2f}"}
        if is_news and is_low:
            _log.warning("balance at Segmind is low", extra=usd)
        elif is_news:
            _log.info("balance at Segmind is enough again", extra=usd)
