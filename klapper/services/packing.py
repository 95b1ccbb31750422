"""What goes into the message: the clip as it came, a copy of it, or nothing but its link."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from klapper.clips.facts import ClipFacts, plays_inline
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.jobs.deliveries import CopyState, DeliveryStore
from klapper.services.copies import Copies
from klapper.services.media_shelf import MediaShelf
from klapper.services.messenger import ClipFile
from klapper.services.upload_limits import UploadLimits
from klapper.services.views import JobView, JobViews

_log = logging.getLogger(__name__)

MOST_COPIES = 3  # of one clip: one for the limit that Discord says, two for what its refusals teach; restarts count

_UNDER_WAY = {CopyState.SMALLER: CopyState.SHRINKING, CopyState.CONVERTED: CopyState.CONVERTING}


@dataclass(frozen=True, slots=True)
class Parcel:
    """What to bring. view: of the job, whose delivery says what `clip` is. clip: None for a link alone."""

    view: JobView
    clip: ClipFile | None
    bytes: int = 0


class Packing:
    """Keeps:

    - what is about to be brought is in the delivery's row before anybody can see it, so that a card tells it truly
      after a restart too;
    - no more than MOST_COPIES are begun for a job, however often the process dies of it.

    begun: called with the id of a job whose card has a copy to announce.
    """

    def __init__(
        self,
        *,
        database: Database,
        deliveries: DeliveryStore,
        views: JobViews,
        shelf: MediaShelf,
        limits: UploadLimits,
        copies: Copies,
        begun: Callable[[str], None],
    ) -> None:
        self._database = database
        self._deliveries = deliveries
        self._views = views
        self._shelf = shelf
        self._limits = limits
        self._copies = copies
        self._begun = begun
        self.copying = 0  # deliveries that wait for their copy now

    async def pack(self, view: JobView, place: int, clip: ClipFacts | None) -> Parcel:
        """For a place as `UploadLimits` knows it. view: with its newest delivery. clip: on disk, None if it is not.

        Raises DeliveryError, and JobConflict when the delivery moved meanwhile.
        """
        if clip is None:
            return await self.link(view)
        limit = await self._limits.of(place)
        fits = clip.bytes <= limit.most_bytes
        whole = self._shelf.path(view.job.job_id)
        if fits and plays_inline(clip):
            return _parcel(await self._carrying(view, CopyState.NONE), whole, clip.bytes)
        copied = CopyState.CONVERTED if fits else CopyState.SMALLER
        path = self._copies.known(view.job.job_id, limit.most_bytes)
        if path is None:
            view, path = await self._copy(view, _UNDER_WAY[copied], limit.copy_bytes)
        if path is not None:
            return _parcel(await self._carrying(view, copied), path, path.stat().st_size)
        view = await self._carrying(view, CopyState.FAILED)
        # A file to load down is better than nothing.
        return _parcel(view, whole, clip.bytes) if fits else Parcel(view, None)

    async def link(self, view: JobView) -> Parcel:
        """The link alone."""
        return Parcel(await self._carrying(view, CopyState.NONE), None)

    async def _copy(self, view: JobView, making: CopyState, aim_bytes: int) -> tuple[JobView, Path | None]:
        """The copy, None when there is no way to one; and the job as it is then."""
        assert view.delivery is not None
        if view.delivery.copy is CopyState.FAILED or view.delivery.copy_tries >= MOST_COPIES:
            return view, None
        job_id = view.job.job_id
        view = await self._carrying(view, making, again=True)
        self.copying += 1
        self._begun(job_id)
        try:
            return view, await self._copies.within(job_id, aim_bytes)
        except DeliveryError as error:
            _log.warning("no copy of a clip", extra={"job_id": job_id, "reason": error.reason, "why": error.sentence})
            return view, None
        finally:
            self.copying -= 1

    async def _carrying(self, view: JobView, copy: CopyState, *, again: bool = False) -> JobView:
        """The job with this in its row. Most clips go as they came, and nothing has to be written."""
        assert view.delivery is not None
        if view.delivery.copy is copy and not again:
            return view
        async with self._database.write() as tx:
            await self._deliveries.carry(tx, view.job.job_id, copy)
        current = await self._views.get(view.job.job_id)
        assert current is not None
        return current


def _parcel(view: JobView, path: Path, size: int) -> Parcel:
    prompt = view.job.job_id if view.request is None else view.request.filled.prompt
    return Parcel(view, ClipFile(path, prompt), size)
