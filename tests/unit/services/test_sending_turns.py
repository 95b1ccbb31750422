"""Who is sent next: limits of members, guilds and the whole bot, and turns that nobody loses."""

from __future__ import annotations

import pytest

from klapper.errors import OutcomeUnknown
from klapper.jobs.job import JobStatus
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import AT_ONCE, run_all, sent
from tests.unit.services.world import ANN, BOB, CYD, GUILD, OTHER_GUILD, World

S = JobStatus


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """No undo time, no limits of members."""
    return await open_world(**AT_ONCE)


# Limits


async def test_no_more_jobs_are_at_segmind_than_may_run(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 2}})
    jobs = [await world.submit(f"{n}") for n in range(4)]
    await world.start("sending")
    assert await sent(world) == ["0", "1"]
    await world.move(await world.job(jobs[0].job_id), S.FAILED)
    await world.settle()
    assert await sent(world) == ["0", "1", "2"]


async def test_the_request_budget_may_allow_fewer(world: World) -> None:
    world.provider.most_running = 1
    for n in range(3):
        await world.submit(f"{n}")
    await world.start("sending")
    assert await sent(world) == ["0"]


async def test_a_member_runs_no_more_than_allowed_and_others_go_on(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"limits": {**AT_ONCE["limits"], "running_per_member": 1}})
    for user_id in (ANN, BOB):
        for n in range(2):
            await world.submit(f"{user_id} {n}", user_id=user_id)
    await world.start("sending")
    assert await sent(world) == [f"{ANN} 0", f"{BOB} 0"]


async def test_a_guild_runs_no_more_than_allowed_and_others_go_on(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"limits": {**AT_ONCE["limits"], "running_per_guild": 1}})
    for guild_id in (GUILD, OTHER_GUILD):
        for n in range(2):
            await world.submit(f"{guild_id} {n}", guild_id=guild_id)
    await world.start("sending")
    assert await sent(world) == [f"{GUILD} 0", f"{OTHER_GUILD} 0"]


@pytest.mark.parametrize("status", [S.QUEUED, S.PROCESSING, S.UNKNOWN])
async def test_a_stalled_job_frees_its_slot_and_stays_watched(open_world: OpenWorld, status: JobStatus) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1}})
    stuck = await world.sent("stuck")
    await world.execute("UPDATE jobs SET status = :status WHERE job_id = :job_id", status=status, job_id=stuck.job_id)
    await world.submit("next")
    await world.start("sending")
    await world.clock.jump(120 * 60 - 1)
    assert "next" not in await sent(world)
    await world.advance(6)
    assert "next" in await sent(world)
    assert await world.status(stuck.job_id) is status


@pytest.mark.parametrize("status", [S.SENDING, S.UNKNOWN])
async def test_no_equal_body_is_sent_while_one_is_unclear(world: World, status: JobStatus) -> None:
    first = await world.submit("twin")
    if status is S.SENDING:
        world.provider.answering.clear()
    else:
        world.provider.next_submits.append((OutcomeUnknown("timeout"), True))
    await world.start("sending")
    second = await world.submit("twin", user_id=BOB)
    await world.submit("other", user_id=CYD)
    await world.settle()
    assert await world.status(first.job_id) is status
    assert await sent(world) == ["twin", "other"]
    await world.move(await world.job(first.job_id), S.FAILED)
    await world.settle()
    assert await sent(world) == ["twin", "other", "twin"]
    world.provider.answering.set()
    await world.settle()
    assert await world.status(second.job_id) is S.QUEUED
    world.crashes.seen.clear()  # the answer to the first came after its job had been moved


async def test_a_paused_guild_sends_nothing_and_goes_on_afterwards(world: World) -> None:
    await world.submit("here")
    await world.submit("there", guild_id=OTHER_GUILD)
    await world.klapper.guilds.pause(GUILD, BOB)
    await world.start("sending")
    assert await sent(world) == ["there"]
    await world.klapper.guilds.resume(GUILD, BOB)
    await world.settle()
    assert await sent(world) == ["there", "here"]


# Turns


def largest_wait(order: list[str], waiting: str, others: set[str]) -> int:
    """How often one other got a turn while this one, which had work all the time, got none."""
    worst, since = 0, dict.fromkeys(others, 0)
    for turn in order:
        if turn == waiting:
            since = dict.fromkeys(others, 0)
        else:
            since[turn] += 1
            worst = max(worst, since[turn])
    return worst


@pytest.mark.parametrize("one_at_a_time", [False, True])
async def test_while_a_guild_has_work_no_other_guild_starts_two(open_world: OpenWorld, one_at_a_time: bool) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1 if one_at_a_time else 1000}})
    guilds = {50: 12, 51: 4, 52: 4}
    for guild_id, jobs in guilds.items():
        for n in range(jobs):
            await world.submit(f"{guild_id}/{n}", guild_id=guild_id)
    await run_all(world, sum(guilds.values()))
    order = [prompt.split("/")[0] for prompt in await sent(world)]
    for guild in ("51", "52"):
        until = len(order) - order[::-1].index(guild)
        assert largest_wait(order[:until], guild, {"50", "51", "52"} - {guild}) <= 1, order


async def test_within_a_guild_members_take_turns_and_each_goes_in_order(world: World) -> None:
    for user_id, jobs in {ANN: 6, BOB: 3, CYD: 3}.items():
        for n in range(jobs):
            await world.submit(f"{user_id}/{n}", user_id=user_id)
    await run_all(world, 12)
    order = await sent(world)
    members = [prompt.split("/")[0] for prompt in order]
    for member in (str(BOB), str(CYD)):
        until = len(members) - members[::-1].index(member)
        assert largest_wait(members[:until], member, {str(ANN), str(BOB), str(CYD)} - {member}) <= 1, order
    for user_id in (ANN, BOB, CYD):
        own = [prompt for prompt in order if prompt.startswith(f"{user_id}/")]
        assert own == sorted(own)


async def test_turns_are_kept_when_the_clock_is_set_back(world: World) -> None:
    await world.execute("INSERT INTO served_guilds VALUES (50, :later)", later=world.clock.now_ms() + 10**9)
    for n in range(3):
        await world.submit(f"50/{n}", guild_id=50)
        await world.submit(f"51/{n}", guild_id=51)
    await run_all(world, 6)
    assert await sent(world) == ["51/0", "50/0", "51/1", "50/1", "51/2", "50/2"]


async def test_turns_survive_a_restart(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1}})
    for n in range(2):
        await world.submit(f"50/{n}", guild_id=50)
        await world.submit(f"51/{n}", guild_id=51)
    await world.start("sending")
    assert await sent(world) == ["50/0"]
    await world.kill()
    await run_all(world, 4)
    assert (await sent(world))[:2] == ["50/0", "51/0"]
