"""What was asked, and what happened: the two logs that a driver reads."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_RECORD = 50_000  # requests
LONGEST_LOG = 50_000  # events


@dataclass(slots=True)
class RecordedRequest:
    """One request as it came in. `status` None: no answer was given."""

    time: str
    method: str
    host: str
    path: str
    query: str
    body: Any
    api_key: str | None
    authorization: str | None
    content_type: str | None
    user_agent: str | None
    status: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class RequestRecord:
    """Every request that is not the driver's own."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=LONGEST_RECORD)

    def add(self, request: RecordedRequest) -> None:
        self._requests.append(request)

    def all(self) -> list[RecordedRequest]:
        return list(self._requests)

    def clear(self) -> None:
        self._requests.clear()


@dataclass(frozen=True, slots=True)
class Event:
    """Something a driver may wait for: submitted, processing, completed, failed, request."""

    seq: int
    time: str
    kind: str
    job_id: str | None
    detail: str | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class EventLog:
    """Numbered from 1; readers wait for what comes after a number they know."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=LONGEST_LOG)
        self._last = 0
        self._grown = asyncio.Event()
        self._closed = False

    @property
    def last(self) -> int:
        return self._last

    def append(self, time: str, kind: str, job_id: str | None = None, detail: str | None = None) -> None:
        self._last += 1
        self._events.append(Event(self._last, time, kind, job_id, detail))
        self._wake()

    def close(self) -> None:
        """Let every reader go."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()

    async def after(self, seq: int, timeout_s: float) -> list[Event]:
        """What came after `seq`; empty when nothing did within `timeout_s`."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not (found := [event for event in self._events if event.seq > seq]) and not self._closed:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            try:
                await asyncio.wait_for(self._grown.wait(), left)
            except TimeoutError:
                break
        return found
