"""Finished clips on disk, one file per job and perhaps a copy of it, kept for some days."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from klapper.clock import DAY_MS, Clock

PART_KEPT_MS = DAY_MS  # of a download or a copy that a killed process left behind; none takes so long


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

    def copy_path(self, job_id: str) -> Path:
        """Where the copy of the job's clip is or will be."""
        return self.path(job_id).with_suffix(".copy.mp4")

    def size_bytes(self, job_id: str) -> int | None:
        """The size of the clip, None when it is not there."""
        return _size_bytes(self.path(job_id))

    def copy_bytes(self, job_id: str) -> int | None:
        """The size of its copy, None when there is none."""
        return _size_bytes(self.copy_path(job_id))

    def remove(self, job_id: str) -> None:
        """The clip and its copy go now, if they are there."""
        self.path(job_id).unlink(missing_ok=True)
        self.copy_path(job_id).unlink(missing_ok=True)

    def job_ids(self) -> set[str]:
        """Of the jobs that have a clip or a copy here."""
        return {_job_id(file) for file in self._outputs.glob("*.mp4")}

    def sweep(self, needed: Iterable[str]) -> int:
        """Delete what was kept long enough and is not `needed` (job ids), and what broke off; how many files went."""
        keep, gone = set(needed), 0
        for file in self._outputs.glob("*.mp4"):
            if _changed_at_ms(file) < self.kept_since_ms() and _job_id(file) not in keep:
                file.unlink(missing_ok=True)
                gone += 1
        for part in self._outputs.glob("*.part"):
            if _changed_at_ms(part) < self._clock.now_ms() - PART_KEPT_MS:
                part.unlink(missing_ok=True)
                gone += 1
        return gone


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _changed_at_ms(file: Path) -> int:
    try:
        return round(file.stat().st_mtime * 1000)
    except FileNotFoundError:  # a copy that has just got its name
        return 2**53


def _job_id(file: Path) -> str:
    return file.name.partition(".")[0]
