"""What a 429 taught is kept: written on change, read by the next process and by the command line."""

from __future__ import annotations

import asyncio

import pytest

from klapper.database.database import DatabaseError
from klapper.ops.checks import rate_sentence
from klapper.segmind.budget import LearnedRate, RequestBudget
from klapper.segmind.rates import WRITE_AGAIN_S, RateKeeper
from tests.unit.services.world import World

MARCH_MS = 1_772_366_400_000  # 2026-03-01 12:00 UTC


async def test_a_lesson_is_there_for_the_next_process(world: World) -> None:
    keeper = RateKeeper(world.database, world.clock)
    assert await keeper.read() is None
    writing = asyncio.create_task(keeper.run())
    budget = RequestBudget(50, world.clock, taught=keeper.taught)
    budget.rate_limited(30.0)
    await world.settle()
    now_ms = world.clock.now_ms()
    assert await RateKeeper(world.database, world.clock).read() == LearnedRate(22.5, now_ms, now_ms + 30_000)
    await world.clock.advance(60)
    budget.rate_limited()
    await world.settle()
    later = await RateKeeper(world.database, world.clock).read()
    assert later is not None
    assert (round(later.per_minute, 3), later.closed_until_ms) == (12.375, 0)
    writing.cancel()


async def test_a_lesson_that_could_not_be_written_is_written_later(world: World) -> None:
    keeper = RateKeeper(world.database, world.clock)
    writing = asyncio.create_task(keeper.run())
    world.database.is_full = True
    keeper.taught(LearnedRate(10.0, 5))
    await world.settle()
    assert await keeper.read() is None
    world.database.is_full = False
    await world.advance(WRITE_AGAIN_S)
    assert await keeper.read() == LearnedRate(10.0, 5)
    assert len(world.crashes.seen) == 1
    assert DatabaseError.__name__ in world.crashes.seen[0]
    world.crashes.seen.clear()
    writing.cancel()


@pytest.mark.parametrize(
    ("learned", "now_ms", "said"),
    [
        (None, MARCH_MS, "50 configured, never refused by Segmind (429)"),
        (
            LearnedRate(11.25, MARCH_MS),
            MARCH_MS,
            "50 configured, 11.2 learned from a 429 at 2026-03-01 12:00:00Z; back at full in about 15 min",
        ),
        (
            LearnedRate(11.25, MARCH_MS),
            MARCH_MS + 600_000,
            "50 configured, 33.8 learned from a 429 at 2026-03-01 12:00:00Z; back at full in about 5 min",
        ),
        (
            LearnedRate(11.25, MARCH_MS),
            MARCH_MS + 900_000,
            "50 configured and in full use; the last 429 was at 2026-03-01 12:00:00Z",
        ),
    ],
)
def test_the_operator_is_told_what_is_left_of_the_rate(learned: LearnedRate | None, now_ms: int, said: str) -> None:
    assert rate_sentence(50, learned, now_ms) == said
