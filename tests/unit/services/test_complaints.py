"""What users of other bots complained about and no other test here says in these words (docs/complaints.md)."""

from __future__ import annotations

from functools import partial

from klapper.clock import DAY_MS, SECOND_MS
from klapper.jobs.job import DeliveryState, JobStatus
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import AT_ONCE, sent
from tests.unit.services.world import PRICE, World

DAY_S = DAY_MS // SECOND_MS


async def test_a_content_refusal_frees_slot_and_credits_with_the_look_that_finds_it(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1}})
    before = await world.balance()
    refused, _ = await world.submit("refused"), await world.submit("next")
    await world.start()
    (post,) = world.provider.posts
    assert post.request_id is not None
    made = world.provider.jobs[post.request_id]
    made.failed, made.refused, made.run_s = "content policy", True, 1.0
    looks = world.provider.count("status")
    await world.until(partial(_has_ended, world, refused.job_id))
    assert world.provider.count("status") - looks <= 2
    assert await world.status(refused.job_id) is JobStatus.REFUSED
    assert await sent(world) == ["refused", "next"]
    assert (await world.balance()).available == before.available - PRICE  # of the next one alone


async def _has_ended(world: World, job_id: str) -> bool:
    return not (await world.job(job_id)).is_open


async def test_the_last_of_many_days_is_delivered_like_the_first(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE)
    await world.start()
    for day in range(10):
        job = await world.submit(f"day {day}")
        await world.until(partial(_is_delivered, world, job.job_id))
        await world.clock.jump(DAY_S)
    assert len(world.provider.posts) == 10


async def _is_delivered(world: World, job_id: str) -> bool:
    job = await world.view(job_id)
    return job.delivery is not None and job.delivery.state is DeliveryState.DELIVERED
