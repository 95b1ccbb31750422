"""When to ask Segmind about which job. Pure: the same story gives the same moments. Times in seconds of one clock that
never runs backwards. Why: docs/adr/0017-when-to-ask.md.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from klapper.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from klapper.services.log_normal import LogNormal
from klapper.services.pace import Pace, pace

RESULT_KEPT_MS = HOUR_MS  # Segmind keeps a request's record one hour after its submission
LATE_WATCH_MS = 31 * DAY_MS  # the request history is asked about an abandoned job that long

EARLY_LOOKS_S = (5.0, 20.0)  # refusals come early; each only while at most a third of a job's looks are early ones
LAST_CHANCE_S = 52 * MINUTE_MS / SECOND_MS  # there is always a look at this age: the record goes after an hour
# After a look without a readable answer, then twice as long each time, up to the look that is due.
UNHEARD_AGAIN_S = 5.0
SHORTEST_STEP_S = 1.0
LONGEST_STEP_S = HOUR_MS / SECOND_MS
DAILY_S = DAY_MS / SECOND_MS
LATE_STEP_S = 60.0  # at least, between looks at a job whose hold has ended: half its age, a day at most
WANTED_DELAY_S = 1.0  # between the end of a job and our noticing, on average; less is not worth a request

MOST_KEPT_BACK = 0.75  # of the rate, for what is not a look by this schedule
LEAST_KEPT_BACK = 0.1
REQUESTS_PER_END = 2  # its result, and the submit of the job that takes its place

ENDS_COUNTED_S = 120.0

REFRESH_S = 5.0
WORTH_PLANNING_ANEW = 0.05  # change of the factor, of a median or of a spread
_SPREAD_STEP = 0.02
_MOST_DOUBLINGS = 20  # far over a day


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known about a job that Segmind has.

    kind: jobs of one kind have one estimate. posted_s: when it was sent. looked_s: when it was last asked about by
    this process, None never. is_daily: its hold has ended; it is asked about once a day when it is old.
    """

    kind: Hashable
    posted_s: float
    looked_s: float | None = None
    is_daily: bool = False


@dataclass(frozen=True, slots=True)
class _Curve:
    """sqrt(hazard) of one kind of job, in seconds."""

    expected: LogNormal
    pace: Pace
    median_s: float

    @classmethod
    def of(cls, expected: LogNormal) -> _Curve:
        spread = max(_SPREAD_STEP, round(expected.spread / _SPREAD_STEP) * _SPREAD_STEP)
        return cls(expected, pace(round(spread, 4)), expected.median_s)

    def is_other_than(self, expected: LogNormal) -> bool:
        far = abs(self.expected.centre - expected.centre) > WORTH_PLANNING_ANEW
        return far or abs(self.expected.spread / expected.spread - 1) > WORTH_PLANNING_ANEW

    def need(self) -> float:
        return math.sqrt(self.median_s) * self.pace.need

    def rate(self, age_s: float) -> float:
        return self.pace.rate(age_s / self.median_s) / math.sqrt(self.median_s)

    def passed(self, age_s: float) -> float:
        return self.pace.passed(age_s / self.median_s) * math.sqrt(self.median_s)

    def age_s(self, passed: float) -> float:
        return self.pace.age(passed / math.sqrt(self.median_s)) * self.median_s


@dataclass(slots=True)
class _Plan:
    """counted: how much of the way to the next look was behind it at `counted_s`. due_s: None while it is looked at.

    unheard: how many looks in a row brought no readable answer.
    """

    job: Watched
    curve: _Curve
    due_s: float | None = None
    counted: float = 0.0
    counted_s: float = 0.0
    waits_first: bool = False
    unheard: int = 0


class Schedule:
    """Keeps:

    - looks in proportion to sqrt(hazard), with one factor for all jobs: as many as the rate leaves, and no more than
      WANTED_DELAY_S takes;
    - looks at EARLY_LOOKS_S unless the rate is too low for them, and at LAST_CHANCE_S; never two of a job within
      SHORTEST_STEP_S, and always another one within LONGEST_STEP_S, or a day when its hold has ended;
    - jobs from before this process are looked at one after the other, as the rate allows.

    A look costs O(log jobs). `refresh` costs O(jobs) and does nothing when the last one was less than REFRESH_S ago.
    """

    def __init__(self, wanted_delay_s: float = WANTED_DELAY_S) -> None:
        self._wanted_delay_s = wanted_delay_s
        self._plans: dict[str, _Plan] = {}
        self._curves: dict[Hashable, _Curve] = {}
        self._heap: list[tuple[float, str]] = []
        self._factor = 1.0
        self._early_s: tuple[float, ...] = EARLY_LOOKS_S
        self._ended_s: deque[float] = deque()
        self._step_s = SHORTEST_STEP_S  # between jobs from before this process
        self._next_first_s = -math.inf
        self._refreshed_s = -math.inf
        self._refreshed_jobs = 0

    @property
    def factor(self) -> float:
        """Looks per second at a hazard of one per second."""
        return self._factor

    def watch(self, job_id: str, job: Watched, expected: LogNormal, now_s: float) -> None:
        """Begin with a job, or go on with one that has become daily. expected: if its kind is new.

        A job that is being looked at is planned when that look has ended.
        """
        before = self._plans.get(job_id)
        curve = self._curves.setdefault(job.kind, _Curve.of(expected))
        self._plans[job_id] = plan = _Plan(job, curve, counted_s=job.posted_s if job.looked_s is None else job.looked_s)
        plan.waits_first = job.looked_s is None and now_s - job.posted_s > EARLY_LOOKS_S[0]
        if before is not None and before.due_s is None:
            return
        if not plan.waits_first:
            self._put(job_id, plan, self._due_s(plan))
            return
        first_s = max(now_s, self._next_first_s)
        self._next_first_s = first_s + self._step_s
        self._put(job_id, plan, first_s)

    def forget(self, job_id: str, now_s: float) -> None:
        """It has ended, or is no longer at Segmind."""
        if self._plans.pop(job_id, None) is not None:
            self._ended_s.append(now_s)

    def watched(self, job_id: str) -> Watched | None:
        """A job as it is watched, None when it is not."""
        plan = self._plans.get(job_id)
        return None if plan is None else plan.job

    def due(self, now_s: float, most: int) -> list[str]:
        """Jobs to look at now, the longest due first; each is out of the schedule until `looked`."""
        found: list[str] = []
        while len(found) < most and (next_s := self.next_s()) is not None and next_s <= now_s:
            _, job_id = heapq.heappop(self._heap)
            self._plans[job_id].due_s = None
            found.append(job_id)
        return found

    def next_s(self) -> float | None:
        """When the next look is due; None without one."""
        while self._heap:
            due_s, job_id = self._heap[0]
            plan = self._plans.get(job_id)
            if plan is not None and plan.due_s == due_s:
                return due_s
            heapq.heappop(self._heap)  # an old plan
        return None

    def looked(self, job_id: str, now_s: float, *, is_heard: bool = True) -> None:
        """A look has ended, whatever it found; nothing for a job that is no longer watched.

        is_heard: False when there was no readable answer: that look is made up for soon.
        """
        plan = self._plans.get(job_id)
        if plan is None:
            return
        kind, posted_s, is_daily = plan.job.kind, plan.job.posted_s, plan.job.is_daily
        plan.job = Watched(kind, posted_s, now_s, is_daily)
        plan.counted, plan.counted_s, plan.waits_first = 0.0, now_s, False
        plan.unheard = 0 if is_heard else plan.unheard + 1
        self._put(job_id, plan, self._due_s(plan))

    def is_stale(self, now_s: float) -> bool:
        """Whether `refresh` would do something."""
        if self._plans and not self._refreshed_jobs:
            return True
        grown = abs(len(self._plans) - self._refreshed_jobs) > WORTH_PLANNING_ANEW * self._refreshed_jobs
        return now_s - self._refreshed_s >= (SHORTEST_STEP_S if grown else REFRESH_S)

    def refresh(self, now_s: float, per_minute: float, expected: Mapping[Hashable, LogNormal]) -> None:
        """Take in what has changed: the jobs' ages, the requests that may be made per minute, what is expected.

        expected: of each kind that is watched.
        """
        self._refreshed_s, self._refreshed_jobs = now_s, len(self._plans)
        curves = {kind: curve for kind, curve in self._curves.items() if kind in expected}
        changed = [kind for kind, new in expected.items() if kind not in curves or curves[kind].is_other_than(new)]
        factor = self._wanted_factor(now_s, per_minute)
        if changed or abs(factor / self._factor - 1) > WORTH_PLANNING_ANEW:
            self._count(now_s)
            self._curves = {**curves, **{kind: _Curve.of(expected[kind]) for kind in changed}}
            self._factor = factor
            self._plan_anew()

    def _wanted_factor(self, now_s: float, per_minute: float) -> float:
        rates = needs = 0.0
        polled = 0
        for plan in self._plans.values():
            if not plan.job.is_daily:
                rate = plan.curve.rate(max(0.0, now_s - plan.job.posted_s))
                rates, needs, polled = rates + rate, needs + plan.curve.need(), polled + 1
        per_second = self._share_out(per_minute / 60, self._ends_per_second(now_s))
        self._step_s = min(LONGEST_STEP_S, 1 / per_second) if per_second > 0 else LONGEST_STEP_S
        if not polled:
            return self._factor
        wanted = needs / polled / (2 * self._wanted_delay_s)
        return min(wanted, per_second / rates) if rates else wanted

    def _ends_per_second(self, now_s: float) -> float:
        """Counted, not expected: how many ends are noticed depends on the looks."""
        while self._ended_s and self._ended_s[0] < now_s - ENDS_COUNTED_S:
            self._ended_s.popleft()
        return len(self._ended_s) / ENDS_COUNTED_S

    def _share_out(self, per_second: float, ends: float) -> float:
        """The looks per second that are left besides the early ones, which are decided here. ends: per second."""
        other = max(REQUESTS_PER_END * ends, LEAST_KEPT_BACK * per_second)
        left = per_second - other
        early = next((n for n in (2, 1) if left >= 3 * n * ends), 0)
        self._early_s = EARLY_LOOKS_S[len(EARLY_LOOKS_S) - early :]
        return max(left - early * ends, (1 - MOST_KEPT_BACK) * per_second)

    def _count(self, now_s: float) -> None:
        """What each job has behind it at the factor and with the curve that held until now."""
        for plan in self._plans.values():
            if plan.due_s is not None and not plan.waits_first:
                plan.counted += self._factor * (self._passed(plan, now_s) - self._passed(plan, plan.counted_s))
                plan.counted_s = now_s

    def _plan_anew(self) -> None:
        self._heap = []
        for job_id, plan in self._plans.items():
            plan.curve = self._curves.get(plan.job.kind, plan.curve)
            if plan.due_s is not None:
                if not plan.waits_first:
                    plan.due_s = self._due_s(plan)
                self._heap.append((plan.due_s, job_id))
        heapq.heapify(self._heap)

    def _due_s(self, plan: _Plan) -> float:
        job = plan.job
        last_s = job.posted_s if job.looked_s is None else job.looked_s
        due_s = last_s + _late_step_s(last_s - job.posted_s) if job.is_daily else self._due_by_hazard_s(plan, last_s)
        if not plan.unheard:
            return due_s
        return min(due_s, last_s + UNHEARD_AGAIN_S * 2.0 ** min(plan.unheard - 1, _MOST_DOUBLINGS))

    def _due_by_hazard_s(self, plan: _Plan, last_s: float) -> float:
        job = plan.job
        age_s = last_s - job.posted_s
        next_age_s = self._next_age_s(plan)
        for fixed_s in (*self._early_s, LAST_CHANCE_S):
            if age_s < fixed_s < next_age_s:
                next_age_s = fixed_s
        return job.posted_s + min(max(next_age_s, age_s + SHORTEST_STEP_S), age_s + LONGEST_STEP_S)

    def _next_age_s(self, plan: _Plan) -> float:
        """The age at which the integral of the rate since the last look is one."""
        left = max(0.0, 1 - plan.counted) / self._factor
        return plan.curve.age_s(self._passed(plan, plan.counted_s) + left)

    def _passed(self, plan: _Plan, at_s: float) -> float:
        return plan.curve.passed(max(0.0, at_s - plan.job.posted_s))

    def _put(self, job_id: str, plan: _Plan, due_s: float) -> None:
        plan.due_s = due_s
        heapq.heappush(self._heap, (due_s, job_id))


def _late_step_s(age_s: float) -> float:
    """A job that was released early, or found late, may end at any moment; an old one hardly ever does."""
    return min(DAILY_S, max(LATE_STEP_S, age_s / 2))
