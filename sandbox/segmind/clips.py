"""The files behind the media host."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sandbox.segmind.clip import SIZES, ClipSpec, write_clip
from sandbox.segmind.jobs import Job


class ClipStore:
    """Clips on disk, each drawn once in a worker thread and shared by all jobs that show the same."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._drawn: dict[ClipSpec, asyncio.Task[Path]] = {}
        self._one_at_a_time = asyncio.Semaphore(1)

    async def path(self, job: Job) -> Path:
        """The finished clip of a job."""
        spec = spec_of(job)
        if spec not in self._drawn:
            self._drawn[spec] = asyncio.create_task(self._draw(spec, len(self._drawn)))
        return await asyncio.shield(self._drawn[spec])

    async def close(self) -> None:
        """Wait for the drawing at hand, so that nothing writes into a directory that is being removed."""
        await asyncio.gather(*self._drawn.values(), return_exceptions=True)

    async def _draw(self, spec: ClipSpec, number: int) -> Path:
        path = self._directory / f"{number}.mp4"
        async with self._one_at_a_time:
            await asyncio.to_thread(write_clip, spec, path)
        return path


def spec_of(job: Job) -> ClipSpec:
    """What the clip of a job looks like. Image models follow their image; here that is always 16:9."""
    seconds = int(job.effective.get("duration", 5))
    ratio = job.effective.get("aspect_ratio", "16:9")
    return ClipSpec(
        title=f"{job.slug} {seconds} s",
        prompt=job.prompt,
        ratio=ratio if ratio in SIZES else "16:9",
        seconds=seconds,
        audio=bool(job.effective.get("generate_audio", False)),
        padding_bytes=job.plan.padding_bytes,
    )
