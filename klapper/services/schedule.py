"""When to ask Segmind about a job. Pure: the same facts give the same moment.

A simple ladder: early looks because refusals come early, then steps that grow with the job's age and never stop.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from klapper.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

RESULT_KEPT_MS = HOUR_MS  # Segmind keeps a request's record one hour after its submission
LAST_CHANCE_MS = 52 * MINUTE_MS  # so there is always a look at this age
LATE_WATCH_MS = 31 * DAY_MS  # the request history is asked about an abandoned job that long

_EARLY_LOOKS_MS = (5 * SECOND_MS, 10 * SECOND_MS, 20 * SECOND_MS)
_STEPS = (  # from this age on, one look per step
    (0, 10 * SECOND_MS),
    (2 * MINUTE_MS, 15 * SECOND_MS),
    (10 * MINUTE_MS, 30 * SECOND_MS),
    (HOUR_MS, 2 * MINUTE_MS),
    (6 * HOUR_MS, 10 * MINUTE_MS),
)
_ABANDONED_STEP_MS = DAY_MS


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known about a job that Segmind has.

    posted_at_ms: when it was sent; looked_at_ms: last asked, or None; is_abandoned: its hold has ended.
    """

    posted_at_ms: int
    looked_at_ms: int | None
    is_abandoned: bool = False


@dataclass(frozen=True, slots=True)
class PollShare:
    """How much asking there is to share: requests per minute over all watched jobs."""

    requests_per_minute: float
    watched_jobs: int

    @property
    def least_step_ms(self) -> int:
        """The step at which all jobs together stay within the rate: at least a second, at most an hour."""
        if self.requests_per_minute * HOUR_MS <= self.watched_jobs * MINUTE_MS:
            return HOUR_MS
        return max(SECOND_MS, round(self.watched_jobs * MINUTE_MS / self.requests_per_minute))


def next_look_ms(job: Watched, share: PollShare) -> int:
    """The moment of the next look at a job; it may be in the past, then it is due."""
    last_ms = job.posted_at_ms if job.looked_at_ms is None else job.looked_at_ms
    age_ms = last_ms - job.posted_at_ms
    if job.is_abandoned:
        return last_ms + _ABANDONED_STEP_MS
    step_ms = max(_step_ms(age_ms), share.least_step_ms)
    if age_ms < LAST_CHANCE_MS < age_ms + step_ms:
        step_ms = max(SECOND_MS, LAST_CHANCE_MS - age_ms)
    return last_ms + step_ms


def _step_ms(age_ms: int) -> int:
    early = bisect_right(_EARLY_LOOKS_MS, age_ms)
    if early < len(_EARLY_LOOKS_MS):
        return _EARLY_LOOKS_MS[early] - age_ms
    steps = [step_ms for from_ms, step_ms in _STEPS if age_ms >= from_ms]
    return steps[-1]
