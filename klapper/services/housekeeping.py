"""What nobody needs any more goes: old clips and input images, files of downloads that broke off, expired drafts,
refused requests that can be appealed no longer, and what people wrote to moderators long ago.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from klapper.clock import DAY_MS, HOUR_MS, SECOND_MS, Clock
from klapper.database.database import Database
from klapper.drafts.store import DraftStore
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.images import URL_TRUSTED_MS, ImageStore, Unused
from klapper.moderation.cases import CaseStore
from klapper.moderation.kept_words import KeptWords
from klapper.moderation.refused import APPEALABLE_MS
from klapper.services.clearing import IMAGES_AT_ONCE, Clearing, batches
from klapper.services.input_shelf import InputShelf
from klapper.services.media_shelf import MediaShelf

_log = logging.getLogger(__name__)

SWEEP_EVERY_S = HOUR_MS / SECOND_MS
DRAFTS_KEPT_MS = DAY_MS  # after they expired, so that a late press can be told what became of it
IMAGES_UNUSED_MS = HOUR_MS  # that no job was made from; a draft lives shorter, and its last change uses its images
WORDS_AT_ONCE = 50  # rows in one transaction: a member's request waits for it
NO_MORE: Mapping[str, Callable[[], Awaitable[None]]] = MappingProxyType({})


class Housekeeping:
    """Keeps:

    - nothing goes that an unfinished job or delivery, or a report that is not settled, needs;
    - a sweep that fails keeps no other from its work;
    - however much there is to sweep, a write of somebody else waits for no more than IMAGES_AT_ONCE images, or the
      words of WORDS_AT_ONCE rows.

    words_days: how long words are kept; 0: for ever. more: other sweeps, by name.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        deliveries: DeliveryStore,
        images: ImageStore,
        drafts: DraftStore,
        words: KeptWords,
        words_days: int,
        cases: CaseStore,
        clips: MediaShelf,
        inputs: InputShelf,
        more: Mapping[str, Callable[[], Awaitable[None]]] = NO_MORE,
    ) -> None:
        self._database = database
        self._clock = clock
        self._images = images
        self._drafts = drafts
        self._words = words
        self._words_days = words_days
        self._clips = clips
        self._inputs = inputs
        self._more = more
        self._clearing = Clearing(
            database=database, deliveries=deliveries, images=images, cases=cases, clips=clips, inputs=inputs
        )
        self._is_first_sweep = True

    async def run(self) -> None:
        """Sweep now, then every hour, for ever."""
        sweeps = {
            "incoming": self._sweep_incoming,
            "clips": self._sweep_clips,
            "urls": self._sweep_urls,
            "inputs": self._sweep_inputs,
            "strays": self._sweep_strays,
            "drafts": self._sweep_drafts,
            "refused": self._sweep_refused,
            "words": self._sweep_words,
            **self._more,
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
        """Old ones, and those of deleted jobs."""
        needed = await self._clearing.needed_clips()
        await asyncio.to_thread(self._clips.sweep, needed)
        await self._clearing.clips_of_deleted()

    async def _sweep_urls(self) -> None:
        """What Segmind may have deleted."""
        trusted_since_ms, forgotten = self._clock.now_ms() - URL_TRUSTED_MS, IMAGES_AT_ONCE
        while forgotten == IMAGES_AT_ONCE:
            async with self._database.write() as tx:
                forgotten = await self._images.forget_urls(tx, trusted_since_ms=trusted_since_ms, images=IMAGES_AT_ONCE)

    async def _sweep_inputs(self) -> None:
        await self._clearing.images(Unused(self._clips.kept_since_ms(), self._clock.now_ms() - IMAGES_UNUSED_MS))

    async def _sweep_strays(self) -> None:
        """Files without a row, from a crash between the two."""
        old_files = await asyncio.to_thread(self._inputs.older_than, self._clips.kept_since_ms())
        async with self._database.read() as tx:
            known = await self._images.known(tx)
        for some in batches([sha256 for sha256 in old_files if sha256 not in known]):
            async with self._database.write() as tx:
                strays = [sha256 for sha256 in some if await self._images.get(tx, sha256) is None]
                await asyncio.to_thread(self._clearing.remove_images, strays)

    async def _sweep_drafts(self) -> None:
        """At once: those of an hour are few, and one statement."""
        async with self._database.write() as tx:
            await self._drafts.purge(tx, expired_before_ms=self._clock.now_ms() - DRAFTS_KEPT_MS)

    async def _sweep_refused(self) -> None:
        await self._forget(self._words.forget_refused, before_ms=self._clock.now_ms() - APPEALABLE_MS)

    async def _sweep_words(self) -> None:
        if not self._words_days:
            return
        before_ms = self._clock.now_ms() - self._words_days * DAY_MS
        words = self._words
        for forget in (words.forget_of_entries, words.forget_of_cases, words.forget_of_reports):
            await self._forget(forget, before_ms=before_ms)

    async def _forget(self, forget: Callable[..., Awaitable[int]], *, before_ms: int) -> None:
        forgotten = WORDS_AT_ONCE
        while forgotten >= WORDS_AT_ONCE:
            async with self._database.write() as tx:
                forgotten = await forget(tx, before_ms=before_ms, rows=WORDS_AT_ONCE)
