"""The optimum that the polling benchmark measures against is one."""

from __future__ import annotations

import itertools
import random
from itertools import pairwise

import pytest

from benchmarks.polling_optimum import Cost, Ends, Optimum, best_looks
from klapper.services.log_normal import LogNormal
from klapper.services.pace import pace


def ends(*shares: float) -> Ends:
    """Shares of the jobs that end in the first second, the second, ..., always in its middle."""
    below, partial = [0.0], [0.0]
    for second, share in enumerate(shares):
        below.append(below[-1] + share)
        partial.append(partial[-1] + (second + 0.5) * share)
    return Ends([float(second) for second in range(len(shares) + 1)], below, partial)


def test_a_look_costs_only_where_the_one_before_found_nothing() -> None:
    assert ends(0.5, 0.25, 0.25).cost([1, 3]) == Cost(1.5, 0.5 * 0.5 + 0.25 * 1.5 + 0.25 * 0.5)


def test_dear_looks_are_few_and_cheap_ones_many() -> None:
    even = ends(*[0.125] * 8)
    assert best_looks(even, 100, first=[], shortest=1) == [8]
    assert best_looks(even, 0.001, first=[], shortest=1) == list(range(1, 9))
    assert best_looks(even, 0.001, first=[2], shortest=3) == [2, 5, 8]


@pytest.mark.parametrize("seed", range(30))
def test_no_choice_of_looks_is_cheaper(seed: int) -> None:
    drawn = random.Random(seed)
    weights = [drawn.random() for _ in range(7)]
    tiny = ends(*(weight / sum(weights) for weight in weights))
    price, shortest = drawn.uniform(0.01, 2), drawn.choice((1, 2))
    found = best_looks(tiny, price, first=[], shortest=shortest)
    every = ([*between, 7] for size in range(7) for between in itertools.combinations(range(1, 7), size))
    allowed = [looks for looks in every if all(b - a >= shortest or b == 7 for a, b in pairwise([0, *looks]))]
    worth = {tuple(looks): price * tiny.cost(looks).polls + tiny.cost(looks).delay_s for looks in allowed}
    assert worth[tuple(found)] == pytest.approx(min(worth.values()))


def test_the_optimum_comes_near_the_dense_limit_where_nothing_binds() -> None:
    expected = LogNormal.of_mean(150, 0.35)
    need_s = expected.median_s * pace(0.35).need ** 2
    assert Optimum(expected, early_s=(), grid_s=0.25).at_delay(2.0).polls == pytest.approx(need_s / 4, rel=0.03)


def test_the_given_looks_cost_what_they_cost() -> None:
    expected = LogNormal.of_mean(150, 0.35)
    free, given = (Optimum(expected, early_s=early, grid_s=0.25).at_delay(2.0) for early in ((), (5.0, 20.0)))
    assert given.polls - free.polls == pytest.approx(2, abs=0.05)
