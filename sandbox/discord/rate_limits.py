"""Rate-limit buckets and their headers (Discord docs: Rate limits)."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field

from sandbox.discord.errors import ApiError, Json

_SNOWFLAKE = re.compile(r"/\d{5,}")
_MAJOR = re.compile(r"^/(?:channels|guilds)/\d+|^/webhooks/\d+/[^/]+")
_EXEMPT = re.compile(r"^/interactions/")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests per window."""

    requests: int
    window_s: float


GENEROUS = Limit(requests=1000, window_s=1.0)


@dataclass(slots=True)
class _Bucket:
    limit: Limit
    opened_s: float = 0.0
    used: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one request left of its bucket."""

    key: str
    limit: Limit
    remaining: int
    reset_s: float

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Bucket": self.key,
            "X-RateLimit-Limit": str(self.limit.requests),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": f"{time.time() + self.reset_s:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_s:.3f}",
        }

    def refusal(self) -> ApiError:
        body: Json = {"message": "You are being rate limited.", "retry_after": self.reset_s, "global": False}
        return ApiError(429, body)


@dataclass(slots=True)
class RateLimits:
    """Buckets per route and major parameter; interaction callbacks have none. Generous unless set otherwise."""

    default: Limit = GENEROUS
    _rules: list[tuple[str, re.Pattern[str], Limit]] = field(default_factory=list)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def limit_route(self, method: str, path: str, limit: Limit) -> None:
        """Gives matching requests (method or `*`, path as regular expression) this limit; the latest rule wins."""
        self._rules.insert(0, (method, re.compile(path), limit))
        self._buckets.clear()

    def take(self, method: str, path: str) -> Taken | None:
        """Counts one request; the caller refuses it when `remaining` is negative. None: not limited."""
        if _EXEMPT.match(path):
            return None
        route = f"{method} {_SNOWFLAKE.sub('/:id', path)}"
        major = _MAJOR.match(path)
        key = f"{route} {major.group(0) if major else ''}"
        bucket = self._buckets.setdefault(key, _Bucket(self._limit_of(method, path)))
        now = time.monotonic()
        if now - bucket.opened_s >= bucket.limit.window_s:
            bucket.opened_s, bucket.used = now, 0
        bucket.used += 1
        reset = bucket.opened_s + bucket.limit.window_s - now
        name = hashlib.sha256(route.encode()).hexdigest()[:32]
        return Taken(name, bucket.limit, bucket.limit.requests - bucket.used, reset)

    def _limit_of(self, method: str, path: str) -> Limit:
        for wanted, pattern, limit in self._rules:
            if wanted in ("*", method) and pattern.search(path):
                return limit
        return self.default
