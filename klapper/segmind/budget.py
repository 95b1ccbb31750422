"""How often Segmind may be asked. One budget for every request with the key, whatever its kind."""

from __future__ import annotations

import itertools
from bisect import insort
from enum import Enum

from klapper.clock import Clock

POLLS_PER_MINUTE_PER_JOB = 0.5
RECOVERY_PER_MINUTE = 0.05  # of the configured rate
LEAST_PER_MINUTE = 0.5
# Answers to requests that were under way when the first 429 came say nothing new.
DEAF_AFTER_HALVING_S = 10.0
ROUNDING = 1e-9


class RequestKind(Enum):
    """Every kind of request with the key."""

    RESULT = "result"
    SUBMIT = "submit"
    CREDITS = "credits"
    HISTORY = "history"
    UPLOAD = "upload"
    STATUS = "status"

    @property
    def rank(self) -> int:
        """The smaller goes first when they wait.

        Uploads and status polls come last: either can always use up what is left, while the others are few and
        somebody waits for them. They share a rank, for whichever of the two went first would starve the other.
        """
        return _RANKS[self]


_RANKS = {
    RequestKind.RESULT: 0,
    RequestKind.SUBMIT: 1,
    RequestKind.CREDITS: 2,
    RequestKind.HISTORY: 3,
    RequestKind.UPLOAD: 4,
    RequestKind.STATUS: 4,
}


class RequestBudget:
    """A token bucket that keeps these promises:

    - in any 60 s at most `requests_per_minute` requests start;
    - waiting requests start by their kind's rank, then in order of arrival;
    - after a 429 the rate halves, and comes back by a twentieth of the configured rate per minute.

    All time comes from the clock. Belongs to one event loop.
    """

    def __init__(self, requests_per_minute: int, clock: Clock) -> None:
        self._clock = clock
        # What may burst is taken off what flows, so that a burst and a minute of flow stay under the limit.
        self._burst = max(1.0, requests_per_minute // 10)
        self._full_rate = max(requests_per_minute - self._burst, LEAST_PER_MINUTE)
        self._rate = self._full_rate
        self._tokens = self._burst
        self._refilled_at_s = self._halved_at_s = clock.monotonic_s()
        self._halved = False
        self._closed_until_s = self._refilled_at_s
        self._waiting: list[tuple[int, int]] = []
        self._arrivals = itertools.count()

    @property
    def per_minute(self) -> float:
        """Requests per minute that may flow now."""
        self._refill()
        return self._rate

    def may_submit(self, running_jobs: int) -> bool:
        """Whether every running job, the new one included, keeps one poll per two minutes."""
        return (running_jobs + 1) * POLLS_PER_MINUTE_PER_JOB <= self.per_minute

    async def acquire(self, kind: RequestKind) -> None:
        """Return when one request of this kind may start; its token is spent."""
        ticket = (kind.rank, next(self._arrivals))
        insort(self._waiting, ticket)
        try:
            while (wait_s := self._wait_s(ticket)) > 0:
                await self._clock.sleep(wait_s)
            self._tokens -= 1
        finally:
            self._waiting.remove(ticket)

    def rate_limited(self, retry_after_s: float | None = None) -> None:
        """Segmind answered 429: halve the rate, spend nothing before retry_after_s."""
        self._refill()
        now_s = self._clock.monotonic_s()
        if retry_after_s is not None:
            self._closed_until_s = max(self._closed_until_s, now_s + retry_after_s)
        if self._halved and now_s - self._halved_at_s < DEAF_AFTER_HALVING_S:
            return
        self._halved, self._halved_at_s = True, now_s
        self._rate = max(self._rate / 2, LEAST_PER_MINUTE)
        self._tokens = 0.0

    def _wait_s(self, ticket: tuple[int, int]) -> float:
        """Seconds until it may be this ticket's turn; 0 when it is."""
        self._refill()
        closed_s = self._closed_until_s - self._clock.monotonic_s()
        missing = self._waiting.index(ticket) + 1 - self._tokens
        token_s = missing * 60 / self._rate if missing > ROUNDING else 0.0
        return max(closed_s, token_s, 0.0)

    def _refill(self) -> None:
        now_s = self._clock.monotonic_s()
        minutes = (now_s - self._refilled_at_s) / 60
        self._refilled_at_s = now_s
        self._tokens = min(self._burst, self._tokens + minutes * self._rate)
        self._rate = min(self._full_rate, self._rate + minutes * RECOVERY_PER_MINUTE * self._full_rate)
