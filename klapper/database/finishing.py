"""Work that is finished before its caller goes on, however often the caller is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any


async def finish(work: Awaitable[Any]) -> None:
    """Await to the end; then raise what the work raised, or CancelledError if somebody asked for it meanwhile."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError
