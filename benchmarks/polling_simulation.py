"""Jobs that end at drawn times, watched by the bot's own schedule and its own learning. Times in seconds; no clock."""

from __future__ import annotations

import heapq
import math
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Protocol

from klapper.segmind.budget import burst_of, flow_of
from klapper.services.durations import Cell, RunTimes
from klapper.services.log_normal import LogNormal
from klapper.services.schedule import Schedule, Watched

UNLIMITED = 1e9  # requests per minute
CELL = Cell("model")


@dataclass(frozen=True, slots=True)
class Measured:
    """Of the jobs that ended. cpu_us: of this computer per look, the schedule's part."""

    polls: float
    delay_s: float
    p95_s: float
    jobs: int
    cpu_us: float = 0.0


class Looking(Protocol):
    """Who decides when to look."""

    def begin(self, job: str, now_s: float) -> None: ...

    def next_s(self) -> float | None: ...

    def due(self, now_s: float) -> list[str]: ...

    def looked(self, job: str, now_s: float) -> None: ...

    def ended(self, job: str, now_s: float, run_s: float) -> None: ...


class Klapper:
    """The bot: `Schedule` over what `RunTimes` learned, as `services/looks.py` joins them."""

    def __init__(self, published_s: float, *, per_minute: float = UNLIMITED, wanted_delay_s: float = 1.0) -> None:
        self.run_times = RunTimes({CELL.slug: published_s})
        self._schedule = Schedule(wanted_delay_s)
        self._per_minute = per_minute
        self._posted_s: dict[str, float] = {}

    def begin(self, job: str, now_s: float) -> None:
        self._posted_s[job] = now_s
        self._schedule.watch(job, Watched(CELL, now_s), self.run_times.estimate(CELL), now_s)
        self._refresh(now_s)

    def next_s(self) -> float | None:
        return self._schedule.next_s()

    def due(self, now_s: float) -> list[str]:
        self._refresh(now_s)
        return self._schedule.due(now_s, 50)

    def looked(self, job: str, now_s: float) -> None:
        self._schedule.looked(job, now_s)

    def ended(self, job: str, now_s: float, run_s: float) -> None:
        del self._posted_s[job]
        self._schedule.forget(job, now_s)
        self.run_times.learn(CELL, run_s)

    def _refresh(self, now_s: float) -> None:
        if self._schedule.is_stale(now_s):
            ages_s = [now_s - posted_s for posted_s in self._posted_s.values()]
            self._schedule.refresh(now_s, self._per_minute, {CELL: self.run_times.estimate(CELL, ages_s)})


class Fixed:
    """The SDK's `job.wait(interval=...)`: a look, and then one after each interval."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._heap: list[tuple[float, str]] = []

    def begin(self, job: str, now_s: float) -> None:
        self.looked(job, now_s)

    def next_s(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def due(self, now_s: float) -> list[str]:
        found = []
        while self._heap and self._heap[0][0] <= now_s:
            found.append(heapq.heappop(self._heap)[1])
        return found

    def looked(self, job: str, now_s: float) -> None:
        heapq.heappush(self._heap, (now_s + self._interval_s, job))

    def ended(self, job: str, now_s: float, run_s: float) -> None:
        """Nothing is learned; it is looked at no more because it was taken out to be looked at."""


@dataclass(slots=True)
class _Bucket:
    """The request budget's arithmetic: `flow` tokens per minute, `burst` at most at once; beginning empty."""

    per_minute: float
    tokens: float = 0.0
    at_s: float = 0.0
    is_free: bool = False

    def wait_s(self, now_s: float) -> float:
        """Until there is a token."""
        if self.is_free:
            return 0.0
        flow, burst = flow_of(round(self.per_minute)), burst_of(round(self.per_minute))
        self.tokens = min(burst, self.tokens + (now_s - self.at_s) * flow / 60)
        self.at_s = now_s
        return max(0.0, (1 - self.tokens) * 60 / flow)

    def spend(self) -> None:
        self.tokens -= 0 if self.is_free else 1


@dataclass(slots=True)
class Simulation:
    """`in_flight` jobs at once, each replaced when its end is found, until `jobs` have begun and ended.

    first_s: the first jobs begin within so many seconds.
    """

    looking: Looking
    truth: LogNormal
    seed: int
    in_flight: int
    jobs: int
    first_s: float
    per_minute: float = UNLIMITED
    _random: random.Random = field(init=False)
    _bucket: _Bucket = field(init=False)
    _runs_s: list[float] = field(init=False)
    _ends_s: dict[str, float] = field(init=False, default_factory=dict)
    _begins_s: dict[str, float] = field(init=False, default_factory=dict)
    _polls: dict[str, int] = field(init=False, default_factory=dict)
    _delays_s: dict[str, float] = field(init=False, default_factory=dict)
    _others: deque[str] = field(init=False, default_factory=deque)  # submits and results that wait for a token
    _looks: deque[str] = field(init=False, default_factory=deque)
    _later: list[float] = field(init=False, default_factory=list)

    def run(self, *, skip: int = 0) -> Measured:
        """What the jobs after the first `skip` cost."""
        self._random = random.Random(self.seed)  # noqa: S311  (draws, not secrets)
        # One of each of equally likely run times: what is measured differs by the looks, not by luck.
        self._runs_s = [self.truth.within_s((n + 0.5) / self.jobs) for n in range(self.jobs)]
        self._random.shuffle(self._runs_s)
        self._bucket = _Bucket(self.per_minute, is_free=self.per_minute >= UNLIMITED)
        self._later = sorted(self._random.uniform(0, self.first_s) for _ in range(min(self.in_flight, self.jobs)))
        self._later.reverse()
        began = time.process_time()
        now_s = 0.0
        while len(self._delays_s) < self.jobs:
            now_s = self._step(now_s)
        cpu_s = time.process_time() - began
        counted = [f"{n}" for n in range(skip, self.jobs)]
        delays_s = sorted(self._delays_s[job] for job in counted)
        return Measured(
            fmean(self._polls[job] for job in counted),
            fmean(delays_s),
            delays_s[math.ceil(0.95 * len(delays_s)) - 1],
            len(counted),
            cpu_s / sum(self._polls.values()) * 1e6,
        )

    def _step(self, now_s: float) -> float:
        """Go on to the next thing that happens; the time of it."""
        times = [at_s for at_s in (self._later[-1] if self._later else None, self.looking.next_s()) if at_s is not None]
        if self._others or self._looks:
            times.append(now_s + self._bucket.wait_s(now_s))
        now_s = max(now_s, min(times))
        if self._later and self._later[-1] <= now_s:
            self._later.pop()
            self._submit(now_s)
        self._looks.extend(self.looking.due(now_s))
        while (self._others or self._looks) and self._bucket.wait_s(now_s) <= 1e-9:
            self._bucket.spend()
            if self._others:
                self._send(self._others.popleft(), now_s)
            else:
                self._look(self._looks.popleft(), now_s)
        return now_s

    def _submit(self, now_s: float) -> None:
        job = f"{len(self._begins_s)}"
        self._begins_s[job] = math.inf
        self._others.append(job)
        del now_s

    def _send(self, job: str, now_s: float) -> None:
        if self._begins_s.get(job) != math.inf:
            return  # the result of a job that was made
        self._begins_s[job] = now_s
        self._ends_s[job] = now_s + self._runs_s.pop()
        self._polls[job] = 0
        self.looking.begin(job, now_s)

    def _look(self, job: str, now_s: float) -> None:
        self._polls[job] += 1
        if now_s < self._ends_s[job]:
            self.looking.looked(job, now_s)
            return
        self._delays_s[job] = now_s - self._ends_s[job]
        self.looking.ended(job, now_s, self._ends_s[job] - self._begins_s[job])
        self._others.append(job)
        if len(self._begins_s) < self.jobs:
            self._submit(now_s)


def looks_of(looking: Looking, until_s: float) -> Sequence[float]:
    """The ages at which a lone job that never ends is looked at."""
    looking.begin("lone", 0.0)
    ages_s = []
    while (next_s := looking.next_s()) is not None and next_s <= until_s:
        for job in looking.due(next_s):
            ages_s.append(next_s)
            looking.looked(job, next_s)
    return ages_s


class Informed:
    """The bot's schedule when it knows exactly how long jobs take."""

    def __init__(self, truth: LogNormal, *, wanted_delay_s: float) -> None:
        self._schedule = Schedule(wanted_delay_s)
        self._truth = truth

    def begin(self, job: str, now_s: float) -> None:
        self._schedule.watch(job, Watched(CELL, now_s), self._truth, now_s)
        self._schedule.refresh(now_s, UNLIMITED, {CELL: self._truth})

    def next_s(self) -> float | None:
        return self._schedule.next_s()

    def due(self, now_s: float) -> list[str]:
        return self._schedule.due(now_s, 1)

    def looked(self, job: str, now_s: float) -> None:
        self._schedule.looked(job, now_s)

    def ended(self, job: str, now_s: float, run_s: float) -> None:
        self._schedule.forget(job, now_s)
