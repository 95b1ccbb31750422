"""Work that may take longer than Discord waits: acknowledged in time, answered when it is done.

Source of the times: Discord docs, "Receiving and Responding": three seconds for the first response.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

PATIENCE_S = 2.0

Result = TypeVar("Result")


class InTime:
    """Keeps: what was begun goes on, whatever becomes of its answer and of whoever waits for it."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._running: set[asyncio.Task[Any]] = set()

    async def __call__(self, work: Coroutine[Any, Any, Result], acknowledge: Callable[[], Awaitable[object]]) -> Result:
        """The work's result, or what it raises. acknowledge: called once when the work takes longer than the patience.

        The work itself must not answer: two answers at the same moment would be one too many.
        """
        task = self.start(work)
        if not await self.is_done(task):
            await acknowledge()
        return await asyncio.shield(task)

    def start(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """A task of its own, never to be awaited bare: a commit is not cancelled because its answer is."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def is_done(self, task: asyncio.Task[Any]) -> bool:
        """Whether the task ended in time; waiting for it in this way never cancels it."""
        done, _ = await asyncio.wait({task}, timeout=self._patience_s)
        return bool(done)
