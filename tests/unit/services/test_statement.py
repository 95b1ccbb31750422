"""The request history is read to its end, each request once, or it is said where the reading broke off."""

from __future__ import annotations

import asyncio

import pytest

from klapper.clock import DAY_MS, HOUR_MS
from klapper.segmind.answers import (
    Gone,
    HistoryAnswer,
    HistoryPage,
    HistoryPageAnswer,
    HistoryRow,
    RowState,
    Unreadable,
)
from klapper.segmind.budget import RequestBudget, RequestKind
from klapper.segmind.wire import bare_id
from klapper.services.statement import MOST_PAGES, TRIES, WIDEST_MS, Progress, Statement, StatementReader
from tests.fakes import Activity, ManualClock

NOW_MS = 1_800_000_000_000


def row(n: int, form: str = "{:08d}-aaaa") -> HistoryRow:
    return HistoryRow(form.format(n), "kling", RowState.COMPLETED, None, 1, 1.0, "", False, None, NOW_MS - n)


def page(*rows: HistoryRow, is_last: bool = False, unread: tuple[str, ...] = ()) -> HistoryPage:
    return HistoryPage(rows, is_last, unread)


class FakeHistory:
    """Answers in this order; asked: the times and the page of each question."""

    def __init__(self, *pages: HistoryPageAnswer, rows: tuple[HistoryRow, ...] = ()) -> None:
        self._pages = list(pages)
        self._rows = {bare_id(one.request_id): one for one in rows}
        self.asked: list[tuple[int, int, int]] = []
        self.looked_up: list[str] = []

    async def history_page(self, slug: str | None, *, from_ms: int, to_ms: int, page: int) -> HistoryPageAnswer:
        assert slug is None
        self.asked.append((from_ms, to_ms, page))
        return self._pages.pop(0) if len(self._pages) > 1 else self._pages[0]

    async def history(self, request_id: str) -> HistoryAnswer:
        self.looked_up.append(request_id)
        return self._rows.get(bare_id(request_id), Gone())


class NoWait:
    """A clock on which every sleep is over at once."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return NOW_MS

    def monotonic_s(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def read(history: FakeHistory, days: int = 2, clock: NoWait | None = None) -> Statement:
    reader = StatementReader(history=history, clock=clock or NoWait())
    return await reader.read(NOW_MS - days * DAY_MS, NOW_MS)


async def test_every_page_is_read_and_each_request_is_there_once() -> None:
    history = FakeHistory(page(row(1), row(2)), page(row(2, "{:08d}AAAA"), row(3)), page(row(4), is_last=True))
    statement = await read(history)
    assert statement.broke_off == ""
    assert sorted(statement.rows) == [f"{n:08d}aaaa" for n in (1, 2, 3, 4)]
    assert [number for _, _, number in history.asked] == [1, 2, 3]


async def test_it_is_asked_for_more_than_the_times_because_their_zone_is_not_documented() -> None:
    history = FakeHistory(page(is_last=True))
    await read(history)
    [(from_ms, to_ms, _)] = history.asked
    assert from_ms <= NOW_MS - 2 * DAY_MS - 14 * HOUR_MS
    assert to_ms >= NOW_MS + 14 * HOUR_MS


async def test_no_question_is_wider_than_segmind_takes_and_nothing_is_left_out() -> None:
    history = FakeHistory(page(row(1)), page(is_last=True), page(row(2)), page(is_last=True))
    statement = await read(history, days=31)
    windows = sorted({(from_ms, to_ms) for from_ms, to_ms, _ in history.asked})
    assert len(windows) == 2
    assert all(to_ms - from_ms <= WIDEST_MS for from_ms, to_ms in windows)
    assert windows[0][1] == windows[1][0]
    assert len(statement.rows) == 2


@pytest.mark.parametrize("kind", ["network", "http_500", "rate_limited", "shape"])
async def test_a_page_that_cannot_be_read_is_tried_again_and_then_said(kind: str) -> None:
    clock, history = NoWait(), FakeHistory(page(row(1)), Unreadable(kind))
    statement = await read(history, clock=clock)
    assert (statement.broke_off, len(statement.rows)) == (kind, 1)
    assert [number for _, _, number in history.asked] == [1, *[2] * TRIES]
    assert clock.slept == [60.0] * (TRIES - 1)
    mended = FakeHistory(page(row(1)), Unreadable(kind), page(row(2), is_last=True))
    assert (await read(mended)).broke_off == ""


async def test_a_key_that_is_not_accepted_is_not_tried_again() -> None:
    history = FakeHistory(Unreadable("bad_key"))
    assert (await read(history)).broke_off == "bad_key"
    assert len(history.asked) == 1


async def test_a_history_without_an_end_is_given_up() -> None:
    same = FakeHistory(page(row(1)))
    assert (await read(same)).broke_off == "same_page"
    assert len(same.asked) == 2
    endless = FakeHistory(*(page(row(n)) for n in range(MOST_PAGES + 2)))
    assert (await read(endless)).broke_off == "too_many_pages"
    assert len(endless.asked) == MOST_PAGES


async def test_rows_that_cannot_be_read_are_counted_and_named_where_they_have_a_name() -> None:
    statement = await read(FakeHistory(page(row(1), is_last=True, unread=("AB-12345678", "", ""))))
    assert (statement.unread, statement.unread_rows) == (frozenset({"ab12345678"}), 3)


async def test_what_is_not_listed_is_looked_up_by_its_id() -> None:
    history = FakeHistory(page(row(1), is_last=True), rows=(row(2),))
    reader = StatementReader(history=history, clock=NoWait())
    statement = await reader.look_up(await reader.read(NOW_MS, NOW_MS), [row(2).request_id, row(3).request_id])
    assert sorted(statement.rows) == [bare_id(row(n).request_id) for n in (1, 2)]
    assert (statement.lacking, statement.unheard) == (1, frozenset())


async def test_who_waits_is_told_how_far_it_is() -> None:
    told: list[Progress] = []
    history = FakeHistory(page(row(1)), Unreadable("network"), page(row(2), is_last=True))
    await StatementReader(history=history, clock=NoWait(), told=told.append).read(NOW_MS, NOW_MS)
    assert [(one.pages, one.requests, one.goes_on, one.trouble) for one in told] == [
        (1, 1, True, ""),
        (1, 1, True, "network"),
        (2, 2, False, ""),
    ]
    assert told[-1].back_to_ms == NOW_MS - 2
    told.clear()
    month = FakeHistory(page(row(1), is_last=True))
    await StatementReader(history=month, clock=NoWait(), told=told.append).read(NOW_MS - 31 * DAY_MS, NOW_MS)
    assert [one.goes_on for one in told] == [True, False]


async def test_a_command_asks_at_most_five_times_a_minute() -> None:
    clock = ManualClock(Activity())
    budget = RequestBudget(5, clock, tokens=1)  # as `bot.py` makes it
    asked_s: list[float] = []

    class Paced(FakeHistory):
        async def history_page(self, slug: str | None, *, from_ms: int, to_ms: int, page: int) -> HistoryPageAnswer:
            await budget.acquire(RequestKind.HISTORY)
            asked_s.append(clock.monotonic_s())
            return await super().history_page(slug, from_ms=from_ms, to_ms=to_ms, page=page)

    history = Paced(*(page(row(n)) for n in range(20)), page(is_last=True))
    reading = asyncio.create_task(StatementReader(history=history, clock=clock).read(NOW_MS, NOW_MS))
    await clock.advance(600)
    assert (await reading).broke_off == ""
    assert asked_s[0] == 0
    assert all(later - earlier > 60 for earlier, later in zip(asked_s, asked_s[5:], strict=False))
