"""An event loop on virtual time: no threads, no sockets, no waiting; and every step of every task is counted."""

from __future__ import annotations

import asyncio
import heapq
import warnings
from asyncio import base_events, events
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, TypeVarTuple

from tests.simulation.time import Time

Ts = TypeVarTuple("Ts")


class Killed(BaseException):
    """The process is no more. Raised out of the loop, between two steps; nothing inside ever sees it."""


class Stuck(Exception):
    """Nothing will ever happen again."""


class Steps(deque[Any]):
    """The loop's ready handles. Dies at the chosen one: that is between two awaits of whatever runs."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0
        self.left = -1  # until the process dies; below zero: it does not

    def popleft(self) -> Any:
        if self.left >= 0:
            if self.left == 0:
                raise Killed
            self.left -= 1
        self.taken += 1
        return super().popleft()


class SimulatedLoop(base_events.BaseEventLoop):
    """One life of the process. What was not done when it ended is never done."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time
        self._scheduled: list[Any] = []  # the timers of the base class
        self.steps = self._ready = Steps()
        self.dead = False
        self.set_exception_handler(_ignore)

    def time(self) -> float:
        return self._time.now_s

    def _run_once(self) -> None:
        """Every step that can be taken now; where there is none, the world goes on until there is one."""
        if not self.steps:
            self._next_moment()
        for _ in range(len(self.steps)):
            handle = self.steps.popleft()
            if not handle.cancelled():
                handle._run()

    def _next_moment(self) -> None:
        timers, time = self._scheduled, self._time
        while timers and timers[0].cancelled():
            heapq.heappop(timers)._scheduled = False
        target_s = timers[0].when() if timers else time.next_s
        if target_s is None:
            raise Stuck
        time.pass_until(target_s)
        while timers and timers[0].when() <= time.now_s:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            self.steps.append(timer)

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def call_soon(self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None) -> events.Handle:
        handle = events.Handle(callback, args, self, context)
        self.steps.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> events.Handle:
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """At once: a thread would take time that nobody here knows."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def die(self) -> set[asyncio.Task[Any]]:
        """Nothing of this life happens any more; its tasks, which must be kept until the story is over."""
        self.dead = True
        tasks = asyncio.all_tasks(self)
        self.steps.clear()
        self._scheduled.clear()
        return tasks


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A task of a dead process is no news. What goes wrong in a living one is logged by the program itself."""


def dispose(tasks: set[asyncio.Task[Any]]) -> None:
    """Close what dead processes left, when nothing that it does can matter any more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what was not begun yet is never awaited
        for task in tasks:
            try:
                task.get_coro().close()
            except (Exception, asyncio.CancelledError):
                continue
