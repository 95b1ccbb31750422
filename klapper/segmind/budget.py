"""How often Segmind may be asked. One budget for every request with the key, whatever its kind."""

from __future__ import annotations

import itertools
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from klapper.clock import HOUR_MS, MINUTE_MS, SECOND_MS, Clock

POLLS_PER_MINUTE_PER_JOB = 0.5
RECOVERY_PER_MINUTE = 0.05  # of the configured rate
LEAST_PER_MINUTE = 0.5
# Answers to requests that were under way when the first 429 came say nothing new.
DEAF_AFTER_HALVING_S = 10.0
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class LearnedRate:
    """What a 429 taught.

    per_minute: the flow that was left at `learned_at_ms`. closed_until_ms: nothing starts before, as Segmind asked.
    """

    per_minute: float
    learned_at_ms: int
    closed_until_ms: int = 0

    def now(self, full_per_minute: float, now_ms: int) -> float:
        """What of it has come back; nothing while the clock is behind the time of the lesson."""
        minutes = max(0, now_ms - self.learned_at_ms) / MINUTE_MS
        return min(full_per_minute, self.per_minute + minutes * RECOVERY_PER_MINUTE * full_per_minute)

    def full_in_minutes(self, full_per_minute: float, now_ms: int) -> float:
        """When all of it will have come back."""
        return (full_per_minute - self.now(full_per_minute, now_ms)) / (RECOVERY_PER_MINUTE * full_per_minute)


def burst_of(requests_per_minute: int) -> float:
    """How many requests may start at once."""
    return max(1.0, requests_per_minute // 10)


def flow_of(requests_per_minute: int) -> float:
    """Requests that may flow per minute: without what may burst, so that both in one minute stay under the limit."""
    return max(requests_per_minute - burst_of(requests_per_minute), LEAST_PER_MINUTE)


def _unheard(learned: LearnedRate) -> None:
    """Nobody keeps it."""


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

    - in any 60 s at most `requests_per_minute` requests start, also across a restart: the bucket begins empty;
    - waiting requests start by their kind's rank, then in order of arrival;
    - after a 429 the rate halves, and comes back by a twentieth of the configured rate per minute; a new process goes
      on from there.

    learned: what an earlier process was taught. taught: told each time that a 429 changes the rate. tokens: what it may
    spend at once; more than none only where no bot has just spent with the same key. All time comes from the clock.
    Belongs to one event loop.
    """

    def __init__(
        self,
        requests_per_minute: int,
        clock: Clock,
        *,
        learned: LearnedRate | None = None,
        taught: Callable[[LearnedRate], None] = _unheard,
        tokens: float = 0.0,
    ) -> None:
        self._clock = clock
        self._taught = taught
        self._burst = burst_of(requests_per_minute)
        self._full_rate = flow_of(requests_per_minute)
        self._rate = self._full_rate
        self._tokens = min(tokens, self._burst)
        self._refilled_at_s = self._halved_at_s = clock.monotonic_s()
        self._halved = False
        self._closed_until_s = self._refilled_at_s
        if learned is not None:
            self._go_on_from(learned)
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
        closed_longer = retry_after_s is not None and now_s + retry_after_s > self._closed_until_s
        if retry_after_s is not None:
            self._closed_until_s = max(self._closed_until_s, now_s + retry_after_s)
        if not self._halved or now_s - self._halved_at_s >= DEAF_AFTER_HALVING_S:
            self._halved, self._halved_at_s = True, now_s
            self._rate = max(self._rate / 2, LEAST_PER_MINUTE)
            self._tokens = 0.0
        elif not closed_longer:
            return
        now_ms = self._clock.now_ms()
        closed_s = max(0.0, self._closed_until_s - now_s)
        self._taught(LearnedRate(self._rate, now_ms, now_ms + round(closed_s * SECOND_MS) if closed_s else 0))

    def _go_on_from(self, learned: LearnedRate) -> None:
        now_ms = self._clock.now_ms()
        self._rate = max(learned.now(self._full_rate, now_ms), LEAST_PER_MINUTE)
        closed_ms = learned.closed_until_ms - now_ms
        if 0 < closed_ms <= HOUR_MS:  # else the clock was set back
            self._closed_until_s += closed_ms / SECOND_MS

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
