"""Everything that happened, in order: message versions, requests, interactions, sessions.

Tests read it afterwards, the driver waits on it; nothing in the sandbox's behaviour depends on it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from sandbox.discord.clock import SandboxClock
from sandbox.discord.errors import Json


class Kind(StrEnum):
    """What an entry is about; its subject is the id named here."""

    REQUEST = "request"  # subject: its running number
    MESSAGE = "message"  # message id
    INTERACTION = "interaction"  # interaction id
    SESSION = "session"  # gateway session id
    COMMANDS = "commands"  # guild id or "global"
    CHANNEL = "channel"  # channel id


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `seq` starts at 1 and has no gaps."""

    seq: int
    at_ms: int
    kind: Kind
    subject: str
    data: Json

    def payload(self) -> Json:
        return {"seq": self.seq, "at_ms": self.at_ms, "kind": self.kind, "subject": self.subject, "data": self.data}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries somebody wants; None means any."""

    kinds: frozenset[Kind] | None = None
    subject: str | None = None

    def takes(self, entry: Entry) -> bool:
        return (self.kinds is None or entry.kind in self.kinds) and self.subject in (None, entry.subject)


class Journal:
    """Append-only; `wait` returns as soon as something it asked for is there."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def last(self) -> int:
        """The newest entry's number, 0 when there is none."""
        return len(self._entries)

    def append(self, kind: Kind, subject: int | str, data: Json) -> Entry:
        entry = Entry(self.last + 1, self._clock.now_ms(), kind, str(subject), data)
        self._entries.append(entry)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        return entry

    def after(self, seq: int, wanted: Filter) -> list[Entry]:
        return [entry for entry in self._entries[seq:] if wanted.takes(entry)]

    async def wait(self, seq: int, wanted: Filter, timeout: float) -> tuple[list[Entry], int]:
        """Entries newer than `seq` and the number to ask with next; empty after `timeout` seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            found = self.after(seq, wanted)
            seq = self.last
            remaining = deadline - asyncio.get_running_loop().time()
            if found or remaining <= 0:
                return found, seq
            await self._next_append(remaining)

    async def _next_append(self, timeout: float) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait([waiter], timeout=timeout)
        finally:
            self._waiters.discard(waiter)
