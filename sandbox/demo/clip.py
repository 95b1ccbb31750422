"""The delivered clip as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av


@dataclass(frozen=True, slots=True)
class Clip:
    """A video file that plays. size in bytes."""

    path: Path
    seconds: float
    width: int
    height: int
    size: int

    @classmethod
    def keep(cls, content: bytes, path: Path) -> Clip:
        """Write it to `path` and look into it. Raises av.FFmpegError when it is no video."""
        path.write_bytes(content)
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            seconds = (container.duration or 0) / av.time_base
            return cls(path, seconds, video.width, video.height, len(content))
