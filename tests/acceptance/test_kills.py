"""A small kill test, so that the large one (`make kills`) stays alive."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.kill_plan import plan_of
from tests.acceptance.kills import kill_test

SEED = 4


async def test_kills_at_random_moments_lose_nothing_and_pay_nothing_twice(tmp_path: Path) -> None:
    outcome = await kill_test(tmp_path, plan_of(SEED, jobs=5, kills=8))
    assert outcome.complaints == []
    assert outcome.statuses.total() >= 5
    assert outcome.posts >= 1


def test_a_seed_plans_the_same_again_and_another_seed_something_else() -> None:
    assert plan_of(SEED, jobs=50, kills=100) == plan_of(SEED, jobs=50, kills=100)
    assert plan_of(SEED, jobs=50, kills=100) != plan_of(SEED + 1, jobs=50, kills=100)
