"""How members' attachments become stored images: fetched, checked, normalised, and kept by their hash."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from weakref import WeakValueDictionary

from klapper.clock import Clock
from klapper.database.database import Database
from klapper.errors import KlapperError, RequestRefused
from klapper.images.checks import MOST_READ_BYTES, check_size, too_large
from klapper.images.process import ImageProcesses
from klapper.jobs.images import ImageStore
from klapper.kling.picture import InputImage
from klapper.services.input_shelf import InputShelf

TAKES_AT_ONCE = 8  # downloads, and so many attachments of up to 50 MB on disk
TAKES_PER_MEMBER = 2  # of these: whoever attaches twelve images leaves places for others
LEAST_FREE_BYTES = 1024**3  # on the disk of the images; the books are written to the same one, as a rule

Normalise = Callable[[Path, Path, str, str], Awaitable[InputImage]]
"""source, directory, option, file name -> what was written to directory/<sha256>; see `klapper.images.process`."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that a member attached. name: of the option it is for. file_name, size_bytes: as Discord says."""

    name: str
    url: str
    file_name: str
    size_bytes: int

    @property
    def key(self) -> str:
        """What stands for the image in a request until its bytes were seen; shaped like a hash of them."""
        return hashlib.sha256(f"attached:{self.url}".encode()).hexdigest()


class AttachmentError(KlapperError):
    """An attachment could not be fetched.

    reason: too_large | gone | address | try_later.
    """

    def __init__(self, reason: Literal["too_large", "gone", "address", "try_later"], sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class AttachmentSource(Protocol):
    """Where attachments are."""

    async def fetch(self, url: str, to_path: Path, *, most_bytes: int) -> None:
        """Write the attachment to a file, whole. Raises AttachmentError; what is there then means nothing."""
        ...


class ImageIntake:
    """Keeps: an image that was taken is on disk and has its row, whichever of the two was there before.

    At most eight attachments are under way at a time, two of one member's, in files and not in memory; a cancelled
    take leaves none. free_bytes: on the disk of a path.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        images: ImageStore,
        shelf: InputShelf,
        source: AttachmentSource,
        normalise: Normalise | None = None,
        free_bytes: Callable[[Path], int] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._images = images
        self._shelf = shelf
        self._source = source
        self._normalise = normalise or ImageProcesses().normalise
        self._free_bytes = free_bytes or _free_bytes
        self._places = _Places()

    async def take_all(self, pending: Sequence[Attached], user_id: int) -> dict[str, InputImage]:
        """Every image by its attachment's key. Raises RequestRefused for the first that is refused, and names it."""
        takes = {attached.key: asyncio.create_task(self.take(attached, user_id)) for attached in _unique(pending)}
        try:
            return {key: await take for key, take in takes.items()}
        finally:
            for take in takes.values():
                take.cancel()
            await asyncio.gather(*takes.values(), return_exceptions=True)

    async def take(self, attached: Attached, user_id: int) -> InputImage:
        """The attachment as a stored image. Raises RequestRefused with a code `image_...`.

        user_id: who attached it.
        """
        check_size(attached.size_bytes, attached.name)
        async with self._places.one(user_id):
            try:
                return await self._store(attached)
            except OSError as error:
                _log.exception("an image could not be stored")
                raise _not_stored(attached.name) from error

    async def _store(self, attached: Attached) -> InputImage:
        with self._shelf.incoming() as file:
            self._refuse_full_disk(file.parent, attached.name)
            await self._fetch(attached, file)
            image = await self._normalise(file, file.parent, attached.name, attached.file_name)
            async with self._database.write() as tx:
                await self._images.add(tx, image, self._clock.now_ms())
                await asyncio.to_thread(self._shelf.keep, file.with_name(image.sha256), image.sha256)
        return image

    def _refuse_full_disk(self, folder: Path, name: str) -> None:
        free_bytes = self._free_bytes(folder)
        if free_bytes < LEAST_FREE_BYTES:
            _log.warning("an image was not taken: the disk is nearly full", extra={"free_bytes": free_bytes})
            raise _not_stored(name)

    async def _fetch(self, attached: Attached, file: Path) -> None:
        try:
            await self._source.fetch(attached.url, file, most_bytes=MOST_READ_BYTES)
        except AttachmentError as error:
            _log.info("attachment not fetched: %s", error.sentence, extra={"reason": error.reason})
            raise too_large(attached.name) if error.reason == "too_large" else _not_loaded(attached.name) from error


class _Places:
    """So many in all, and so many of one member's."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(TAKES_AT_ONCE)
        # Each lives as long as somebody holds it or waits for it.
        self._of_member: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def one(self, user_id: int) -> AsyncIterator[None]:
        own = self._of_member.setdefault(user_id, asyncio.Semaphore(TAKES_PER_MEMBER))
        async with own, self._all:  # in this order: who waits for their own place keeps none from others
            yield


def _free_bytes(path: Path) -> int:
    return shutil.disk_usage(path).free


def _unique(pending: Sequence[Attached]) -> list[Attached]:
    return list({attached.key: attached for attached in reversed(pending)}.values())[::-1]


def _not_loaded(name: str) -> RequestRefused:
    return RequestRefused(
        "image_not_loaded",
        f"{name} could not be fetched from Discord: attach it again in a moment, nothing was charged.",
    )


def _not_stored(name: str) -> RequestRefused:
    return RequestRefused(
        "image_not_stored",
        f"{name} cannot be stored at the moment, and nothing was charged: try again later, or tell whoever runs this "
        "bot.",
    )
