"""The bill is compared once a day, what differs is said once, and looks at jobs do not wait for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from klapper.clock import DAY_MS, HOUR_MS
from klapper.database.database import Database, DatabaseError, Reader, Writer
from klapper.jobs.job import Job, JobStatus
from klapper.segmind.answers import HistoryPage, HistoryRow, RowState, Unreadable
from klapper.segmind.budget import RequestBudget, RequestKind
from klapper.services.billing import LEAST_REST_S, Billing, DailyBill
from klapper.services.statement import StatementReader
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import World

S = JobStatus
DAY_S, HOUR_S = 86_400, 3_600
COST = 840_000
DIFFERS = "Segmind's bill differs from the books"
PARTLY = "Segmind's bill not compared as a whole"
NOT = "Segmind's bill not compared"


class Seen(logging.Handler):
    """What is warned of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def warnings() -> Iterator[list[logging.LogRecord]]:
    """What is warned of meanwhile."""
    handler, logger = Seen(), logging.getLogger("klapper.services.billing")
    logger.addHandler(handler)
    try:
        yield handler.records
    finally:
        logger.removeHandler(handler)


def messages(seen: list[logging.LogRecord]) -> list[str]:
    return [record.getMessage() for record in seen]


def charging(world: World, cost: int | None = COST) -> None:
    """Segmind's history names this cost for what was made."""
    world.provider.shown = lambda row: replace(row, cost_micro_usd=cost if row.state is RowState.COMPLETED else 0)


async def made(world: World, prompt: str = "a fox", **more: Any) -> Job:
    """A job that was made and charged, some time ago."""
    job = await world.finished(prompt, **more)
    await world.advance(HOUR_S)
    return job


async def compared(world: World) -> float:
    """One look of the daily task, with the rests between its questions; what it says of the next."""
    looking = asyncio.create_task(world.klapper.daily_bill.look())
    await world.advance(300)
    return await looking


async def stranger(world: World) -> str:
    """A request with the same key that is no job."""
    submitted = await world.provider.submit("kling-o3-text2video", {"prompt": "mine"})
    await world.advance(HOUR_S)
    return submitted.request_id


@pytest.fixture
async def charged(world: World) -> World:
    charging(world)
    return world


# Once


async def test_a_day_without_differences_says_nothing_and_learns_the_costs(charged: World) -> None:
    job = await made(charged)
    began_ms = charged.clock.now_ms()
    with warnings() as seen:
        await compared(charged)
    assert seen == []
    assert (await charged.job(job.job_id)).reported_cost_micro_usd == COST
    assert await charged.rows("SELECT compared_at_ms FROM bill_watch") == [(began_ms,)]


async def test_a_cost_that_is_known_stays(charged: World) -> None:
    job = await made(charged)
    await charged.execute("UPDATE jobs SET reported_cost_micro_usd = 5")
    await compared(charged)
    assert (await charged.job(job.job_id)).reported_cost_micro_usd == 5


async def test_a_difference_is_warned_of_once_with_its_ids(charged: World) -> None:
    request_id = await stranger(charged)
    for _ in range(4):
        with warnings() as seen:
            await compared(charged)
        if seen:
            [record] = seen
            assert (record.getMessage(), record.__dict__["request_id"]) == (DIFFERS, request_id)
            assert record.__dict__["charged_micro_usd"] == COST
        told = bool(seen)
        await charged.kill()  # a restart tells nothing again
        await charged.clock.jump(DAY_S + 60)
    assert not told
    async with charged.database.read() as tx:
        assert await charged.klapper.bills.found(tx, since_ms=0) == {"charge_without_job": 1}


class LostCommits:
    """A database that never gets as far as its commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> AbstractAsyncContextManager[Reader]:
        return self._database.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writer]:
        async with self._database.write() as tx:
            yield tx
            raise DatabaseError("The database did not do it (database or disk is full).")


async def test_a_difference_is_not_lost_with_what_was_to_be_written_of_it(charged: World) -> None:
    await stranger(charged)
    await charged.clock.jump(60)
    klapper = charged.klapper
    dies = DailyBill(
        database=LostCommits(klapper.database),
        clock=charged.clock,
        jobs=klapper.jobs,
        bills=klapper.bills,
        price_list=klapper.price_list,
        provider=charged.provider,
    )
    with warnings() as seen:
        look = asyncio.ensure_future(dies.look())
        await charged.advance(HOUR_S)
    with pytest.raises(DatabaseError):
        await look
    with warnings() as again:
        await compared(charged)
    assert DIFFERS in messages(seen)
    assert DIFFERS in messages(again)


async def test_what_ends_later_is_compared_when_it_has_ended(charged: World) -> None:
    job = await charged.sent()
    assert job.request_id is not None
    with warnings() as seen:
        await compared(charged)
        for _ in range(5):
            await charged.clock.jump(DAY_S + 60)
            await compared(charged)
        assert seen == []
        await charged.move(job, S.FAILED)  # and Segmind charged for it
        await charged.clock.jump(DAY_S)
        await compared(charged)
    [record] = seen
    assert (record.__dict__["difference"], record.__dict__["job_id"]) == ("charge_not_booked", job.job_id)


async def test_a_late_clip_is_told_as_written_off(charged: World) -> None:
    job = await charged.move(await charged.sent(), S.ABANDONED)
    await charged.move(job, S.SUCCEEDED, reason="late")
    await charged.advance(HOUR_S)
    with warnings() as seen:
        await compared(charged)
    [record] = seen
    assert (record.__dict__["difference"], record.__dict__["booked"]) == ("charge_not_booked", "written_off")


async def test_a_job_that_is_not_listed_is_asked_about_before_anything_is_said(charged: World) -> None:
    await made(charged)
    charged.provider.next_answers["history_page"].append(HistoryPage((), is_last=True))
    with warnings() as seen:
        await compared(charged)
    assert messages(seen) == [PARTLY]  # its list lacks one, and may lack others
    assert seen[0].__dict__["lacking"] == 1


async def test_a_job_that_segmind_does_not_know_is_a_difference(charged: World) -> None:
    job = await made(charged)
    charged.provider.jobs.clear()
    with warnings() as seen:
        await compared(charged)
    [record] = seen
    assert (record.__dict__["difference"], record.__dict__["job_id"]) == ("job_without_charge", job.job_id)


# When


async def looked(world: World) -> int:
    return world.provider.calls.count(("history_page", ""))


async def test_it_is_once_a_day_over_restarts_and_a_missed_day_is_made_up(charged: World) -> None:
    for _ in range(3):
        await charged.start("bill")
        await charged.advance(2 * HOUR_S)
        await charged.kill()
    assert await looked(charged) == 2  # of one comparison: 31 days are two questions
    charged.provider.calls.clear()
    await charged.clock.jump(3 * DAY_S)
    await charged.start("bill")
    await charged.advance(HOUR_S)
    assert await looked(charged) == 1
    await charged.advance(2 * DAY_S)
    assert 2 <= await looked(charged) <= 3


async def test_a_clock_that_is_set_back_stops_nothing(charged: World) -> None:
    await compared(charged)
    charged.clock.set_back(3 * DAY_S)
    charged.provider.calls.clear()
    await compared(charged)
    assert await looked(charged) == 1


async def test_the_next_day_asks_for_what_is_new_only(charged: World) -> None:
    await made(charged)
    await compared(charged)
    asked: list[int] = []
    await charged.clock.jump(DAY_S + 60)
    charged.provider.disturb = lambda kind, _: asked.append(1) if kind == "history_page" else None
    await compared(charged)
    assert len(asked) == 1


# What cannot be read


async def test_a_history_that_cannot_be_read_is_said_and_asked_for_again_in_an_hour(charged: World) -> None:
    charged.provider.next_answers["history_page"].append(Unreadable("bad_key"))
    with warnings() as seen:
        assert await compared(charged) == HOUR_S
    assert messages(seen) == [NOT]
    assert await charged.rows("SELECT compared_at_ms FROM bill_watch") == [(0,)]


async def test_half_a_history_says_what_it_has_and_is_read_again(charged: World) -> None:
    await made(charged)
    request_id = await stranger(charged)
    row = await charged.provider.history(request_id)
    assert isinstance(row, HistoryRow)
    answers = [HistoryPage((row,), is_last=False), Unreadable("bad_key")]
    charged.provider.next_answers["history_page"].extend(answers)
    with warnings() as seen:
        await compared(charged)
    assert messages(seen) == [DIFFERS, PARTLY]
    assert seen[1].__dict__["broke_off"] == "bad_key"
    assert await charged.rows("SELECT compared_at_ms FROM bill_watch") == [(0,)]


# Beside the looks


@pytest.mark.parametrize("per_minute", [5, 50])
async def test_looks_keep_nine_tenths_of_what_flows(open_world: OpenWorld, per_minute: int) -> None:
    """A history of many pages, while more looks wait than may start."""
    world = await open_world()
    budget = RequestBudget(per_minute, world.clock)
    world.provider.requests_per_minute = budget.per_minute
    pages = 0
    looks = 0

    async def look_for_ever() -> None:
        nonlocal looks
        while True:
            await budget.acquire(RequestKind.STATUS)
            looks += 1

    class Limited:
        requests_per_minute = budget.per_minute

        async def history_page(self, slug: str | None, *, from_ms: int, to_ms: int, page: int) -> HistoryPage:
            nonlocal pages
            await budget.acquire(RequestKind.HISTORY)
            pages += 1
            row = HistoryRow(f"{page:08d}", "flux", RowState.COMPLETED, None, 1, 1.0, "", False, None, None)
            return HistoryPage((row,), is_last=False)

        async def history(self, request_id: str) -> Unreadable:
            raise AssertionError(request_id)

    looking = asyncio.create_task(look_for_ever())
    reader = StatementReader(history=Limited(), clock=world.clock, rest_s=world.klapper.daily_bill.rest_s)
    reading = asyncio.create_task(reader.read(world.clock.now_ms() - DAY_MS, world.clock.now_ms()))
    await world.advance(HOUR_S)
    assert 0 < pages <= 1 + min(HOUR_S / LEAST_REST_S, (pages + looks) * 0.1)
    looking.cancel()
    reading.cancel()


async def test_a_comparison_writes_nothing(charged: World) -> None:
    await stranger(charged)
    charged.database.is_full = True  # whoever writes now fails
    klapper = charged.klapper
    billing = Billing(
        database=charged.database,
        clock=charged.clock,
        jobs=klapper.jobs,
        bills=klapper.bills,
        price_list=klapper.price_list,
        reader=StatementReader(history=charged.provider, clock=charged.clock),
    )
    bill = await billing.compare(charged.clock.now_ms() - HOUR_MS * 5, charged.clock.now_ms())
    assert [one.kind for one in bill.differences] == ["charge_without_job"]
