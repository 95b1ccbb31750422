"""A clip that is gone is looked for in Segmind's history once more before it is given up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from klapper.errors import DeliveryError
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.segmind.answers import HistoryRow, Unreadable
from klapper.services.delivery import HOPELESS_AFTER_MS, RETRIES_S, UNHEARD_AFTER
from klapper.services.views import MoneyState
from tests.unit.services.brought import LOOPS, finished, outcome, the_clip
from tests.unit.services.world import World

DELIVERED, UNDELIVERABLE = DeliveryState.DELIVERED, DeliveryState.UNDELIVERABLE
LONG_ENOUGH_S = HOPELESS_AFTER_MS / 1000 + RETRIES_S[-1]
DAY_S = 86400


async def moved(world: World, job: Job) -> Job:
    """The clip is at another address than Segmind said at first."""
    await world.execute("UPDATE jobs SET media_url = 'https://media.example/old.mp4' WHERE job_id = :id", id=job.job_id)
    await world.clock.jump(600)  # the history knows it as finished
    return await world.job(job.job_id)


async def test_a_clip_that_moved_is_found_by_the_history(world: World) -> None:
    job = await moved(world, await finished(world))
    await world.start(*LOOPS)
    await world.advance(LONG_ENOUGH_S)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert the_clip(world, job).clip == world.provider.clip
    assert (await world.job(job.job_id)).media_url != job.media_url
    assert world.provider.count("history") == 1


async def test_a_clip_without_an_address_is_found_by_the_history(world: World) -> None:
    job = await world.sent()
    await world.clock.jump(600)
    await world.move(job, JobStatus.SUCCEEDED)
    await world.start(*LOOPS)
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "attached")


async def test_a_clip_whose_new_address_is_dead_too_is_refunded_at_once(world: World) -> None:
    job = await moved(world, await finished(world))
    row = await world.provider.history(job.request_id or "")
    assert isinstance(row, HistoryRow)
    world.provider.next_answers["history"].append(replace(row, media_url="https://media.example/signed?x=1"))
    await world.start(*LOOPS)
    await world.advance(LONG_ENOUGH_S)
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")
    assert (await world.view(job.job_id)).money.state is MoneyState.REFUNDED


async def test_a_history_that_does_not_answer_gives_nothing_up(world: World) -> None:
    job = await moved(world, await finished(world))
    world.provider.next_answers["history"].extend([Unreadable("network")] * 3)
    await world.start(*LOOPS)
    await world.advance(LONG_ENOUGH_S)
    assert (await world.delivery(job.job_id)).state is DeliveryState.PENDING
    assert (await world.view(job.job_id)).money.state is MoneyState.CHARGED
    await world.advance(10 * RETRIES_S[-1])
    assert await outcome(world, job) == (DELIVERED, "attached")


async def test_a_history_that_never_answers_ends_when_nobody_keeps_clips_any_more(world: World) -> None:
    job = await moved(world, await finished(world))
    world.provider.next_answers["history"].extend([Unreadable("network")] * 10_000)
    await world.clock.jump(9 * DAY_S)
    await world.start(*LOOPS)
    await world.advance(3_600)
    assert (await world.delivery(job.job_id)).state is DeliveryState.PENDING
    await world.advance(3_600)
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")


@pytest.mark.parametrize("unheard", [1, UNHEARD_AFTER - 1])
async def test_one_bad_moment_after_a_long_time_away_does_not_end_a_delivery(world: World, unheard: int) -> None:
    """The clip may be kept longer than it must be; and a clock that jumps makes every clip old."""
    job = await finished(world)
    await world.clock.jump(9 * DAY_S)
    world.provider.next_downloads.extend([DeliveryError("try_later")] * unheard)
    world.provider.next_answers["history"].extend([Unreadable("network")] * unheard)
    await world.start(*LOOPS)
    await world.advance(7_200)
    assert await outcome(world, job) == (DELIVERED, "attached")


@pytest.mark.parametrize("reason", ["media_gone", "media_broken"])
async def test_a_clip_that_is_lost_is_said_to_be_lost_only_after_the_refund(world: World, reason: str) -> None:
    job = await finished(world)
    world.provider.next_downloads.extend([DeliveryError(reason)] * 100)
    await world.start(*LOOPS)
    await world.advance(LONG_ENOUGH_S)
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")
    told = [m.view for m in world.messenger.messages if m.job_id == job.job_id and m.kind == "ping"]
    assert [view.money.state for view in told] == [MoneyState.REFUNDED]


async def test_a_clip_on_disk_that_broke_is_loaded_again(world: World) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].append(("try_later", "before"))
    await world.start("delivery")
    world.klapper.shelf.path(job.job_id).write_bytes(b"rubbish")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert the_clip(world, job).clip == world.provider.clip
