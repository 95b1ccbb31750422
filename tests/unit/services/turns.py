"""What the tests of sending share: a world without limits, kept images, who was sent in which order."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from klapper.jobs.job import Job, JobStatus
from klapper.kling.picture import InputImage
from tests.unit.services.world import World

AT_ONCE: dict[str, Any] = {
    "limits": {"undo_s": 0, "running_per_member": 0, "waiting_per_member": 0},
    "credits": {"default_allowance": 100_000, "bot_budget_per_day": 0},
    "segmind": {"max_running_jobs": 1000},
}


async def pauses(world: World) -> list[tuple[Any, ...]]:
    """What is not sent, and why."""
    return await world.rows("SELECT scope, reason FROM provider_pauses")


async def kept_image(world: World, content: str = "a picture") -> InputImage:
    """An image on disk and in its table; what is in it matters to nobody here."""
    image = InputImage(hashlib.sha256(content.encode()).hexdigest(), "image/png", 640, 360, len(content))
    path = world.klapper.input_shelf.path(image.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    async with world.database.write() as tx:
        await world.klapper.images.add(tx, image, world.clock.now_ms())
    return image


async def with_image(world: World, prompt: str = "a fox", *, image: str = "a picture", **more: Any) -> Job:
    """A job with a first image."""
    return await world.submit(prompt, start_image=(await kept_image(world, image)).sha256, **more)


def hold_uploads(world: World) -> asyncio.Event:
    """From now on uploads wait for this; `let_others_through` lets those through that begin later."""
    return world.provider.held.setdefault("upload", asyncio.Event())


def let_others_through(world: World) -> None:
    del world.provider.held["upload"]


async def sent(world: World) -> list[str]:
    """The prompts that Segmind got, in their order."""
    return [post.body["prompt"] for post in world.provider.posts]


async def run_all(world: World, jobs: int) -> None:
    """Send everything; each job ends as soon as Segmind has it, so that the next may start."""
    await world.start("sending")
    await end_each(world, jobs)


async def end_each(world: World, jobs: int) -> None:
    """End each job as soon as Segmind has it, until so many were sent."""
    for _ in range(3 * jobs):
        for (job_id,) in await world.rows("SELECT job_id FROM jobs WHERE status = 'queued'"):
            await world.move(await world.job(job_id), JobStatus.FAILED)
        await world.settle()
    assert len(world.provider.posts) == jobs
