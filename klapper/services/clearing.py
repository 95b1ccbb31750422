"""Files that nobody needs any more go, each together with what the database says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from klapper.database.database import Database, Reader
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.images import ImageStore, Unused
from klapper.moderation.cases import CaseStore
from klapper.services.input_shelf import InputShelf
from klapper.services.media_shelf import MediaShelf

IMAGES_AT_ONCE = 50  # in one transaction: a member's request waits for it


class Clearing:
    """Keeps: nothing goes that an unfinished job or delivery, or a report that is not settled, needs."""

    def __init__(
        self,
        *,
        database: Database,
        deliveries: DeliveryStore,
        images: ImageStore,
        cases: CaseStore,
        clips: MediaShelf,
        inputs: InputShelf,
    ) -> None:
        self._database = database
        self._deliveries = deliveries
        self._images = images
        self._cases = cases
        self._clips = clips
        self._inputs = inputs

    async def needed_clips(self) -> set[str]:
        """Ids of the jobs whose clip stays, however old it is."""
        async with self._database.read() as tx:
            return await self._needed(tx)

    async def clips_of_deleted(self) -> None:
        """Clips of jobs that somebody deleted, which a report or a crash has kept here."""
        here = await asyncio.to_thread(self._clips.job_ids)
        async with self._database.read() as tx:
            deleted = await self._deliveries.removed(tx, here) - await self._needed(tx)
        for job_id in deleted:
            await asyncio.to_thread(self._clips.remove, job_id)

    async def images(self, unused: Unused) -> None:
        """Images that nobody used since, with their rows."""
        async with self._database.read() as tx:
            found = await self._images.unused(tx, unused)
        for some in batches(found):
            async with self._database.write() as tx:
                # Asked again, image by image: somebody may have used it meanwhile.
                dropped = [sha256 for sha256 in some if await self._images.drop(tx, sha256, unused)]
                # Before the commit: a row without a file is swept again.
                await asyncio.to_thread(self.remove_images, dropped)

    async def _needed(self, tx: Reader) -> set[str]:
        needed = set(await self._deliveries.needed_on_disk(tx, kept_since_ms=self._clips.kept_since_ms()))
        # Moderators have to see what they decide about, also when its requester has deleted it.
        return needed | {case.job_id for case in await self._cases.open_reports(tx)}

    def remove_images(self, hashes: Iterable[str]) -> None:
        """The files alone."""
        for sha256 in hashes:
            self._inputs.remove(sha256)


def batches(hashes: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many as one transaction may take."""
    return (hashes[start : start + IMAGES_AT_ONCE] for start in range(0, len(hashes), IMAGES_AT_ONCE))
