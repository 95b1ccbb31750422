"""A thread of a connection's own, for what waits: the disk, another process, a long query."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Thread:
    """Keeps: what is handed over runs, in order, whatever becomes of whoever waits for it.

    The work is in the queue when `start` returns, and its future is no task: nothing can cancel it before it began.
    """

    def __init__(self, name: str) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Hand over; cancelling the future would cancel work that has not begun, so await it with `finish`."""
        return asyncio.get_running_loop().run_in_executor(self._worker, work)

    async def run(self, work: Callable[[], T]) -> T:
        """Hand over and wait; a cancelled caller leaves work behind that runs to its end."""
        return await asyncio.shield(self.start(work))

    async def finish(self, work: Callable[[], T]) -> T:
        """Hand over and wait to the end, however often the caller is cancelled meanwhile."""
        return await finish(self.start(work))

    def close(self) -> None:
        """It ends when everything that was handed over is done."""
        self._worker.shutdown(wait=False)


async def finish(work: asyncio.Future[T]) -> T:
    """Await to the end; then raise what the work raised, or CancelledError if somebody asked for it meanwhile."""
    cancelled = False
    while not work.done():
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            cancelled = True
        except BaseException:
            break  # of the work: raised below
    result = work.result()
    if cancelled:
        raise asyncio.CancelledError
    return result
