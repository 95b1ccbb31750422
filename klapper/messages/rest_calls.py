"""Calls to Discord with a deadline of their own and errors in the port's words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

import discord

from klapper.errors import DeliveryError
from klapper.messages.discord_errors import reason_of

_log = logging.getLogger(__name__)

T = TypeVar("T")

_EXPECTED_STATUSES = (401, 403, 404, 408, 413, 429)


class RestCalls:
    """Keeps: a call that misses its deadline is left alone, never cancelled.

    discord.py 2.7.1 stops all requests while it waits out a global rate limit and lets them go on afterwards; a
    cancellation in that wait would stop them for ever. Every call here may be repeated (posts carry a nonce), so one
    that ends late does no harm.
    """

    def __init__(self) -> None:
        self._late: set[asyncio.Task[Any]] = set()

    async def __call__(self, call: Coroutine[Any, Any, T], *, deadline_s: float) -> T:
        """The call's result. Raises DeliveryError with a reason of the port; errors of our own making as they are."""
        task = asyncio.ensure_future(call)
        self._late.add(task)
        task.add_done_callback(self._forget)
        done, _ = await asyncio.wait({task}, timeout=deadline_s)
        if not done:
            raise DeliveryError("try_later", f"Discord did not answer within {deadline_s:g} s.")
        try:
            return task.result()
        except Exception as error:
            raise _in_our_words(error) from error

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # of a call that ended late: nobody else will look at it


def _in_our_words(error: Exception) -> Exception:
    reason = reason_of(error)
    if isinstance(error, DeliveryError) or reason is None:
        return error
    if isinstance(error, discord.HTTPException) and 400 <= error.status < 500 and reason == "try_later":
        level = logging.WARNING if error.status in _EXPECTED_STATUSES else logging.ERROR
        _log.log(level, "Discord refused a request", extra={"status": error.status, "code": error.code})
    return DeliveryError(reason, f"Discord: {error}"[:300])
