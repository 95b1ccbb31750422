"""Cancel a task at its n-th await, for every n: the instants at which a bot can be told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(slots=True)
class Interrupted:
    """Awaits `work` inside the current task and cancels that task at the awaits numbered in `at`, from 1.

    late: not at once, but when what is awaited is done and the task has not seen it yet.
    """

    work: Coroutine[Any, Any, None]
    at: Collection[int]
    late: bool
    awaits: int = 0

    def __await__(self) -> Generator[Any, None, None]:
        task = asyncio.current_task()
        assert task is not None
        step: Callable[[], Any] = partial(self.work.send, None)
        while True:
            try:
                awaited = step()
            except StopIteration:
                return
            self.awaits += 1
            if self.awaits in self.at:
                self._cancel(task, awaited)
            try:
                yield awaited
            except BaseException as error:
                step = partial(self.work.throw, error)
            else:
                step = partial(self.work.send, None)

    def _cancel(self, task: asyncio.Task[Any], awaited: asyncio.Future[Any] | None) -> None:
        if self.late and awaited is not None:
            awaited.add_done_callback(lambda _: task.cancel())  # runs before the task's own wake-up
        else:
            task.cancel()


@dataclass(frozen=True, slots=True)
class Outcome:
    """cancelled: the task saw it. awaits: how many there were up to its end."""

    cancelled: bool
    awaits: int


async def interrupt(work: Coroutine[Any, Any, None], at: Collection[int] = (), *, late: bool = False) -> Outcome:
    """Run `work` as a task, cancelled at these awaits. Any other error of `work` is raised."""
    interrupted = Interrupted(work, at, late)

    async def run() -> None:
        await interrupted

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return Outcome(task.cancelled(), interrupted.awaits)
