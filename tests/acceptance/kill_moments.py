"""Waits for the moment at which the bot is to be killed."""

from __future__ import annotations

import asyncio
import contextlib
import time

from sandbox.discord.journal import Entry, Filter
from sandbox.discord.journal import Kind as EntryKind
from sandbox.segmind import EventView
from tests.acceptance.kill_plan import Moment
from tests.acceptance.town import Town

PATIENCE_S = 3.0  # for an event; then the kill comes without it

_REQUESTS = {
    "posting": "POST /v2/",
    "polling": "GET /v2/requests/",
    "downloading": "GET /generations/",
    "uploading": "POST /upload-asset",
    "history": "GET /inference-request/",
}
_ENDINGS = {"accepted": "submitted", "completed": "completed"}
_DISCORD = frozenset({EntryKind.MESSAGE, EntryKind.INTERACTION})


class Moments:
    """Sees both servers: Segmind through its control, Discord through its journal, so that a look costs little."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._journal = town.discord.world.journal
        self._seen_segmind = 0
        self._start_s = 1.0  # how long the last whole start took

    async def start(self) -> None:
        """Start the bot and wait until it is up."""
        began_s = time.monotonic()
        await self._town.open()
        self._start_s = time.monotonic() - began_s

    async def start_until(self, moment: Moment) -> None:
        """Start the bot and return at this moment, or when nothing of the kind has happened for a while."""
        if moment.after == "start":
            await self._town.bot.start()
            await asyncio.sleep(moment.delay_s * self._start_s)
            return
        await self.start()
        match moment.after:
            case "any":
                pass
            case "asking" | "card" | "clip" | "news":
                await self._discord(moment.after)
            case _:
                await self._segmind(moment.after)
        await asyncio.sleep(moment.delay_s)

    async def _segmind(self, name: str) -> None:
        events = await self._town.control.events(self._seen_segmind)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while not any(_is(event, name) for event in events):
                    self._seen_segmind = events[-1].seq if events else self._seen_segmind
                    events = await self._town.control.events(self._seen_segmind, PATIENCE_S)
        self._seen_segmind = events[-1].seq if events else self._seen_segmind

    async def _discord(self, name: str) -> None:
        seen, until_s = self._journal.last, time.monotonic() + PATIENCE_S
        while (left_s := until_s - time.monotonic()) > 0:
            entries, seen = await self._journal.wait(seen, Filter(_DISCORD), left_s)
            if any(_shows(entry, name) for entry in entries):
                return


def _is(event: EventView, name: str) -> bool:
    if name in _ENDINGS:
        return event.kind == _ENDINGS[name]
    return event.kind == "request" and (event.detail or "").startswith(_REQUESTS[name])


def _shows(entry: Entry, name: str) -> bool:
    if entry.kind is EntryKind.INTERACTION:
        return name == "asking" and entry.data["callback"] is None and not entry.data["failed"]
    message = entry.data["message"]
    match name:
        case "clip":
            return bool(message["attachments"])
        case "news":
            return message.get("message_reference") is not None
        case _:
            return name == "card" and not message["attachments"]
