"""Learned run times: the published averages first, then what was seen, and what still runs counts as longer."""

from __future__ import annotations

import math
import random
from itertools import count

import pytest

from klapper.services.durations import PUBLISHED_SPREAD, Cell, RunTimes
from klapper.services.log_normal import LogNormal

CELL = Cell("v3", None, 5)
TRUTH = LogNormal.of_mean(150, 0.35)


def taught(*runs_s: float, published_s: float = 150, cell: Cell = CELL) -> RunTimes:
    times = RunTimes({"v3": published_s})
    for run_s in runs_s:
        times.learn(cell, run_s)
    return times


def drawn(number: int, seed: int = 1) -> list[float]:
    """Equally likely run times of TRUTH, in any order."""
    runs_s = [TRUTH.within_s((n + 0.5) / number) for n in range(number)]
    random.Random(seed).shuffle(runs_s)
    return runs_s


def test_before_any_run_the_published_average_counts() -> None:
    expected = taught().estimate(CELL)
    assert expected.mean_s == pytest.approx(150)
    assert expected.spread == PUBLISHED_SPREAD
    assert RunTimes({}).estimate(Cell("gone")).mean_s == pytest.approx(180)


@pytest.mark.parametrize("published_s", [75, 300])
def test_twenty_runs_overcome_a_prior_that_is_wrong_by_two(published_s: float) -> None:
    expected = taught(*drawn(20), published_s=published_s).estimate(CELL)
    assert expected.median_s == pytest.approx(TRUTH.median_s, rel=0.06)
    assert expected.spread == pytest.approx(TRUTH.spread, rel=0.1)


def test_many_runs_teach_their_own_spread() -> None:
    narrow = [150 * math.exp(0.1 * z) for z in (-1.5, -0.5, 0.5, 1.5)] * 25
    assert taught(*narrow).estimate(CELL).spread < 0.15


def test_the_newest_runs_count() -> None:
    expected = taught(*[100] * 150, *[200] * 100).estimate(CELL)
    assert expected.median_s == pytest.approx(200, rel=0.02)


def test_a_single_stuck_job_does_not_make_all_of_them_slow() -> None:
    before, after = taught(*drawn(20)), taught(*drawn(20), 50_000)
    assert after.estimate(CELL).median_s < 1.15 * before.estimate(CELL).median_s


@pytest.mark.parametrize("nonsense", [0, -3.0, math.inf, math.nan])
def test_nonsense_teaches_nothing(nonsense: float) -> None:
    assert taught(nonsense).runs(CELL) == 0


def test_neighbours_say_a_little_and_the_nearer_ones_more() -> None:
    runs_s = [400.0] * 30
    published = taught().estimate(CELL).median_s
    alike = taught(*runs_s, cell=Cell("v3", None, 6)).estimate(CELL).median_s
    other_mode = taught(*runs_s[:2], cell=Cell("v3", "pro", 10)).estimate(CELL).median_s
    assert published < other_mode < alike < 400
    assert taught(*runs_s, cell=Cell("o3", None, 5)).estimate(CELL).median_s == published


def test_own_runs_outweigh_neighbours() -> None:
    times = taught(*[400.0] * 100, cell=Cell("v3", "pro", 5))
    for run_s in drawn(20):
        times.learn(CELL, run_s)
    assert times.estimate(CELL).median_s == pytest.approx(TRUTH.median_s, rel=0.15)


def test_young_jobs_say_nothing_and_late_ones_that_it_takes_longer() -> None:
    times = taught(*drawn(10))
    settled = times.estimate(CELL)
    assert times.estimate(CELL, [1, 20, 40]) == settled
    assert times.estimate(CELL, [300.0] * 5).median_s > 1.1 * settled.median_s
    assert taught(published_s=75).estimate(CELL, [200.0] * 5).median_s > 110


def test_jobs_that_run_for_days_say_no_more_than_late_ones() -> None:
    times = taught(*drawn(20))
    assert times.estimate(CELL, [90_000.0]) == times.estimate(CELL, [1e9])
    assert times.estimate(CELL, [90_000.0]).median_s < 1.15 * times.estimate(CELL).median_s


@pytest.mark.parametrize("seen", [10, 100, 1000])
def test_counting_what_runs_does_not_shift_what_is_known(seen: int) -> None:
    """One job begins each 5 s for ever: the estimate from ended and running ones together is the truth."""
    drawing = random.Random(seen)
    begun_s = [5.0 * n for n in range(seen + 40)]
    now_s = begun_s[-1]
    runs_s = [math.exp(drawing.gauss(TRUTH.centre, TRUTH.spread)) for _ in begun_s]
    ended = sorted((at + run, run) for at, run in zip(begun_s, runs_s, strict=True) if at + run <= now_s)
    running = [now_s - at for at, run in zip(begun_s, runs_s, strict=True) if at + run > now_s]
    expected = taught(*(run for _, run in ended)).estimate(CELL, running)
    assert expected.median_s == pytest.approx(TRUTH.median_s, rel=0.12)


def test_thousands_of_running_jobs_are_looked_at_in_a_sample() -> None:
    ages_s = [TRUTH.median_s * n / 5000 for n in range(10_000)]
    times = taught(*drawn(100), *drawn(100))
    assert times.estimate(CELL, ages_s).median_s == pytest.approx(TRUTH.median_s, rel=0.25)


def test_eight_of_ten_are_counted_from_ten_runs_on() -> None:
    assert taught(*[100] * 9).usual(CELL).runs == 0
    runs_s = [float(n) for n in range(10, 110, 10)]
    usual = taught(*runs_s).usual(CELL)
    assert usual.under_s == pytest.approx(80)
    assert usual.runs == 10
    assert sum(run_s <= 80 for run_s in runs_s) == 8


def test_before_that_eight_of_ten_are_estimated() -> None:
    assert taught().usual(CELL).under_s == pytest.approx(taught().estimate(CELL).within_s(0.8))


def test_an_estimate_is_the_same_however_often_it_is_asked_for() -> None:
    times = taught(*drawn(30))
    first = times.estimate(CELL)
    for _, run_s in zip(count(), drawn(5), strict=False):
        assert times.estimate(CELL) == first
        times.learn(Cell("o3"), run_s)
