"""When Segmind is asked: never too often, never no more, and once more before its record of a job goes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klapper.services.log_normal import LogNormal
from klapper.services.schedule import DAILY_S, EARLY_LOOKS_S, LONGEST_STEP_S, Schedule, Watched

USUAL = LogNormal.of_mean(150, 0.4)
UNLIMITED = 1e9
MINUTE_S, HOUR_S, DAY_S = 60.0, 3_600.0, 86_400.0
EVERY_TIME = settings(derandomize=True, database=None)
EXPECTED = st.builds(LogNormal.of_mean, st.floats(5, 2_000), st.floats(0.03, 1.2))
RATES = st.floats(0.5, 10_000)


class Watch:
    """Somebody who looks at what is due, always `lag_s` late, and refreshes as often as it is worth it."""

    def __init__(self, per_minute: float, expected: LogNormal = USUAL, *, lag_s: float = 0.0) -> None:
        self.schedule = Schedule()
        self.per_minute = per_minute
        self.expected = expected
        self.lag_s = lag_s
        self.ages_s: dict[str, list[float]] = {}

    def begin(self, *jobs: str, posted_s: float = 0.0, now_s: float = 0.0, is_daily: bool = False) -> None:
        for job in jobs:
            watched = Watched("kind", posted_s, is_daily=is_daily)
            self.schedule.watch(job, watched, self.expected, now_s)
            self.ages_s.setdefault(job, [])
        self.refresh(now_s)

    def refresh(self, now_s: float) -> None:
        if self.schedule.is_stale(now_s):
            self.schedule.refresh(now_s, self.per_minute, {"kind": self.expected})

    def until(self, end_s: float) -> None:
        while (next_s := self.schedule.next_s()) is not None and next_s + self.lag_s <= end_s:
            now_s = next_s + self.lag_s
            for job in self.schedule.due(now_s, 50):
                self.ages_s[job].append(now_s)
                self.schedule.looked(job, now_s)
            self.refresh(now_s)


def looks(per_minute: float, until_s: float, expected: LogNormal = USUAL, *, lag_s: float = 0.0) -> list[float]:
    """Ages at which a lone job that never ends is looked at."""
    watch = Watch(per_minute, expected, lag_s=lag_s)
    watch.begin("lone")
    watch.until(until_s)
    return watch.ages_s["lone"]


def test_a_job_is_looked_at_early_because_refusals_come_early() -> None:
    assert tuple(looks(UNLIMITED, 30)) == EARLY_LOOKS_S


def test_looks_are_densest_when_a_job_should_end() -> None:
    ages = looks(UNLIMITED, HOUR_S)
    step = {age: later - age for age, later in pairwise(ages)}
    densest = min(step, key=step.__getitem__)
    assert 150 < densest < 300
    assert step[densest] < 2
    assert 40 < len([age for age in ages if age <= 150]) < 70


def test_the_tail_backs_off_to_minutes_and_never_stops() -> None:
    ages = looks(UNLIMITED, 3 * DAY_S)
    steps = {hours: next(b - a for a, b in pairwise(ages) if a >= hours * HOUR_S) for hours in (1, 6, 24, 60)}
    assert 20 < steps[1] < 60
    assert 2 * MINUTE_S < steps[6] < 5 * MINUTE_S
    assert 10 * MINUTE_S < steps[24] < steps[60] <= LONGEST_STEP_S
    assert len(ages) < 1_000


@EVERY_TIME
@given(EXPECTED, RATES, st.floats(0, 5))
def test_no_two_looks_are_closer_than_a_second_and_none_is_the_last(
    expected: LogNormal, per_minute: float, lag_s: float
) -> None:
    ages = looks(per_minute, 3 * HOUR_S, expected, lag_s=lag_s)
    steps = [later - age for age, later in pairwise([0.0, *ages])]
    assert min(steps) >= 1 - 1e-6
    assert max(steps) <= LONGEST_STEP_S + lag_s + 1e-6
    assert ages[-1] >= 2 * HOUR_S - lag_s


@EVERY_TIME
@given(EXPECTED, RATES, st.floats(0, 5), st.floats(0, 51 * MINUTE_S))
def test_there_is_a_look_between_50_and_55_minutes(
    expected: LogNormal, per_minute: float, lag_s: float, began_s: float
) -> None:
    """Whatever is expected, whatever the rate, however late each look is, and whenever the process began."""
    watch = Watch(per_minute, expected, lag_s=lag_s)
    watch.begin("lone", now_s=began_s)
    watch.until(HOUR_S)
    assert any(50 * MINUTE_S <= age <= 55 * MINUTE_S for age in watch.ages_s["lone"]), watch.ages_s


def test_an_old_job_whose_hold_has_ended_is_asked_about_daily() -> None:
    watch = Watch(UNLIMITED)
    watch.begin("given up", now_s=4 * DAY_S, is_daily=True)
    watch.until(7.5 * DAY_S)
    assert watch.ages_s["given up"] == [4 * DAILY_S, 5 * DAILY_S, 6 * DAILY_S, 7 * DAILY_S]


def test_a_young_job_whose_hold_was_ended_by_hand_is_asked_about_at_once_and_soon_again() -> None:
    watch = Watch(UNLIMITED)
    watch.begin("released", now_s=10 * MINUTE_S, is_daily=True)
    watch.until(2 * DAY_S)
    ages_s = watch.ages_s["released"]
    assert ages_s[0] == 10 * MINUTE_S
    steps_s = [later / earlier for earlier, later in pairwise(ages_s)]
    assert steps_s == pytest.approx([1.5] * len(steps_s))
    assert len(ages_s) < 20


def test_a_job_whose_hold_ends_becomes_a_daily_one() -> None:
    watch = Watch(UNLIMITED)
    watch.begin("slow")
    watch.until(DAY_S)
    last_s = watch.ages_s["slow"][-1]
    watch.schedule.watch("slow", Watched("kind", 0.0, last_s, is_daily=True), USUAL, DAY_S)
    watch.until(3 * DAY_S)
    assert watch.ages_s["slow"][-3:] == pytest.approx([last_s, 1.5 * last_s, 2.25 * last_s])


@pytest.mark.parametrize(("per_minute", "jobs"), [(5, 1), (5, 10), (50, 10), (50, 100), (120, 40), (0.5, 3)])
def test_all_jobs_together_stay_near_the_rate(per_minute: float, jobs: int) -> None:
    """In any five minutes after the early looks; the token budget, which is exact, evens out the rest."""
    watch = Watch(per_minute)
    for n in range(jobs):
        watch.begin(f"{n}", posted_s=15.0 * n, now_s=15.0 * n)
        watch.until(15.0 * n)
    watch.until(30 * MINUTE_S)
    ages = sorted(age for ages in watch.ages_s.values() for age in ages)
    for start_s in range(60, 1500, 30):
        in_five = sum(start_s <= age < start_s + 300 for age in ages)
        early = 2 * sum(start_s - 20 <= 15 * n < start_s + 300 for n in range(jobs))
        assert in_five <= 1.25 * 5 * per_minute + early + jobs


def test_what_may_be_asked_is_used() -> None:
    watch = Watch(50)
    watch.begin(*(f"{n}" for n in range(30)))
    watch.until(400)
    used = sum(150 <= age < 390 for ages in watch.ages_s.values() for age in ages)
    assert used >= 0.8 * 0.9 * 50 * 4


def test_early_looks_give_way_when_there_are_few_looks_at_all() -> None:
    watch = Watch(12)
    for n in range(400):
        watch.begin(f"{n}", posted_s=10.0 * n, now_s=10.0 * n)
        watch.until(10.0 * n)
        if n >= 15:
            watch.schedule.forget(f"{n - 15}", 10.0 * n)
    late_jobs = [watch.ages_s[f"{n}"] for n in range(300, 380)]
    assert not any(ages and ages[0] - 10.0 * n < 6 for n, ages in enumerate(late_jobs, start=300))


def test_jobs_from_before_the_process_are_looked_at_one_after_the_other() -> None:
    watch = Watch(60)
    watch.refresh(1_000.0)
    watch.begin(*(f"{n}" for n in range(20)), posted_s=0.0, now_s=1_000.0)
    watch.until(1_040.0)
    first = sorted(ages[0] for ages in watch.ages_s.values())
    assert first[0] == 1_000.0
    assert all(1.0 <= later - age < 1.5 for age, later in pairwise(first))


def test_a_sudden_rise_of_the_rate_makes_nothing_due_that_was_not_nearly() -> None:
    watch = Watch(5)
    watch.begin(*(f"{n}" for n in range(50)))
    watch.until(160)
    watch.per_minute = UNLIMITED
    before = {job: len(ages) for job, ages in watch.ages_s.items()}
    watch.schedule.refresh(160.0, UNLIMITED, {"kind": USUAL})
    watch.until(160.5)
    assert sum(len(ages) - before[job] for job, ages in watch.ages_s.items()) < 25


def test_a_job_that_is_looked_at_is_not_due_and_one_that_is_forgotten_neither() -> None:
    schedule = Schedule()
    for job in ("a", "b"):
        schedule.watch(job, Watched("kind", 0.0), USUAL, 0.0)
    schedule.refresh(0.0, UNLIMITED, {"kind": USUAL})
    assert schedule.due(5.0, 1) in (["a"], ["b"])
    assert len(schedule.due(1_000.0, 9)) == 1
    assert schedule.next_s() is None
    schedule.forget("a", 6.0)
    schedule.looked("a", 6.0)
    schedule.looked("b", 6.0)
    assert schedule.watched("a") is None
    assert schedule.due(20.0, 9) == ["b"]


def test_a_look_without_an_answer_is_made_up_for_soon_and_ever_less_so() -> None:
    schedule = Schedule()
    schedule.watch("a", Watched("kind", 0.0), USUAL, 0.0)
    schedule.refresh(0.0, UNLIMITED, {"kind": USUAL})
    looked_s = [5.0]
    for _ in range(3):
        assert schedule.due(looked_s[-1], 9) == ["a"]
        schedule.looked("a", looked_s[-1], is_heard=False)
        next_s = schedule.next_s()
        assert next_s is not None
        looked_s.append(next_s)
    assert looked_s == [5.0, 10.0, 20.0, 40.0]
    assert schedule.due(40.0, 9) == ["a"]
    schedule.looked("a", 40.0)  # heard: as if nothing had been
    next_s = schedule.next_s()
    assert next_s is not None
    assert next_s > 46.0
