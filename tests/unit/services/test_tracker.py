"""The watch over every job: its timers end holds and waits, never the watch itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.jobs.store import Changes
from klapper.segmind.answers import Queued, Unreadable
from klapper.services.tracker import LONGEST_REST_S
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import BOB, GUILD, OTHER_GUILD, World

S = JobStatus
HOUR_S = 3600
DAY_S = 24 * HOUR_S
NO_NEWS = Unreadable("network")


async def tick(world: World) -> None:
    """What is due now, the looks included, and what follows from them."""
    for _ in range(2):
        await world.klapper.tracker.tick()
        await world.settle()


def silence(world: World) -> None:
    """Segmind answers nothing that can be read, for a long while."""
    for kind in ("status", "result", "history"):
        world.provider.next_answers[kind].extend([NO_NEWS] * 100)


def speak(world: World) -> None:
    world.provider.next_answers.clear()


# The hold


@pytest.mark.parametrize("status", [S.QUEUED, S.PROCESSING])
async def test_an_old_job_is_abandoned_after_a_readable_answer(world: World, status: JobStatus) -> None:
    world.provider.run_s = None
    job = await world.sent(status=status)
    await world.clock.jump(DAY_S)
    await tick(world)
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.ABANDONED, "no_answer", MoneyState.RELEASED)
    assert view.delivery is not None
    assert (view.delivery.state, view.delivery.told_at_ms) == (DeliveryState.NONE, None)


async def test_a_job_is_not_abandoned_before_its_time(world: World) -> None:
    world.provider.run_s = None
    job = await world.sent()
    await world.clock.jump(DAY_S - 1)
    await tick(world)
    assert await world.status(job.job_id) is S.QUEUED


async def test_without_a_readable_answer_the_hold_goes_on_and_the_operator_is_told_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    job = await world.sent()
    silence(world)
    await world.clock.jump(2 * DAY_S)
    for _ in range(3):
        await tick(world)
    assert (await world.view(job.job_id)).money.state is MoneyState.HELD
    alerts = [r for r in caplog.records if r.levelname == "ERROR" and "hold goes on" in r.getMessage()]
    assert len(alerts) == 1
    speak(world)
    await world.clock.jump(DAY_S)
    await tick(world)
    assert await world.status(job.job_id) is S.SUCCEEDED


async def test_an_answer_that_an_earlier_process_heard_does_not_count(world: World) -> None:
    job = await world.sent()
    await world.advance(5)
    world.provider.next_answers["status"].append(Queued())
    await tick(world)
    await world.kill()
    silence(world)
    await world.clock.jump(DAY_S)
    await tick(world)
    assert await world.status(job.job_id) is S.QUEUED


async def test_an_answer_from_before_the_end_of_the_hold_does_not_count(world: World) -> None:
    job = await world.sent()
    await world.advance(5)
    world.provider.next_answers["status"].append(Queued())
    await tick(world)
    silence(world)
    await world.clock.jump(DAY_S)
    await tick(world)
    assert await world.status(job.job_id) is S.QUEUED
    speak(world)
    await world.clock.jump(600)
    await tick(world)
    assert await world.status(job.job_id) is S.SUCCEEDED


async def test_a_clock_that_was_set_back_does_not_stop_the_looks(world: World) -> None:
    world.provider.run_s = None
    await world.sent()
    await world.advance(5)
    await tick(world)
    before = world.provider.count("status")
    world.clock.set_back(7_200)
    for _ in range(3):
        await world.advance(30)
        await tick(world)
    assert world.provider.count("status") >= before + 3


async def test_a_history_that_does_not_know_the_job_is_an_answer(world: World) -> None:
    job = await world.sent()
    world.provider.jobs.clear()
    await world.clock.jump(DAY_S)
    await tick(world)
    assert await world.status(job.job_id) is S.ABANDONED


async def test_an_unclear_job_about_which_nothing_can_be_asked_is_held_to_the_end_of_its_hold(world: World) -> None:
    job = await world.move(await world.submit(), S.SENDING, changes=Changes(posted_at_ms=world.clock.now_ms()))
    job = await world.move(job, S.UNKNOWN)
    await world.clock.jump(DAY_S - 1)
    await tick(world)
    assert (await world.view(job.job_id)).money.state is MoneyState.HELD
    await world.clock.jump(1)
    await tick(world)
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason) == (S.ABANDONED, "outcome_unknown")
    assert world.provider.calls == []


# The watch goes on


async def test_a_clip_that_takes_two_hours_is_delivered(world: World) -> None:
    world.provider.run_s = 2 * HOUR_S
    await world.start()
    job = await world.submit()
    for _ in range(13):
        await world.clock.jump(600)
        await world.advance(5)
    await world.advance(180)
    assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
    assert world.provider.count("history") > 0  # the record was gone


async def test_a_job_is_asked_about_at_once_after_a_start(world: World) -> None:
    job = await world.sent()
    await world.clock.jump(600)
    await world.kill()
    await world.start("tracker")
    assert await world.status(job.job_id) is S.SUCCEEDED


async def test_an_abandoned_job_is_asked_about_daily_for_a_month(world: World) -> None:
    world.provider.run_s = None
    await world.sent()
    await world.clock.jump(DAY_S)
    await tick(world)
    world.provider.calls.clear()
    for _ in range(40):
        await world.clock.jump(DAY_S)
        await tick(world)
    assert 29 <= world.provider.count("history") <= 31
    assert world.provider.count("status") == 0


async def test_a_clip_that_turns_up_after_days_is_delivered_free(world: World) -> None:
    world.provider.run_s = 5 * DAY_S
    await world.start()
    job = await world.submit()
    await world.advance(10)
    for _ in range(7):
        await world.clock.jump(DAY_S)
        await world.advance(30)
    assert await world.path(job.job_id) == [S.WAITING, S.SENDING, S.QUEUED, S.ABANDONED, S.SUCCEEDED]
    view = await world.view(job.job_id)
    assert view.money.state is MoneyState.RELEASED
    assert len(world.messenger.clips(job.job_id)) == 1
    assert len(world.messenger.pings(job.job_id)) == 2  # that it was given up, and that it came after all


async def test_there_is_one_look_at_a_job_at_a_time(world: World) -> None:
    await world.sent()
    await world.advance(60)
    world.provider.held["status"] = asyncio.Event()
    for _ in range(5):
        await tick(world)
    assert world.provider.count("status") == 1
    world.provider.held.pop("status").set()
    await world.settle()


async def test_a_look_that_crashes_is_tried_again_and_disturbs_nobody(world: World) -> None:
    broken, fine = await world.sent("broken"), await world.sent("fine")
    await world.advance(5)

    def strike(kind: str, about: str) -> None:
        if kind == "status" and about == broken.request_id:
            raise ZeroDivisionError

    world.provider.disturb = strike
    await world.clock.jump(60)
    await tick(world)
    await world.advance(2)  # looks at jobs that were sent before the process began come one after the other
    await tick(world)
    assert await world.status(fine.job_id) is S.SUCCEEDED
    assert {crash.split(":")[0] for crash in world.crashes.seen} == {"look crashed"}
    world.crashes.seen.clear()
    world.provider.disturb = None
    await world.clock.jump(60)
    await tick(world)
    assert await world.status(broken.job_id) is S.SUCCEEDED


async def test_abandoned_and_unclear_jobs_take_no_share_of_the_polls(open_world: OpenWorld) -> None:
    world = await open_world(
        credits={"default_allowance": 100_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )
    world.provider.requests_per_minute = 10
    for n in range(20):
        job = await world.sent(f"given up {n}")
        await world.move(job, S.ABANDONED)
    await tick(world)
    world.provider.calls.clear()
    world.provider.run_s = None
    await world.sent("alive")
    await world.start("tracker", "looks")
    await world.advance(120)
    assert world.provider.count("status") >= 8  # one of 21 that share the rate would have three


# Waiting and review


async def in_review(world: World, **asked: Any) -> Job:
    return await world.move(await world.submit(**asked), S.IN_REVIEW)


@pytest.mark.parametrize("status", [S.WAITING, S.IN_REVIEW])
async def test_what_waits_too_long_expires_and_is_released(world: World, status: JobStatus) -> None:
    job = await world.submit() if status is S.WAITING else await in_review(world)
    await world.clock.jump(DAY_S - 1)
    await tick(world)
    assert await world.status(job.job_id) is status
    await world.clock.jump(1)
    await tick(world)
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.EXPIRED, "waited_too_long", MoneyState.RELEASED)


async def test_a_pause_of_segminds_does_not_stop_the_waiting_clock(world: World) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'team_limit', 0)")
    job = await world.submit()
    await world.clock.jump(DAY_S)
    await tick(world)
    assert await world.status(job.job_id) is S.EXPIRED


@pytest.mark.parametrize("status", [S.WAITING, S.IN_REVIEW])
async def test_a_pause_of_the_guild_stops_the_waiting_clock(world: World, status: JobStatus) -> None:
    job = await world.submit() if status is S.WAITING else await in_review(world)
    elsewhere = await world.submit(guild_id=OTHER_GUILD)
    await world.clock.jump(20 * HOUR_S)
    await world.klapper.guilds.pause(GUILD, BOB)
    await world.clock.jump(3 * DAY_S)
    await tick(world)
    assert await world.status(job.job_id) is status
    assert await world.status(elsewhere.job_id) is S.EXPIRED
    await world.klapper.guilds.resume(GUILD, BOB)
    await world.clock.jump(4 * HOUR_S - 1)
    await tick(world)
    assert await world.status(job.job_id) is status
    await world.clock.jump(1)
    await tick(world)
    assert await world.status(job.job_id) is S.EXPIRED


async def test_a_job_made_while_its_guild_was_paused_waits_from_the_resume_on(world: World) -> None:
    await world.klapper.guilds.pause(GUILD, BOB)
    await world.clock.jump(10 * HOUR_S)
    await world.klapper.guilds.resume(GUILD, BOB)
    job = await world.submit()
    await world.klapper.guilds.pause(GUILD, BOB)
    await world.klapper.guilds.resume(GUILD, BOB)
    assert (await world.job(job.job_id)).waiting_since_ms == world.clock.now_ms()


@pytest.mark.parametrize("status", [S.WAITING, S.IN_REVIEW])
async def test_a_retired_model_fails_what_waits_for_it_and_nothing_else(world: World, status: JobStatus) -> None:
    job = await world.submit() if status is S.WAITING else await in_review(world)
    other, running = await world.submit(model="o3", duration_s=3, user_id=BOB), await world.sent("running", user_id=BOB)
    await world.execute("INSERT INTO provider_pauses VALUES ('kling-3-standard-text2video', 'retired', 0)")
    await tick(world)
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.FAILED, "model_retired", MoneyState.RELEASED)
    assert await world.status(other.job_id) is S.WAITING
    assert await world.status(running.job_id) is S.QUEUED


async def test_a_forbidden_model_lets_its_jobs_wait(world: World) -> None:
    job = await world.submit()
    await world.execute("INSERT INTO provider_pauses VALUES ('kling-3-standard-text2video', 'forbidden', 0)")
    await tick(world)
    assert await world.status(job.job_id) is S.WAITING


async def test_a_job_whose_hold_cannot_end_is_watched_on_and_told_of_once(world: World) -> None:
    world.provider.run_s = None
    await world.start()
    job = await world.submit()
    await world.advance(30)
    await world.clock.jump(DAY_S)
    await world.execute("UPDATE reservations SET status = 'settled' WHERE job_id = :job_id", job_id=job.job_id)
    await world.advance(30)
    asked = world.provider.count("status") + world.provider.count("history")
    await world.advance(600)
    assert world.provider.count("status") + world.provider.count("history") - asked <= 4
    assert [crash.split(":")[0] for crash in world.crashes.seen] == ["job not moved"]
    world.crashes.seen.clear()
    await world.execute("UPDATE reservations SET status = 'held' WHERE job_id = :job_id", job_id=job.job_id)
    await world.advance(10)
    assert await world.status(job.job_id) is S.ABANDONED


async def test_one_job_with_broken_books_does_not_end_the_watch_over_the_others(world: World) -> None:
    broken, fine = await world.submit("broken"), await world.submit("fine", user_id=BOB)
    await world.execute("UPDATE reservations SET status = 'settled' WHERE job_id = :job_id", job_id=broken.job_id)
    await world.clock.jump(DAY_S)
    await tick(world)
    assert await world.status(fine.job_id) is S.EXPIRED
    assert await world.status(broken.job_id) is S.WAITING
    assert {crash.split(":")[0] for crash in world.crashes.seen} == {"job not moved"}
    world.crashes.seen.clear()
    await world.execute("UPDATE reservations SET status = 'held' WHERE job_id = :job_id", job_id=broken.job_id)


# The loop


async def test_the_loop_ticks_at_least_every_five_seconds(world: World) -> None:
    assert await world.klapper.tracker.tick() == LONGEST_REST_S
    await world.start("tracker")
    for _ in range(20):
        await world.advance(7)
        assert await world.klapper.heartbeat.is_alive()


async def test_a_question_about_the_balance_that_hangs_does_not_stop_the_timers(world: World) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'bad_key', 0)")
    world.provider.held["credits"] = asyncio.Event()
    job = await world.submit()
    await world.start("tracker")
    await world.clock.jump(DAY_S)
    await world.advance(120)
    assert await world.status(job.job_id) is S.EXPIRED
    assert await world.klapper.heartbeat.is_alive()
    assert world.provider.count("credits") == 1
    world.provider.held["credits"].set()
    await world.settle()
    assert await world.rows("SELECT * FROM provider_pauses") == []
