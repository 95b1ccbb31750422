"""When Segmind is asked: never too often, never no more, and once more before its record of a job goes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from klapper.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from klapper.services.schedule import PollShare, Watched, next_look_ms

ALONE = PollShare(50, 1)
SHARES = st.builds(PollShare, st.floats(0, 500), st.integers(1, 2000))
AGES_MS = st.integers(0, 40 * DAY_MS)
EVERY_TIME = settings(derandomize=True, database=None, deadline=None)


def looks(share: PollShare, until_ms: int, lag_ms: int = 0, began_ms: int = 0) -> list[int]:
    """Ages at which a job is asked about by somebody who is always `lag_ms` late."""
    ages: list[int] = []
    looked_ms: int | None = None
    while (due_ms := max(began_ms, next_look_ms(Watched(0, looked_ms), share)) + lag_ms) <= until_ms:
        ages.append(due_ms)
        looked_ms = due_ms
    return ages


def test_a_lone_job_is_looked_at_early_because_refusals_come_early() -> None:
    assert looks(ALONE, 30 * SECOND_MS) == [5_000, 10_000, 20_000, 30_000]


def test_the_steps_grow_with_the_age() -> None:
    ages = looks(ALONE, 3 * DAY_MS)
    steps = {age: later - age for age, later in pairwise(ages)}
    for from_ms, step_ms in ((30_000, 10_000), (3 * MINUTE_MS, 15_000), (20 * MINUTE_MS, 30_000)):
        assert steps[min(age for age in ages if age >= from_ms)] == step_ms
    assert steps[min(age for age in ages if age >= 2 * HOUR_MS)] == 2 * MINUTE_MS
    assert steps[min(age for age in ages if age >= 7 * HOUR_MS)] == 10 * MINUTE_MS
    assert steps[min(age for age in ages if age >= DAY_MS)] == 10 * MINUTE_MS


def test_an_abandoned_job_is_asked_about_daily() -> None:
    assert next_look_ms(Watched(0, DAY_MS, is_abandoned=True), ALONE) == 2 * DAY_MS


@EVERY_TIME
@example(ALONE, 52 * MINUTE_MS - 1)
@given(SHARES, AGES_MS)
def test_no_two_looks_are_closer_than_a_second(share: PollShare, age_ms: int) -> None:
    assert next_look_ms(Watched(0, age_ms), share) >= age_ms + SECOND_MS


@EVERY_TIME
@given(SHARES, AGES_MS)
def test_the_looks_never_stop(share: PollShare, age_ms: int) -> None:
    assert next_look_ms(Watched(0, age_ms), share) <= age_ms + max(DAY_MS, share.least_step_ms)


@EVERY_TIME
@given(SHARES, st.integers(0, 5_000), st.integers(0, 51 * MINUTE_MS))
def test_there_is_a_look_between_50_and_55_minutes(share: PollShare, lag_ms: int, began_ms: int) -> None:
    """Whatever the share, however late each look is, and whenever the process began."""
    ages = looks(share, HOUR_MS, lag_ms, began_ms)
    assert any(50 * MINUTE_MS <= age <= 55 * MINUTE_MS for age in ages), ages


@pytest.mark.parametrize(("per_minute", "jobs"), [(5, 1), (5, 10), (50, 10), (50, 100), (120, 40), (0.5, 3)])
def test_all_jobs_together_stay_within_the_rate(per_minute: float, jobs: int) -> None:
    share = PollShare(per_minute, jobs)
    together = jobs * len(looks(share, 50 * MINUTE_MS))
    assert together <= per_minute * 50 + jobs


def test_a_budget_without_any_flow_still_asks_every_hour() -> None:
    assert next_look_ms(Watched(0, 2 * HOUR_MS), PollShare(0, 3)) == 3 * HOUR_MS


def test_a_clock_that_was_set_back_does_not_silence_a_job() -> None:
    assert next_look_ms(Watched(0, -HOUR_MS), ALONE) <= 5 * SECOND_MS
