"""The pace of looks: its table is the integral it says, and its tail backs off without end."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klapper.services.log_normal import LogNormal, above, density, hazard
from klapper.services.pace import Pace, pace

SPREADS = st.sampled_from([0.02, 0.1, 0.2, 0.4, 0.7, 1.2])
EVERY_TIME = settings(derandomize=True, database=None)


@pytest.mark.parametrize(("spread", "known"), [(0.2, 0.36), (0.35, 0.57), (0.5, 0.73)])
def test_the_dense_optimum_needs_the_known_share_of_a_fixed_intervals_polls(spread: float, known: float) -> None:
    expected = LogNormal.of_mean(150, spread)
    assert expected.median_s * pace(spread).need ** 2 / expected.mean_s == pytest.approx(known, abs=0.006)


@EVERY_TIME
@given(SPREADS, st.floats(0.0, 1e4))
def test_an_age_is_found_again_by_what_has_passed_at_it(spread: float, x: float) -> None:
    table = pace(spread)
    passed = table.passed(x)
    assert table.passed(table.age(passed)) == pytest.approx(passed)


@EVERY_TIME
@given(SPREADS, st.floats(0.01, 1e3), st.floats(1.0001, 3))
def test_what_has_passed_grows_by_the_rate(spread: float, x: float, further: float) -> None:
    table: Pace = pace(spread)
    assert table.passed(x * further) >= table.passed(x)
    near = x * 1.0001
    between = sorted((table.rate(x), table.rate(near)))
    grown = (table.passed(near) - table.passed(x)) / (near - x)
    assert 0.97 * between[0] - 1e-6 <= grown <= 1.03 * between[1] + 1e-6


def test_the_rate_is_the_root_of_the_hazard_where_jobs_usually_end() -> None:
    spread = 0.4
    for z in (-1.0, 0.0, 1.0):
        x = math.exp(spread * z)
        assert pace(spread).rate(x) == pytest.approx(math.sqrt(hazard(z) / (spread * x)), rel=0.05)


def test_the_step_grows_with_the_age_in_the_tail() -> None:
    table = pace(0.4)
    steps = [table.age(table.passed(x) + 1) - x for x in (20.0, 100.0, 500.0)]
    assert [step / x for step, x in zip(steps, (20.0, 100.0, 500.0), strict=True)] == pytest.approx(
        [steps[0] / 20] * 3, rel=1e-3
    )


@pytest.mark.parametrize("z", [-2.0, 0.0, 3.0, 4.99])
def test_the_series_of_the_hazard_joins_its_quotient(z: float) -> None:
    assert hazard(z) == pytest.approx(density(z) / above(z))
    assert hazard(5.0) == pytest.approx(density(5.0) / above(5.0), rel=2e-3)
