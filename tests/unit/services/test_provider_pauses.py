"""Pauses that Segmind's answers caused: which end by themselves, and how often that is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from klapper.errors import NotTaken, PauseScope
from klapper.jobs.job import Job, JobStatus
from klapper.segmind.answers import Credits, Unreadable
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import AT_ONCE, hold_uploads, pauses, sent, with_image
from tests.unit.services.world import ANN, BOB, CYD, GUILD, OTHER_GUILD, World

S = JobStatus
CHEAP, DEAR = 840_000, 2_520_000  # of 5 and of 15 s
HOUR_S = 3600
DAY_S = 24 * HOUR_S
NO_NEWS = Unreadable("network")


RICH, POOR, EMPTY = Credits(50_000_000, 0), Credits(839_999, 0), Credits(0, 0)
PROBES = [
    ("bad_key", RICH, True),
    ("bad_key", EMPTY, True),
    ("bad_key", Unreadable("bad_key"), False),
    ("bad_key", Unreadable("network"), False),
    ("no_credits", RICH, True),
    ("no_credits", Credits(840_000, 0), True),
    ("no_credits", POOR, False),
    ("no_credits", EMPTY, False),
    ("no_credits", Unreadable("http_500"), False),
    ("low_balance", RICH, True),
    ("low_balance", Credits(840_000, 0), True),
    ("low_balance", POOR, False),
    ("low_balance", Unreadable("shape"), False),
    ("team_limit", RICH, False),
    ("forbidden", RICH, False),
    ("retired", RICH, False),
]


@pytest.mark.parametrize(("reason", "answer", "lifted"), PROBES)
async def test_only_a_key_and_a_balance_that_are_good_again_end_their_pause(
    world: World, reason: str, answer: Credits | Unreadable, lifted: bool
) -> None:
    await world.submit(user_id=ANN)  # costs 840000 micro-USD
    scope = "all" if reason not in ("forbidden", "retired") else "kling-o3-text2video"
    await world.execute("INSERT INTO provider_pauses VALUES (:scope, :reason, 0)", scope=scope, reason=reason)
    world.provider.next_answers["credits"].append(answer)
    await world.klapper.provider_pauses.probe()
    assert (await world.rows("SELECT * FROM provider_pauses") == []) is lifted


@pytest.mark.parametrize("reason", ["no_credits", "low_balance"])
async def test_what_is_being_made_has_to_be_paid_too_before_a_pause_for_want_of_money_ends(
    world: World, reason: str
) -> None:
    await world.sent(user_id=ANN)
    await world.submit(user_id=ANN)
    await world.execute("INSERT INTO provider_pauses VALUES ('all', :reason, 0)", reason=reason)
    for spendable, lifted in ((2 * 840_000 - 1, False), (2 * 840_000, True)):
        world.provider.next_answers["credits"].append(Credits(spendable, 0))
        await world.klapper.provider_pauses.probe()
        assert (await world.rows("SELECT * FROM provider_pauses") == []) is lifted
        await world.clock.jump(60)


async def test_without_anything_waiting_any_balance_ends_the_pause_for_want_of_it(world: World) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'no_credits', 0)")
    world.provider.next_answers["credits"].append(EMPTY)
    await world.klapper.provider_pauses.probe()
    await world.clock.jump(60)
    assert len(await world.rows("SELECT * FROM provider_pauses")) == 1
    world.provider.next_answers["credits"].append(Credits(1, 0))
    await world.klapper.provider_pauses.probe()
    assert await world.rows("SELECT * FROM provider_pauses") == []


@pytest.mark.parametrize(("reason", "questions"), [("bad_key", 6), ("team_limit", 0)])
async def test_the_balance_is_asked_for_once_a_minute_while_it_can_tell(
    world: World, reason: str, questions: int
) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('all', :reason, 0)", reason=reason)
    world.provider.next_answers["credits"].extend([NO_NEWS] * 100)
    await world.start("tracker")
    await world.advance(5 * 60 + 1)
    assert abs(world.provider.count("credits") - questions) <= 1
    assert (world.provider.count("credits") > 0) == (questions > 0)


async def test_a_pause_survives_a_restart_and_ends_by_itself(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 0})
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'no_credits', 0)")
    job = await world.submit()
    await world.kill()
    world.provider.spendable_micro_usd = 0
    await world.start()
    await world.advance(30)
    assert world.provider.posts == []
    world.provider.spendable_micro_usd = 10_000_000
    await world.advance(60)
    assert len(world.provider.posts) == 1
    assert await world.status(job.job_id) in (S.QUEUED, S.PROCESSING)


# Of several jobs, those that the balance pays for and those that it does not


@pytest.fixture
async def poor(open_world: OpenWorld) -> World:
    """A world without limits in which nothing ends by itself, with enough for a cheap job and not for a dear one."""
    world = await open_world(**AT_ONCE)
    world.provider.run_s = None
    world.provider.spendable_micro_usd = CHEAP
    return world


async def dear(world: World, user_id: int = BOB, guild_id: int = GUILD) -> Job:
    return await world.submit("dear", duration_s=15, user_id=user_id, guild_id=guild_id)


def alarms(caplog: pytest.LogCaptureFixture) -> int:
    """How often the operator was called."""
    return [record.getMessage() for record in caplog.records].count("submits paused: the operator is needed")


async def test_a_pause_does_not_end_for_a_refused_job_while_it_is_the_turn_of_a_dearer_one(
    poor: World, caplog: pytest.LogCaptureFixture
) -> None:
    await poor.start("balance")
    poor.provider.spendable_micro_usd = 10
    poor.provider.next_submits.append((NotTaken("no_credits", "-", pause=PauseScope.ALL), False))
    await poor.submit("cheap", user_id=ANN)
    await poor.start("sending", "tracker")
    await poor.advance(10)
    await dear(poor)
    for spendable in (10, CHEAP, DEAR - 1):
        poor.provider.spendable_micro_usd = spendable
        await poor.advance_hours(1)
        assert (await pauses(poor), alarms(caplog)) == ([("all", "no_credits")], 1)
    poor.provider.spendable_micro_usd = DEAR + CHEAP
    await poor.advance(65)
    assert await sent(poor) == ["cheap", "dear", "cheap"]
    assert (await pauses(poor), alarms(caplog)) == ([], 1)


async def test_the_job_whose_turn_it_is_ends_a_pause_that_a_dearer_one_began(
    poor: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Ann's guild was served less recently than Bob's; her job came only after his had begun the pause."""
    await poor.execute("INSERT INTO served_guilds VALUES (:guild_id, 1)", guild_id=GUILD)
    await dear(poor)
    await poor.start("balance", "sending", "tracker")
    await poor.advance(10)
    assert await pauses(poor) == [("all", "low_balance")]
    await poor.submit("cheap", user_id=ANN, guild_id=OTHER_GUILD)
    await poor.advance_hours(1)
    assert await sent(poor) == ["cheap"]
    assert alarms(caplog) == 2  # and then there was really too little for the dear one


Stop = Callable[[World], Awaitable[None]]


async def stop_guild(world: World) -> None:
    await world.klapper.guilds.pause(GUILD, CYD)


async def stop_model(world: World) -> None:
    await world.execute("INSERT INTO provider_pauses SELECT slug, 'forbidden', 0 FROM jobs")


async def take_back(world: World) -> None:
    for (job_id,) in await world.rows("SELECT job_id FROM jobs WHERE status = 'waiting'"):
        await world.move(await world.job(job_id), S.CANCELLED)


@pytest.mark.parametrize("stop", [stop_guild, stop_model, take_back])
async def test_a_pause_is_not_held_by_a_job_that_cannot_be_sent(poor: World, stop: Stop) -> None:
    await dear(poor)
    await poor.start("balance", "sending", "tracker")
    await poor.advance(10)
    assert await pauses(poor) == [("all", "low_balance")]
    await stop(poor)
    await poor.submit("cheap", user_id=ANN, guild_id=OTHER_GUILD, model="v1")
    await poor.advance(65)
    assert await sent(poor) == ["cheap"]
    assert ("all", "low_balance") not in await pauses(poor)


async def test_a_job_that_rests_ends_a_pause_only_if_it_is_paid_for_as_well(poor: World) -> None:
    await poor.execute("INSERT INTO provider_pauses VALUES ('all', 'low_balance', 0)")
    job = await dear(poor)
    for rest_s in (HOUR_S, 0):
        until_ms = poor.clock.now_ms() + rest_s * 1000
        async with poor.database.write() as tx:
            await poor.klapper.jobs.rest(tx, job, reason="test", not_before_ms=until_ms)
        await poor.klapper.provider_pauses.probe()
        assert await pauses(poor) == [("all", "low_balance")]
        await poor.clock.jump(60)
    poor.provider.spendable_micro_usd = DEAR
    await poor.klapper.provider_pauses.probe()
    assert await pauses(poor) == []


async def test_what_is_charged_while_the_balance_is_asked_for_counts_before_a_pause_ends(poor: World) -> None:
    running = await poor.sent("running")
    await poor.execute("INSERT INTO provider_pauses VALUES ('all', 'low_balance', 0)")
    await poor.submit("next")
    answering = poor.provider.held.setdefault("credits", asyncio.Event())
    poor.provider.spendable_micro_usd = 2 * CHEAP - 1
    probe = asyncio.create_task(poor.klapper.provider_pauses.probe())
    await poor.settle()
    await poor.move(running, S.SUCCEEDED)
    answering.set()
    await probe
    assert await pauses(poor) == [("all", "low_balance")]


async def test_a_dear_job_waits_for_the_images_of_the_one_before_it_and_stops_it_not(
    poor: World, caplog: pytest.LogCaptureFixture
) -> None:
    gate = hold_uploads(poor)
    await with_image(poor, "cheap", user_id=ANN)
    await poor.clock.jump(1)
    await dear(poor)
    await poor.start("balance", "sending", "tracker")
    await poor.advance(30)
    assert (await sent(poor), await pauses(poor)) == ([], [])
    gate.set()
    await poor.advance_hours(1)
    assert await sent(poor) == ["cheap"]
    assert (await pauses(poor), alarms(caplog)) == ([("all", "low_balance")], 1)
