"""A finished job, and where its clip has come."""

from __future__ import annotations

from typing import Any

from klapper.jobs.job import DeliveryState, Job
from tests.fakes import Message
from tests.unit.services.world import World

LOOPS = ("cards", "delivery")


async def finished(world: World, prompt: str = "a fox", **more: Any) -> Job:
    """A job whose card is posted and whose clip waits to be brought."""
    job = await world.finished(prompt, **more)
    await world.klapper.board.ensure_placed(job.job_id)
    return job


async def outcome(world: World, job: Job) -> tuple[DeliveryState, str]:
    delivery = await world.delivery(job.job_id)
    return delivery.state, delivery.way if delivery.state is DeliveryState.DELIVERED else delivery.reason


def the_clip(world: World, job: Job) -> Message:
    [message] = world.messenger.clips(job.job_id)
    return message
