"""What nobody needs any more goes: old clips and input images, files of downloads that broke off, expired drafts."""

from __future__ import annotations

import asyncio
import logging

from klapper.clock import DAY_MS, HOUR_MS, SECOND_MS, Clock
from klapper.database.database import Database
from klapper.drafts.store import DraftStore
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.images import ImageStore
from klapper.services.input_shelf import InputShelf
from klapper.services.media_shelf import MediaShelf

_log = logging.getLogger(__name__)

SWEEP_EVERY_S = HOUR_MS / SECOND_MS
DRAFTS_KEPT_MS = DAY_MS  # after they expired, so that a late press can be told what became of it


class Housekeeping:
    """Keeps: nothing goes that an unfinished job or delivery needs; a sweep that fails keeps no other from its work."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        deliveries: DeliveryStore,
        images: ImageStore,
        drafts: DraftStore,
        clips: MediaShelf,
        inputs: InputShelf,
    ) -> None:
        self._database = database
        self._clock = clock
        self._deliveries = deliveries
        self._images = images
        self._drafts = drafts
        self._clips = clips
        self._inputs = inputs
        self._is_first_sweep = True

    async def run(self) -> None:
        """Sweep now, then every hour, for ever."""
        sweeps = {
            "incoming": self._sweep_incoming,
            "clips": self._sweep_clips,
            "inputs": self._sweep_inputs,
            "drafts": self._sweep_drafts,
        }
        while True:
            for name, sweep in sweeps.items():
                try:
                    await sweep()
                except Exception:
                    _log.exception("housekeeping failed", extra={"sweep": name})
            await self._clock.sleep(SWEEP_EVERY_S)

    async def _sweep_incoming(self) -> None:
        """What an earlier process left half done; later there may be downloads under way."""
        is_first, self._is_first_sweep = self._is_first_sweep, False
        if is_first:
            await asyncio.to_thread(self._inputs.clear_incoming)

    async def _sweep_clips(self) -> None:
        async with self._database.read() as tx:
            needed = await self._deliveries.needed_on_disk(tx, kept_since_ms=self._clips.kept_since_ms())
        await asyncio.to_thread(self._clips.sweep, needed)

    async def _sweep_inputs(self) -> None:
        kept_since_ms = self._clips.kept_since_ms()
        old_files = await asyncio.to_thread(self._inputs.older_than, kept_since_ms)
        async with self._database.write() as tx:
            for sha256 in await self._images.unused(tx, used_before_ms=kept_since_ms):
                # The file first: a row without a file is swept again.
                await asyncio.to_thread(self._inputs.remove, sha256)
                await self._images.drop(tx, sha256)
            for sha256 in old_files:
                if await self._images.get(tx, sha256) is None:  # a crash between the file and its row
                    await asyncio.to_thread(self._inputs.remove, sha256)

    async def _sweep_drafts(self) -> None:
        async with self._database.write() as tx:
            await self._drafts.purge(tx, expired_before_ms=self._clock.now_ms() - DRAFTS_KEPT_MS)
