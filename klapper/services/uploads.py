"""How the images of a job whose turn has come get to Segmind, before the job itself is sent."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection
from weakref import WeakValueDictionary

from klapper.clock import Clock
from klapper.database.database import Database
from klapper.errors import JobConflict, NotTaken, ProviderRejected
from klapper.jobs.images import URL_TRUSTED_MS, ImageStore
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes, JobStore
from klapper.kling.picture import InputImage
from klapper.services.input_shelf import InputShelf
from klapper.services.provider import Provider
from klapper.services.provider_pauses import ProviderPauses
from klapper.services.rests import rest_until_ms
from klapper.services.transitions import Transitions

_log = logging.getLogger(__name__)

JOBS_AT_ONCE = 2  # the images of one job go one after the other
UNWRITTEN_REST_S = 10.0  # when the database refuses writes


class Uploads:
    """Keeps:

    - an image is brought to Segmind once, however many jobs want it, and its URL is stored before they are sent; again
      only when its URL is no longer trusted;
    - a job whose images cannot be brought now stays `waiting` and rests; nothing else about it changes;
    - a job whose image Segmind refuses or that is lost here is failed and released.

    A stop or a crash in the middle costs nothing: an upload is free and simply done again. changed: told the id of a
    job that may be sent now or that shows something else.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        images: ImageStore,
        shelf: InputShelf,
        transitions: Transitions,
        provider: Provider,
        provider_pauses: ProviderPauses,
        changed: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._images = images
        self._shelf = shelf
        self._transitions = transitions
        self._provider = provider
        self._provider_pauses = provider_pauses
        self._changed = changed
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tries: Counter[str] = Counter()

    @property
    def under_way(self) -> Collection[str]:
        """Ids of the jobs whose images are being brought."""
        return self._under_way.keys()

    @property
    def is_full(self) -> bool:
        """Whether no further job may begin now."""
        return len(self._under_way) >= JOBS_AT_ONCE

    def begin(self, job: Job) -> None:
        """Bring the images of a waiting job that is not under way."""
        self._under_way[job.job_id] = asyncio.create_task(self._bring(job))

    async def stop(self) -> None:
        """Break off what is under way."""
        tasks = set(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _bring(self, job: Job) -> None:
        try:
            await self._write_down(job, await self._try(job))
        except JobConflict:
            _log.info("job moved meanwhile", extra={"job_id": job.job_id})
        except Exception:
            _log.exception("what became of an upload was not written down", extra={"job_id": job.job_id})
            await self._clock.sleep(UNWRITTEN_REST_S)  # or the same would begin at once, again and again
        finally:
            del self._under_way[job.job_id]
            self._changed(job.job_id)

    async def _try(self, job: Job) -> NotTaken | ProviderRejected | None:
        """Bring everything that is missing; what stood in the way."""
        try:
            while (image := await self._missing(job)) is not None:
                await self._upload(job, image)
        except (NotTaken, ProviderRejected) as error:
            return error
        except FileNotFoundError:
            return ProviderRejected("image_lost", "An image of this job is no longer kept.")
        except Exception:
            _log.exception("upload crashed", extra={"job_id": job.job_id})
            return NotTaken("upload_failed", "The images could not be brought to Segmind.")
        return None

    async def _missing(self, job: Job) -> InputImage | None:
        """The next image to bring; None when there is none, or when the job no longer waits."""
        async with self._database.read() as tx:
            at = await self._jobs.get(tx, job.job_id)
            trusted_since_ms = self._clock.now_ms() - URL_TRUSTED_MS
            missing = await self._images.missing(tx, job.job_id, trusted_since_ms=trusted_since_ms)
        return missing[0] if missing and at is not None and at.status is JobStatus.WAITING else None

    async def _upload(self, job: Job, image: InputImage) -> None:
        async with self._locks.setdefault(image.sha256, asyncio.Lock()):
            if await self._missing(job) != image:
                return  # another job brought it, or this one ended
            url = await self._provider.upload(self._shelf.path(image.sha256), image.media_type)
            async with self._database.write() as tx:
                await self._images.uploaded(tx, image.sha256, url, self._clock.now_ms())
        _log.info("image brought", extra={"job_id": job.job_id, "image": image.sha256, "bytes": image.size_bytes})

    async def _write_down(self, job: Job, error: NotTaken | ProviderRejected | None) -> None:
        if isinstance(error, NotTaken):
            await self._rest(job, error)
            return
        del self._tries[job.job_id]
        if error is not None:
            changes = Changes(provider_text=error.text)
            await self._transitions.move(job, JobStatus.FAILED, reason=error.reason, changes=changes)

    async def _rest(self, job: Job, error: NotTaken) -> None:
        self._tries[job.job_id] += 1
        until_ms = rest_until_ms(error, tries=self._tries[job.job_id], now_ms=self._clock.now_ms())
        async with self._database.write() as tx:
            begun = await self._provider_pauses.begin_in(tx, error.pause, job.slug, error.reason)
            is_waiting = await self._jobs.rest(tx, job, reason=error.reason, not_before_ms=until_ms)
        self._provider_pauses.announce(begun)
        if not is_waiting:
            del self._tries[job.job_id]
        _log.info("upload tried again later", extra={"job_id": job.job_id, "reason": error.reason})
