"""Calls to Discord with a deadline of their own and errors in the port's words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
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
    cancellation in that wait would stop them for ever. Every post here may be repeated (it carries a nonce), so one
    that ends late does no harm. Edits of one message are made one after the other, late ones included: an old edit
    cannot end after a newer one.
    """

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[Any]] = set()
        self._edits: dict[int, asyncio.Task[Any]] = {}

    async def __call__(self, call: Coroutine[Any, Any, T], *, deadline_s: float, edits: int | None = None) -> T:
        """The call's result. Raises DeliveryError with a reason of the port; errors of our own making as they are.

        edits: the id of the message that the call changes; the deadline includes the wait for an earlier change.
        """
        ends_at = asyncio.get_running_loop().time() + deadline_s
        if edits is not None:
            await self._turn(edits, call, ends_at)
        task = self._start(call, edits)
        if not await _ended(task, ends_at):
            raise DeliveryError("try_later", f"Discord did not answer within {deadline_s:g} s.")
        try:
            return task.result()
        except Exception as error:
            raise _in_our_words(error) from error

    async def _turn(self, message_id: int, call: Coroutine[Any, Any, Any], ends_at: float) -> None:
        """Return when no edit of the message is under way; otherwise the call is not made."""
        try:
            is_free = await self._is_free(message_id, ends_at)
        except asyncio.CancelledError:
            call.close()
            raise
        if not is_free:
            call.close()
            raise DeliveryError("try_later", "Discord has not answered an earlier edit of the message.")

    async def _is_free(self, message_id: int, ends_at: float) -> bool:
        while (earlier := self._edits.get(message_id)) is not None:
            if not await _ended(earlier, ends_at):
                return False
        return True

    def _start(self, call: Coroutine[Any, Any, T], edits: int | None) -> asyncio.Task[T]:
        task = asyncio.ensure_future(call)
        self._under_way.add(task)
        if edits is not None:
            self._edits[edits] = task
        task.add_done_callback(partial(self._forget, edits))
        return task

    def _forget(self, edits: int | None, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if edits is not None:
            del self._edits[edits]
        if not task.cancelled():
            task.exception()  # of a call that ended late: nobody else will look at it


async def _ended(task: asyncio.Task[Any], ends_at: float) -> bool:
    done, _ = await asyncio.wait({task}, timeout=max(0.0, ends_at - asyncio.get_running_loop().time()))
    return bool(done)


def _in_our_words(error: Exception) -> Exception:
    reason = reason_of(error)
    if isinstance(error, DeliveryError) or reason is None:
        return error
    if isinstance(error, discord.HTTPException) and 400 <= error.status < 500 and reason == "try_later":
        level = logging.WARNING if error.status in _EXPECTED_STATUSES else logging.ERROR
        _log.log(level, "Discord refused a request", extra={"status": error.status, "code": error.code})
    return DeliveryError(reason, f"Discord: {error}"[:300])
