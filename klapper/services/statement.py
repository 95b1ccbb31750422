"""Segmind's request history of some days, read to its end or said where it broke off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from klapper.clock import DAY_MS, Clock
from klapper.segmind.answers import Gone, HistoryAnswer, HistoryPage, HistoryPageAnswer, HistoryRow, Unreadable
from klapper.segmind.wire import bare_id
from klapper.services.claims import WINDOW_MS

WIDEST_MS = 30 * DAY_MS  # of one question; Segmind takes 31 days (SDK 1.3.0)
MOST_PAGES = 1_000  # of a hundred rows
TRIES = 3  # of one page
TRY_AGAIN_S = 60.0


class History(Protocol):
    """What of Segmind this needs."""

    async def history(self, request_id: str) -> HistoryAnswer: ...

    async def history_page(self, slug: str | None, *, from_ms: int, to_ms: int, page: int) -> HistoryPageAnswer: ...


@dataclass(frozen=True, slots=True)
class Statement:
    """What the history said. rows: each request once, by its bare id. unread: bare ids of rows that could not be read.

    unread_rows: how many those are, with the ones without an id. broke_off: why it was not read to its end; '' when it
    was. lacking: how many requests it knows by their id but did not list. unheard: bare ids that it gave no readable
    answer about.
    """

    rows: Mapping[str, HistoryRow] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    unread_rows: int = 0
    broke_off: str = ""
    lacking: int = 0
    unheard: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading is. back_to_ms: when the oldest request so far was made.

    goes_on: there are more pages. trouble: why a page is asked for again. lookups: how many requests that were not
    listed are asked about now.
    """

    pages: int
    requests: int
    back_to_ms: int | None
    goes_on: bool = True
    trouble: str = ""
    lookups: int = 0


def _untold(_: Progress) -> None:
    """Nobody waits for it."""


class StatementReader:
    """Keeps: what could not be read is in the statement, as such.

    rest_s: how long to rest before each request but the first, beside what the request budget asks for.
    """

    def __init__(
        self,
        *,
        history: History,
        clock: Clock,
        rest_s: Callable[[], float] = lambda: 0.0,
        told: Callable[[Progress], None] = _untold,
    ) -> None:
        self._history = history
        self._clock = clock
        self._rest_s = rest_s
        self._told = told
        self._asked = False

    async def read(self, since_ms: int, until_ms: int) -> Statement:
        """Everything around these times, however far its clock is from UTC."""
        rows: dict[str, HistoryRow] = {}
        unread: list[str] = []
        broke_off, pages = "", 0
        windows = list(_windows(since_ms - WINDOW_MS, until_ms + WINDOW_MS))
        for from_ms, to_ms in windows:
            number, is_last, last = 0, False, None
            while not is_last and not broke_off:
                number, pages = number + 1, pages + 1
                page = await self._page(from_ms, to_ms, number, Progress(pages - 1, len(rows), _oldest_ms(rows)))
                if isinstance(page, Unreadable):
                    broke_off = page.kind
                    continue
                rows |= {bare_id(row.request_id): row for row in page.rows}
                unread += [bare_id(id_) for id_ in page.unread]
                is_last = page.is_last
                if page == last:
                    broke_off = "same_page"  # again and again
                elif not is_last and pages >= MOST_PAGES:
                    broke_off = "too_many_pages"
                last = page
                is_end = bool(broke_off) or (is_last and (from_ms, to_ms) == windows[-1])
                self._told(Progress(pages, len(rows), _oldest_ms(rows), goes_on=not is_end))
        return Statement(rows, frozenset(unread) - rows.keys() - {""}, len(unread), broke_off)

    async def look_up(self, statement: Statement, request_ids: Collection[str]) -> Statement:
        """The statement with these requests of ours, which it did not list: asked about one by one."""
        self._told(Progress(0, len(statement.rows), None, lookups=len(request_ids)))
        rows, unheard = dict(statement.rows), set(statement.unheard)
        for request_id in request_ids:
            match await self._ask(request_id):
                case HistoryRow() as row:
                    rows[bare_id(request_id)] = row
                case Gone():
                    pass
                case Unreadable():
                    unheard.add(bare_id(request_id))
        lacking = len(rows) - len(statement.rows)
        return replace(statement, rows=rows, lacking=lacking, unheard=frozenset(unheard))

    async def _page(self, from_ms: int, to_ms: int, number: int, before: Progress) -> HistoryPage | Unreadable:
        for tries in range(1, TRIES + 1):
            await self._rest()
            page = await self._history.history_page(None, from_ms=from_ms, to_ms=to_ms, page=number)
            if isinstance(page, HistoryPage) or page.kind == "bad_key" or tries == TRIES:
                break
            self._told(replace(before, trouble=page.kind))
            await self._clock.sleep(max(TRY_AGAIN_S, page.retry_after_s or 0.0))
        return page

    async def _ask(self, request_id: str) -> HistoryAnswer:
        await self._rest()
        return await self._history.history(request_id)

    async def _rest(self) -> None:
        if self._asked and (rest_s := self._rest_s()) > 0:
            await self._clock.sleep(rest_s)
        self._asked = True


def _windows(from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
    """Times that one question takes, newest first."""
    while to_ms - from_ms > WIDEST_MS:
        yield to_ms - WIDEST_MS, to_ms
        to_ms -= WIDEST_MS
    yield from_ms, to_ms


def _oldest_ms(rows: Mapping[str, HistoryRow]) -> int | None:
    return min((row.created_at_ms for row in rows.values() if row.created_at_ms is not None), default=None)
