"""The files behind the media host."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sandbox.segmind.clip import ClipSpec, write_clip
from sandbox.segmind.jobs import Job
from sandbox.segmind.pictures import Picture

_DENSE_SCALE = 4  # of SIZES: 720p, as Kling makes it
SIZES = {"16:9": (320, 180), "9:16": (180, 320), "1:1": (240, 240)}
_LONGEST_SIDE = 320


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
    """What the clip of a job looks like. It has the shape of its image, whatever ratio was asked for (Kling API)."""
    seconds, image = int(job.effective.get("duration", 5)), job.start_image
    ratio = job.effective.get("aspect_ratio", "16:9")
    return ClipSpec(
        title=f"{job.slug} {seconds} s",
        prompt=job.prompt,
        size=_scaled(SIZES[ratio] if image is None else _size_like(image), _DENSE_SCALE if job.plan.dense_bytes else 1),
        seconds=seconds,
        audio=bool(job.effective.get("generate_audio", False)),
        picture=None if image is None else image.path,
        padding_bytes=job.plan.padding_bytes,
        dense_bytes=job.plan.dense_bytes,
        codec=job.plan.codec,
    )


def _scaled(size: tuple[int, int], factor: int) -> tuple[int, int]:
    width, height = size
    return width * factor, height * factor


def _size_like(image: Picture) -> tuple[int, int]:
    """The size of an image as small as our clips are, in even numbers (4:2:0 colour)."""
    scale = _LONGEST_SIDE / max(image.width, image.height)
    return 2 * round(image.width * scale / 2), 2 * round(image.height * scale / 2)
