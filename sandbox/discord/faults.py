"""Scripted trouble: the next matching requests are answered wrongly, late or not at all."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sandbox.discord.errors import Json

_FILES = "/cdn/"


@dataclass(slots=True)
class Fault:
    """Spoils the next `times` requests whose method and path (without /api/v10, e.g. `/channels/1/messages`) match.

    `when` says whether the request takes effect first. Then the connection is dropped (`drop`), or `status` and `body`
    are answered, or, with neither, the usual answer comes `delay_s` later. A 429 gets `Via` and `retry_after` unless
    `via` is False, which is what a Cloudflare ban looks like.

    Only a path that begins with `^/cdn/` reaches fetches of files; there a `drop` after it took effect cuts the
    connection in the middle of the file.
    """

    method: str = "*"
    path: str = ".*"
    times: int = 1
    when: Literal["before", "after"] = "before"
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    delay_s: float = 0.0
    retry_after_s: float = 0.05
    via: bool = True
    global_limit: bool = False

    def matches(self, method: str, path: str) -> bool:
        if path.startswith(_FILES) and not self.path.removeprefix("^").startswith(_FILES):
            return False
        return self.times > 0 and self.method in ("*", method) and re.search(self.path, path) is not None

    def answer_body(self) -> Any:
        if self.body is not None or self.status is None:
            return self.body
        if self.status == 429:
            limit: Json = {"message": "You are being rate limited.", "retry_after": self.retry_after_s}
            return limit | {"global": self.global_limit}
        return {"message": f"{self.status}: scripted fault", "code": 0}

    def answer_headers(self) -> dict[str, str]:
        if self.status != 429 or not self.via:
            return self.headers
        limit = {"Via": "1.1 sandbox", "Retry-After": str(self.retry_after_s)}
        return limit | ({"X-RateLimit-Global": "true"} if self.global_limit else {}) | self.headers


class FaultList:
    """Faults in the order they were added; the first that matches is used and counted down."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def pending(self) -> list[Json]:
        """Those that still have times left, as JSON."""
        return [asdict(fault) for fault in self._faults if fault.times > 0]

    def take(self, method: str, path: str) -> Fault | None:
        for fault in self._faults:
            if fault.matches(method, path):
                fault.times -= 1
                return fault
        return None
