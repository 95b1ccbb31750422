"""Finished clips on disk, one file per job, kept for some days."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from klapper.clock import DAY_MS, Clock


class MediaShelf:
    """Keeps: a file is the whole clip or not there; files older than keep_days go, unless they are still needed."""

    def __init__(self, directory: Path, *, keep_days: int, clock: Clock) -> None:
        self._outputs = directory / "outputs"
        self._keep_ms = keep_days * DAY_MS
        self._clock = clock

    def kept_since_ms(self) -> int:
        """What was finished before may go."""
        return self._clock.now_ms() - self._keep_ms

    def path(self, job_id: str) -> Path:
        """Where the job's clip is or will be. Makes the folder."""
        self._outputs.mkdir(parents=True, exist_ok=True)
        return self._outputs / f"{job_id}.mp4"

    def size_bytes(self, job_id: str) -> int | None:
        """The size of the clip, None when it is not there."""
        try:
            return self.path(job_id).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, job_id: str) -> None:
        """The clip goes now, if it is there."""
        self.path(job_id).unlink(missing_ok=True)

    def sweep(self, needed: Iterable[str]) -> int:
        """Delete clips that were kept long enough and are not `needed` (job ids); how many went."""
        keep, gone = set(needed), 0
        for file in self._outputs.glob("*.mp4"):
            if round(file.stat().st_mtime * 1000) < self.kept_since_ms() and file.stem not in keep:
                file.unlink(missing_ok=True)
                gone += 1
        return gone
