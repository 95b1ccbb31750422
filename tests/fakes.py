"""Complete fakes of the ports: time and threads here, Segmind and Discord beside it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from klapper.clock import SECOND_MS
from klapper.database.database import Database, DatabaseError, Reader, Writer
from klapper.database.thread import Thread
from klapper.errors import CheckUnavailable
from klapper.moderation.contextual import ImageFile, strictest
from klapper.moderation.policy import Objection
from tests.fake_discord import FakeMessenger, Message, dm_channel
from tests.fake_segmind import FakeProvider, Post, SegmindJob

__all__ = [
    "Activity",
    "FakeJudge",
    "FakeMessenger",
    "FakeProvider",
    "ManualClock",
    "Message",
    "NoThread",
    "NoThreads",
    "Post",
    "SegmindJob",
    "WatchedDatabase",
    "dm_channel",
]

NOVEMBER_MS = 1_700_000_000_000

P = ParamSpec("P")
T = TypeVar("T")


class Activity:
    """Counts work that goes on in threads, so that time stands still meanwhile."""

    def __init__(self) -> None:
        self._under_way = 0
        self._quiet = asyncio.Event()

    def begin(self) -> None:
        self._under_way += 1
        self._quiet.clear()

    def end(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._quiet.set()

    async def settle(self) -> None:
        """Return when every task waits for time, or for the test."""
        ready = vars(asyncio.get_running_loop())["_ready"]  # asyncio does not say otherwise that nothing else can run
        while True:
            await asyncio.sleep(0)
            if self._under_way:
                await self._quiet.wait()
            elif not ready:
                return


class ManualClock:
    """Time that moves when the test says so; sleepers wake in the order of their times."""

    def __init__(self, activity: Activity, now_ms: int = NOVEMBER_MS) -> None:
        self._activity = activity
        self._began_ms = self._now_ms = now_ms
        self._set_back_ms = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        return self._now_ms - self._set_back_ms

    def set_back(self, seconds: float) -> None:
        """Somebody corrects the wall clock; what is measured goes on."""
        self._set_back_ms += round(seconds * SECOND_MS)

    def monotonic_s(self) -> float:
        return (self._now_ms - self._began_ms) / SECOND_MS

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        # Up to the next millisecond, so that a sleeper never wakes before its time.
        due_ms = self._now_ms + max(0, -int(-seconds * SECOND_MS // 1))
        heapq.heappush(self._sleepers, (due_ms, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Live through these seconds: everything due in them happens at its time."""
        end_ms = self._now_ms + round(seconds * SECOND_MS)
        await self._activity.settle()
        while self._sleepers and self._sleepers[0][0] <= end_ms:
            due_ms, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self._now_ms = max(self._now_ms, due_ms)
                woken.set_result(None)
                await self._activity.settle()
        self._now_ms = end_ms
        await self._activity.settle()

    async def jump(self, seconds: float) -> None:
        """Sleep through these seconds, as a computer does: whatever was due in them happens at their end."""
        self._now_ms += round(seconds * SECOND_MS)
        await self.advance(0)


class FakeJudge:
    """The check outside: says yes, or what it is told to say about a text or an image.

    shown: the texts, and the hashes of the images, of each question. unavailable: the reason why it does not answer.
    meanwhile: what happens while it thinks.
    """

    def __init__(self) -> None:
        self.objections: dict[str, Objection] = {}
        self.shown: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        self.unavailable: str | None = None
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def judge(self, texts: Sequence[str], images: Sequence[ImageFile]) -> Objection | None:
        assert all(image.path.is_file() for image in images)
        hashes = tuple(image.sha256 for image in images)
        self.shown.append((tuple(texts), hashes))
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.unavailable is not None:
            raise CheckUnavailable(self.unavailable)
        return strictest(self.objections.get(one) for one in (*texts, *hashes))


class WatchedDatabase:
    """The database, with its transactions counted as activity."""

    def __init__(self, database: Database, activity: Activity) -> None:
        self._database = database
        self._activity = activity
        self.is_full = False  # then it refuses to write

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writer]:
        self._activity.begin()
        try:
            if self.is_full:
                raise DatabaseError("The database did not do it (database or disk is full).")
            async with self._database.write() as tx:
                yield tx
        finally:
            self._activity.end()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        self._activity.begin()
        try:
            async with self._database.read() as tx:
                yield tx
        finally:
            self._activity.end()


class NoThread(Thread):
    """A connection's thread that works at once; who waits for it hears of that in the next pass of the event loop."""

    def start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        try:
            loop.call_soon(_answer, future, work())
        except BaseException as error:
            loop.call_soon(_fail, future, error)
        return future

    async def run(self, work: Callable[[], T]) -> T:
        """Without a future and a shield around it: one await, at which a cancelled caller leaves its work done."""
        answer: T | BaseException
        try:
            answer = work()
        except BaseException as error:
            answer = error
        await asyncio.sleep(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def _answer(future: asyncio.Future[T], result: T) -> None:
    if not future.done():  # cancelled
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


class NoThreads(ThreadPoolExecutor):
    """The pool of `asyncio.to_thread`, which works at once: a thread would take time that no clock here knows."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future
