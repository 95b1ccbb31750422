"""What ends the demo: Ctrl-C, a child that ends by itself, or the end of what it does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

from sandbox.processes import Children


@asynccontextmanager
async def stop_signal() -> AsyncIterator[asyncio.Future[None]]:
    """Done at the first Ctrl-C or SIGTERM; the following ones change nothing."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[None] = loop.create_future()

    def ask() -> None:
        if not stop.done():
            stop.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def while_all_run(children: Children, story: Coroutine[None, None, None]) -> None:
    """Raises ProcessFailed when a child ends before the story."""
    work = asyncio.create_task(story)
    exit_ = asyncio.create_task(children.first_exit())
    try:
        await asyncio.wait({work, exit_}, return_when=asyncio.FIRST_COMPLETED)
        if exit_.done():
            child = exit_.result()
            raise child.failure(f"{child.name} has ended by itself (exit code {child.process.returncode}).")
    finally:
        exit_.cancel()
        await finish(work)


async def finish(work: asyncio.Task[None]) -> None:
    """Its error, if it ended with one; cancelled if it has not ended."""
    if work.done():
        work.result()
        return
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
