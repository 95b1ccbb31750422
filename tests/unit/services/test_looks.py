"""The looks at jobs: each at its time, after a start one after the other; and what is learned from how they end."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from klapper.jobs.job import Job, JobStatus
from klapper.segmind.answers import Metrics, Processing, Result, Unreadable
from klapper.services.durations import Usual
from klapper.services.looks import LOOKS_AT_ONCE
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import World

S = JobStatus
MANY = {"credits": {"default_allowance": 100_000, "bot_budget_per_day": 0}, "limits": {"waiting_per_member": 0}}


async def run_time_s(world: World, job: Job) -> float | None:
    return (await world.job(job.job_id)).run_time_s


def unreported(world: World, *, run_s: float) -> None:
    """Segmind says nothing of how long its jobs run."""
    world.provider.run_s = run_s
    world.provider.next_answers["result"].append(Result("https://media.example/x.mp4", Metrics()))


# When


async def test_an_end_is_noticed_within_seconds_of_the_usual_time(world: World) -> None:
    world.provider.run_s = 140
    await world.start("tracker", "looks", "sending")
    job = await world.submit()
    await world.until(lambda: _is(world, job, S.SUCCEEDED), step_s=0.5)
    done = await world.job(job.job_id)
    assert done.posted_at_ms is not None
    assert world.clock.now_ms() - done.posted_at_ms < 145_000
    assert world.provider.count("status") < 60


async def _is(world: World, job: Job, status: JobStatus) -> bool:
    return await world.status(job.job_id) is status


async def test_after_a_start_jobs_are_looked_at_one_after_the_other(open_world: OpenWorld) -> None:
    world = await open_world(**MANY)
    world.provider.run_s = None
    jobs = [await world.sent(f"{n}") for n in range(20)]
    await world.clock.jump(900)
    world.provider.requests_per_minute = 20
    first_s: dict[str, float] = {}

    def note(kind: str, about: str) -> None:
        if kind == "status":
            first_s.setdefault(about, world.clock.monotonic_s())

    world.provider.disturb = note
    await world.start("tracker", "looks")
    await world.advance(75)
    assert len(jobs) == len(first_s)
    assert min(later - at for at, later in pairwise(first_s.values())) >= 3.0
    assert world.provider.count("status") <= 20 * 75 / 60


async def test_after_a_start_a_job_whose_record_is_about_to_go_is_first(open_world: OpenWorld) -> None:
    world = await open_world(**MANY)
    world.provider.run_s = None
    await world.sent("older")
    await world.clock.jump(30 * 60)
    urgent = await world.sent("urgent")
    await world.clock.jump(45 * 60)
    await world.sent("younger")
    await world.clock.jump(60)
    await world.start("tracker", "looks")
    assert world.provider.calls[-1] == ("status", urgent.request_id)


async def test_no_more_looks_are_under_way_than_allowed(open_world: OpenWorld) -> None:
    world = await open_world(**MANY)
    world.provider.run_s = None
    world.provider.requests_per_minute = 100_000
    for n in range(LOOKS_AT_ONCE + 10):
        await world.sent(f"{n}")
    world.provider.held["status"] = asyncio.Event()
    await world.start("tracker", "looks")
    await world.advance(30)
    assert world.provider.count("status") == LOOKS_AT_ONCE
    world.provider.held.pop("status").set()
    await world.advance(2)
    assert world.provider.count("status") >= LOOKS_AT_ONCE + 10


async def test_a_look_does_not_tick_the_tracker_or_read_a_card(world: World) -> None:
    world.provider.run_s = None
    await world.start()
    job = await world.submit()
    await world.advance(150)
    [card] = world.messenger.cards(job.job_id)
    assert world.provider.count("status") > 10
    assert card.edits <= 4


# What is learned


async def test_what_segmind_reports_is_learned(world: World) -> None:
    world.provider.run_s = 100
    job = await world.sent()
    await world.start("tracker", "looks")
    await world.advance(200)
    assert await run_time_s(world, job) == 100


@pytest.mark.parametrize("run_s", [90, 160])
async def test_without_a_report_the_middle_between_two_looks_is_learned(world: World, run_s: float) -> None:
    unreported(world, run_s=run_s)
    job = await world.sent()
    await world.start("tracker", "looks")
    await world.advance(400)
    assert await run_time_s(world, job) == pytest.approx(run_s, abs=3)


async def test_an_end_while_nobody_looked_teaches_nothing(world: World) -> None:
    unreported(world, run_s=90)
    job = await world.sent()
    await world.start("tracker", "looks")
    await world.advance(60)
    await world.clock.jump(300)
    await world.advance(10)
    assert await _is(world, job, S.SUCCEEDED)
    assert await run_time_s(world, job) is None


async def test_the_first_look_of_a_process_teaches_nothing(world: World) -> None:
    unreported(world, run_s=90)
    job = await world.sent()
    await world.start("tracker", "looks")
    await world.advance(85)
    await world.kill()
    await world.advance(10)
    await world.start("tracker", "looks")
    assert await _is(world, job, S.SUCCEEDED)
    assert await run_time_s(world, job) is None


async def test_looks_without_an_answer_do_not_count_as_looks(world: World) -> None:
    unreported(world, run_s=90)
    job = await world.sent()
    await world.start("tracker", "looks")
    await world.advance(45)
    world.provider.disturb = lambda kind, _: _cut_off(world) if kind == "status" else None
    await world.advance(55)
    world.provider.disturb = None
    world.provider.next_answers["status"].clear()
    await world.advance(30)
    assert await _is(world, job, S.SUCCEEDED)
    assert await run_time_s(world, job) is None


def _cut_off(world: World) -> None:
    world.provider.next_answers["status"].append(Unreadable("network"))


async def test_a_failure_teaches_nothing(world: World) -> None:
    job = await world.sent()
    assert job.request_id is not None
    world.provider.jobs[job.request_id].failed = "broken"
    world.provider.next_answers["status"].append(Processing())
    await world.start("tracker", "looks")
    await world.advance(200)
    assert await _is(world, job, S.FAILED)
    cell = world.klapper.usual_times.cell(job)
    assert world.klapper.usual_times.run_times.runs(cell) == 0


async def test_a_run_counts_once_whether_it_was_read_or_seen(world: World) -> None:
    await world.start("tracker", "looks")
    first = await world.sent("first")
    await world.advance(300)
    await world.kill()
    await world.start("tracker", "looks")
    await world.sent("second")
    await world.advance(300)
    times = world.klapper.usual_times
    assert times.run_times.runs(times.cell(first)) == 2


async def test_of_a_model_that_is_gone_only_its_name_is_known(world: World) -> None:
    job = await world.sent()
    await world.execute("UPDATE jobs SET request = '{}', slug = 'gone'")
    gone = await world.job(job.job_id)
    assert world.klapper.usual_times.cell(gone).slug == "gone"
    assert isinstance(world.klapper.usual_times.usual(gone), Usual)
