"""A finished clip on its way to our disk: loaded once, looked into, and looked for elsewhere before it is given up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

from klapper.clips.facts import ClipFacts
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.store import JobStore
from klapper.segmind.answers import Gone, HistoryRow, Unreadable
from klapper.services.media_shelf import MediaShelf
from klapper.services.provider import Provider
from klapper.services.views import JobView, JobViews

_log = logging.getLogger(__name__)


class Inspect(Protocol):
    """Raises DeliveryError `media_broken` unless the file is a clip that plays."""

    def __call__(self, path: Path, /) -> Awaitable[ClipFacts]: ...


class Fetching:
    """Keeps: a clip that is on disk and whole is not loaded again; one that is loaded is on record as kept."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: JobStore,
        deliveries: DeliveryStore,
        views: JobViews,
        provider: Provider,
        inspect: Inspect,
        shelf: MediaShelf,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._deliveries = deliveries
        self._views = views
        self._provider = provider
        self._inspect = inspect
        self._shelf = shelf
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def fetch(self, view: JobView) -> ClipFacts:
        """The clip on disk, loaded now if it is not there. Raises DeliveryError as `Provider.download` does."""
        job_id = view.job.job_id
        async with self._locks.setdefault(job_id, asyncio.Lock()):
            clip = await self._on_disk(job_id)
            if clip is not None and view.delivery is not None and view.delivery.media_path is not None:
                return clip
            if clip is None:
                clip = await self._loaded(view)
            async with self._database.write() as tx:
                is_wanted = await self._deliveries.keep_media(tx, job_id, self._shelf.path(job_id).name)
        if not is_wanted or self._shelf.size_bytes(job_id) is None:  # deleted for good at this very moment
            self._shelf.remove(job_id)
            raise DeliveryError("media_gone", f"The clip of job {job_id} is not on disk any more.")
        return clip

    async def readdressed(self, view: JobView) -> JobView | None:
        """The job with the other address that Segmind's history knows of its clip, written down; None: it knows none.

        Raises DeliveryError (`try_later`) when it does not say.
        """
        if view.job.request_id is None:
            return None
        match await self._provider.history(view.job.request_id):
            case HistoryRow(media_url=str() as address) if address != view.job.media_url:
                _log.info("clip found at another address", extra={"job_id": view.job.job_id})
                async with self._database.write() as tx:
                    await self._jobs.readdress(tx, view.job.job_id, address)
                return await self._views.get(view.job.job_id)
            case HistoryRow() | Gone():
                return None
            case Unreadable():
                raise DeliveryError("try_later", "Segmind's history does not say where the clip is.")

    async def _loaded(self, view: JobView) -> ClipFacts:
        if view.job.media_url is None:
            raise DeliveryError("media_gone", f"Segmind named no clip for job {view.job.job_id}.")
        return await self._provider.download(view.job.media_url, self._shelf.path(view.job.job_id), self._inspect)

    async def _on_disk(self, job_id: str) -> ClipFacts | None:
        if self._shelf.size_bytes(job_id) is None:
            return None
        try:
            return await self._inspect(self._shelf.path(job_id))
        except DeliveryError as error:
            _log.warning("a clip on disk is broken", extra={"job_id": job_id, "why": error.sentence})
        except FileNotFoundError:
            pass  # deleted at this very moment
        return None
