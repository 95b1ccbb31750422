"""Copies of clips on disk: made when a place does not take or play the clip itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

from klapper.errors import JobConflict
from klapper.services.media_shelf import MediaShelf


class CopyClip(Protocol):
    """Writes a copy of `source` that Discord plays to `target`, of at most so many bytes, whole or not at all.

    Raises DeliveryError: copy_too_long | copy_too_slow | copy_failed | media_gone | media_broken.
    """

    async def __call__(self, source: Path, target: Path, limit_bytes: int, /) -> object: ...


class Copies:
    """Keeps: a copy that is on disk and fits is used again; one that is made for a deleted job is broken off."""

    def __init__(self, *, shelf: MediaShelf, copy_clip: CopyClip) -> None:
        self._shelf = shelf
        self._copy_clip = copy_clip
        self._making: dict[str, asyncio.Future[object]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def known(self, job_id: str, limit_bytes: int) -> Path | None:
        """The copy of the job's clip, if there is one of at most so many bytes."""
        size = self._shelf.copy_bytes(job_id)
        return self._shelf.copy_path(job_id) if size is not None and size <= limit_bytes else None

    async def within(self, job_id: str, limit_bytes: int) -> Path:
        """The copy, made now if there is none that fits. Raises DeliveryError, and JobConflict for a deleted job."""
        async with self._locks.setdefault(job_id, asyncio.Lock()):
            return self.known(job_id, limit_bytes) or await self._made(job_id, limit_bytes)

    def stop(self, job_id: str) -> None:
        """Somebody deleted the job: whoever waits for its copy gets a JobConflict."""
        if job_id in self._making:
            self._making[job_id].cancel()

    async def _made(self, job_id: str, limit_bytes: int) -> Path:
        source, target = self._shelf.path(job_id), self._shelf.copy_path(job_id)
        making = asyncio.ensure_future(self._copy_clip(source, target, limit_bytes))
        self._making[job_id] = making
        try:
            await asyncio.wait({making})
        finally:
            del self._making[job_id]
            if making.cancel():  # we were cancelled: its process ends before we do
                await asyncio.wait({making})
        if making.cancelled():
            raise JobConflict(f"Job {job_id} was deleted while its copy was made.")
        making.result()
        return target
