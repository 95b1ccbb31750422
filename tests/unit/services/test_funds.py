"""What is left at Segmind: when it is asked for, when it is too little, and what waits for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from klapper.jobs.job import Job, JobStatus
from klapper.segmind.answers import Credits, CreditsAnswer, Unreadable
from klapper.services.views import WaitingFor
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import AT_ONCE, pauses
from tests.unit.services.world import ANN, BOB, World

S = JobStatus
COST = 840_000  # of the default request
HOUR_S = 3_600
LOW = "balance at Segmind is low"
ENOUGH = "balance at Segmind is enough again"
PAUSED = [("all", "low_balance")]


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, logger="klapper.services.funds"):
        yield caplog


def told(said: pytest.LogCaptureFixture) -> list[str]:
    return [message for record in said.records if (message := record.getMessage()) in (LOW, ENOUGH)]


@pytest.fixture
async def open_handed(open_world: OpenWorld) -> World:
    """A world without limits in which nothing ends by itself."""
    world = await open_world(**AT_ONCE)
    world.provider.run_s = None
    return world


async def sent(world: World) -> int:
    return len(world.provider.posts)


def has(world: World, micro_usd: int) -> None:
    world.provider.spendable_micro_usd = micro_usd


# Asking


async def test_it_is_asked_for_at_the_start_and_every_hour(world: World) -> None:
    await world.start("balance")
    assert world.provider.count("credits") == 1
    await world.advance(3 * HOUR_S + 60)
    assert world.provider.count("credits") == 4
    assert world.klapper.metrics.registry.get_sample_value("klapper_provider_balance_usd") == 100


async def test_what_cannot_be_read_is_asked_for_again_sooner_and_changes_nothing(world: World) -> None:
    await world.start("balance")
    world.provider.next_answers["credits"].extend([Unreadable("shape"), Unreadable("http_500")])
    await world.advance(HOUR_S + 2 * 300 + 60)
    assert world.provider.count("credits") == 4
    assert world.klapper.metrics.registry.get_sample_value("klapper_provider_balance_usd") == 100


# Warning


async def test_a_low_balance_is_told_once_and_again_after_it_had_recovered(
    open_world: OpenWorld, said: pytest.LogCaptureFixture
) -> None:
    world = await open_world(segmind={"warn_below_usd": 5})
    for micro_usd, news in [
        (5_000_000, []),
        (4_999_999, [LOW]),
        (1_000_000, []),
        (9_000_000, [ENOUGH]),
        (0, [LOW]),
    ]:
        has(world, micro_usd)
        said.clear()
        await world.start("balance")
        await world.advance(2 * HOUR_S)
        assert told(said) == news
        await world.kill()  # a restart tells nothing again


async def test_nothing_is_told_where_the_operator_wants_to_hear_nothing(
    open_world: OpenWorld, said: pytest.LogCaptureFixture
) -> None:
    world = await open_world(segmind={"warn_below_usd": 0})
    has(world, 0)
    await world.start("balance")
    await world.advance(2 * HOUR_S)
    assert told(said) == []


# Waiting


async def test_what_is_being_made_counts_against_the_balance(open_handed: World) -> None:
    world = open_handed
    has(world, 3 * COST - 1)
    for n in range(3):
        await world.submit(f"fox {n}")
    await world.start("balance", "sending")
    await world.advance(30)
    assert await sent(world) == 2
    assert await pauses(world) == PAUSED


async def test_exactly_enough_is_enough(open_handed: World) -> None:
    has(open_handed, 3 * COST)
    for n in range(3):
        await open_handed.submit(f"fox {n}")
    await open_handed.start("balance", "sending")
    await open_handed.advance(30)
    assert await sent(open_handed) == 3
    assert await pauses(open_handed) == []


@pytest.mark.parametrize("status", [S.QUEUED, S.PROCESSING, S.UNKNOWN])
async def test_a_job_of_an_earlier_process_counts_as_well(open_handed: World, status: JobStatus) -> None:
    world = open_handed
    has(world, 2 * COST - 1)
    earlier = await world.sent("earlier") if status is not S.UNKNOWN else await unclear(world)
    if status is S.PROCESSING:
        await world.move(earlier, status)
    await world.submit("next")
    await world.start("balance", "sending")
    await world.advance(30)
    assert world.provider.posts_of("next") == []


async def unclear(world: World) -> Job:
    job = await world.submit("earlier")
    return await world.move(job, S.SENDING, S.UNKNOWN)


async def test_what_was_charged_since_the_balance_was_asked_for_counts_too(open_handed: World) -> None:
    world = open_handed
    has(world, 2 * COST)
    await world.start("balance", "sending")
    first = await world.submit("first")
    await world.advance(30)
    await world.move(await world.job(first.job_id), S.SUCCEEDED)  # charged: the balance of before is too high now
    assert not world.klapper.funds.falls_short(COST)
    assert world.klapper.funds.falls_short(COST + 1)
    has(world, COST - 1)
    await world.submit("second")
    await world.submit("third")
    await world.advance(90)
    # One more was paid for by the balance of the start, and before the next no it is asked for again.
    assert len(world.provider.posts) == 2
    assert await pauses(world) == PAUSED


async def test_a_job_that_failed_costs_nothing(open_handed: World) -> None:
    world = open_handed
    has(world, COST)
    await world.start("balance", "sending")
    first = await world.submit("first")
    await world.advance(30)
    await world.move(await world.job(first.job_id), S.FAILED)
    await world.submit("second")
    await world.advance(30)
    assert await sent(world) == 2
    assert await pauses(world) == []


async def test_it_is_asked_again_before_anything_waits(open_handed: World) -> None:
    world = open_handed
    has(world, 0)
    await world.start("balance", "sending")
    has(world, 100 * COST)  # the operator has bought some
    await world.advance(120)
    await world.submit("a fox")
    await world.advance(30)
    assert await sent(world) == 1
    assert await pauses(world) == []


@pytest.mark.parametrize("answer", [Unreadable("http_500"), Unreadable("shape"), Unreadable("bad_key")])
async def test_a_balance_that_cannot_be_asked_for_stops_nothing(open_handed: World, answer: CreditsAnswer) -> None:
    world = open_handed
    world.provider.next_answers["credits"].extend([Credits(0, 0), *[answer] * 100])
    await world.start("balance", "sending")
    await world.advance(120)
    await world.submit("a fox")
    await world.advance(30)
    assert await sent(world) == 1
    assert await pauses(world) == []


# Its pause


async def poor(world: World) -> Job:
    """A job that waits for want of money, beside one that is made."""
    has(world, 2 * COST - 1)
    await world.start("balance", "sending", "tracker")
    await world.submit("first", user_id=ANN)
    await world.advance(20)
    waiting = await world.submit("second", user_id=BOB)
    await world.advance(10)
    assert await pauses(world) == PAUSED
    return waiting


async def test_a_job_that_waits_for_money_says_so(open_handed: World) -> None:
    waiting = await poor(open_handed)
    view = await open_handed.view(waiting.job_id)
    assert (view.waiting_for, view.pause_reason) == (WaitingFor.PROVIDER_PAUSED, "low_balance")


async def test_it_ends_by_itself_when_the_balance_is_enough_again(open_handed: World) -> None:
    await poor(open_handed)
    await open_handed.advance(300)
    assert await sent(open_handed) == 1
    has(open_handed, 2 * COST)
    await open_handed.advance(65)
    assert await sent(open_handed) == 2
    assert await pauses(open_handed) == []


async def test_it_ends_over_a_restart(open_handed: World) -> None:
    await poor(open_handed)
    await open_handed.kill()
    await open_handed.start("balance", "sending", "tracker")
    await open_handed.advance(300)
    assert await sent(open_handed) == 1
    has(open_handed, 2 * COST)
    await open_handed.advance(65)
    assert await sent(open_handed) == 2


async def test_it_does_not_end_for_a_cheaper_job_than_the_one_whose_turn_it_is(
    open_handed: World, caplog: pytest.LogCaptureFixture
) -> None:
    world = open_handed
    has(world, 2 * COST)
    await world.submit("dear", duration_s=15, user_id=ANN)
    await world.start("balance", "sending", "tracker")
    await world.advance(10)
    await world.submit("cheap", user_id=BOB)
    await world.advance(600)
    assert await sent(world) == 0
    assert [record.getMessage() for record in caplog.records].count("submits paused: the operator is needed") == 1
    has(world, 4 * COST)
    await world.advance(65)
    assert await sent(world) == 2


async def test_nothing_dearer_than_what_was_looked_at_slips_through(open_handed: World) -> None:
    """Between the look and the commit there is a wait for the request budget, and another job may be first then."""
    world = open_handed
    has(world, COST)
    await world.start("balance", "sending")
    world.provider.gate.clear()
    cheap = await world.submit("cheap", user_id=ANN)
    await world.advance(5)
    dear = await world.submit("dear", duration_s=15, user_id=BOB)
    await world.move(cheap, S.CANCELLED)
    world.provider.gate.set()
    await world.advance(120)
    assert await sent(world) == 0
    assert await world.status(dear.job_id) is S.WAITING
    assert await pauses(world) == PAUSED
