"""Segmind's bill is compared with the books: for an operator who asks, and by itself once a day."""

from __future__ import annotations

import logging
from dataclasses import fields, replace

from klapper.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Clock
from klapper.database.database import Database
from klapper.errors import KlapperError
from klapper.jobs.bills import BilledJob, BillStore
from klapper.jobs.store import JobStore
from klapper.segmind.wire import bare_id
from klapper.services.bill import Bill, Difference
from klapper.services.comparison import Books, PriceList, compare, to_look_up
from klapper.services.provider import Provider
from klapper.services.schedule import LATE_WATCH_MS
from klapper.services.statement import Statement, StatementReader

_log = logging.getLogger(__name__)

LISTED_MS = 30 * DAY_MS  # before today: with today the 31 days that Segmind lists
MOST_LOOKED_UP = 20  # requests that its list lacks
EVERY_MS = DAY_MS
OVERLAP_MS = DAY_MS  # compared again: the history may lag behind
AFTER_START_S = 10 * MINUTE_MS / SECOND_MS  # the looks at jobs that ran meanwhile come first
AGAIN_S = HOUR_MS / SECOND_MS  # after a history that broke off
SHARE = 0.1  # of what flows, at the most
LEAST_REST_S = 12.0  # five a minute
FORGOTTEN_MS = 40 * DAY_MS  # longer than anything is listed


class Billing:
    """Keeps: it reads, and writes nothing. What Segmind did not say is never taken for agreement.

    reader: how the history is read, and how fast.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        bills: BillStore,
        price_list: PriceList,
        reader: StatementReader,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._bills = bills
        self._price_list = price_list
        self._reader = reader

    async def compare(self, since_ms: int, until_ms: int) -> Bill:
        """What was sent in these times. Raises KlapperError when Segmind's history says nothing at all."""
        statement = await self._reader.read(since_ms, until_ms)
        if statement.broke_off and not statement.rows:
            raise KlapperError(_unread(statement.broke_off))
        books = await self._books(statement, since_ms, until_ms)
        missing = to_look_up(books, statement, self._clock.now_ms())
        if missing:
            statement = await self._looked_up(statement, missing)
        return compare(books, statement, self._price_list, since_ms=since_ms, until_ms=until_ms)

    async def _looked_up(self, statement: Statement, missing: list[str]) -> Statement:
        """Some of them; so many are lacking only where the list, or the account, is not the one that was meant."""
        unasked = frozenset(map(bare_id, missing[MOST_LOOKED_UP:]))
        return await self._reader.look_up(replace(statement, unheard=unasked), missing[:MOST_LOOKED_UP])

    async def _books(self, statement: Statement, since_ms: int, until_ms: int) -> Books:
        """After the history was read: what it has of ours is in the books by then."""
        async with self._database.read() as tx:
            jobs = await self._bills.jobs(tx, from_ms=since_ms, to_ms=until_ms)
            ours = await self._bills.ours(tx, statement.rows)
            unclear = await self._jobs.unclear(tx, since_ms=self._clock.now_ms() - LATE_WATCH_MS)
        return Books(jobs, frozenset(ours), unclear)


class DailyBill:
    """Keeps:

    - once a day, over restarts, and as soon as possible after a day that was missed, what was not compared is;
    - each difference is in the log once, or again where the process died before that was written down;
    - its requests are a tenth of what flows at the most, and five a minute.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        bills: BillStore,
        price_list: PriceList,
        provider: Provider,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bills = bills
        self._provider = provider
        self._billing = Billing(
            database=database,
            clock=clock,
            jobs=jobs,
            bills=bills,
            price_list=price_list,
            reader=StatementReader(history=provider, clock=clock, rest_s=self.rest_s),
        )

    async def run(self) -> None:
        """Compare for ever."""
        await self._clock.sleep(AFTER_START_S)
        while True:
            await self._clock.sleep(await self.look())

    async def look(self) -> float:
        """Compare if it is time; seconds until it is looked again."""
        now_ms = self._clock.now_ms()
        async with self._database.read() as tx:
            compared_at_ms = (await self._bills.watch(tx)).compared_at_ms
        wait_ms = compared_at_ms + EVERY_MS - now_ms
        if 0 < wait_ms <= EVERY_MS:  # else the clock was set back
            return min(wait_ms / SECOND_MS, AGAIN_S)
        try:
            bill = await self._billing.compare(await self._since_ms(compared_at_ms, now_ms), now_ms)
        except KlapperError as error:
            _log.warning("Segmind's bill not compared", extra={"why": error.sentence})
            return AGAIN_S
        await self._write_down(bill)
        return AGAIN_S

    async def _since_ms(self, compared_at_ms: int, now_ms: int) -> int:
        """From when on there is something new, as far back as Segmind lists."""
        oldest_ms = now_ms - LISTED_MS
        async with self._database.read() as tx:
            jobs = await self._bills.jobs(tx, from_ms=oldest_ms, to_ms=now_ms)
        changed = [job.posted_at_ms for job in jobs if _is_new(job, compared_at_ms)]
        return max(oldest_ms, min([min(compared_at_ms, now_ms) - OVERLAP_MS, *changed]))

    async def _write_down(self, bill: Bill) -> None:
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            new = [one for one in bill.differences if await self._bills.see(tx, one.key, one.kind, now_ms)]
            for job_id, micro_usd in bill.costs.items():
                await self._bills.note_cost(tx, job_id, micro_usd)
            if not bill.broke_off:
                await self._bills.compared(tx, bill.until_ms)
            await self._bills.forget(tx, seen_before_ms=now_ms - FORGOTTEN_MS)
            for difference in new:
                _log.warning("Segmind's bill differs from the books", extra=facts(difference))
        if bill.gaps or bill.broke_off:
            gaps = {gap.value: count for gap, count in bill.gaps.items()}
            _log.warning("Segmind's bill not compared as a whole", extra={"broke_off": bill.broke_off, **gaps})
        _log.info("Segmind's bill compared", extra={"jobs": bill.jobs, "differences": len(bill.differences)})

    def rest_s(self) -> float:
        """How long it rests between two questions."""
        return max(LEAST_REST_S, 60 / (self._provider.requests_per_minute * SHARE))


def facts(difference: Difference) -> dict[str, object]:
    """A difference for logs and programs."""
    plain = {field.name: getattr(difference, field.name) for field in fields(difference) if field.name != "told_as"}
    return {"difference": difference.kind} | {name: _plain(value) for name, value in plain.items()}


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int) else str(value)


def _is_new(job: BilledJob, compared_at_ms: int) -> bool:
    return job.is_open or (job.finished_at_ms or 0) >= compared_at_ms - OVERLAP_MS


def _unread(kind: str) -> str:
    if kind == "bad_key":
        return "Segmind does not accept the key: check segmind.api_key with `python bot.py check`."
    return f"Segmind's request history gave no readable answer ({kind}): try again later."
