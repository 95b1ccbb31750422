"""Input images in the database: which there are, who needs them, and where Segmind has them."""

from __future__ import annotations

from collections.abc import Iterable

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.kling.picture import InputImage


class ImageStore:
    """Keeps: an image that an unfinished job names is never dropped."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.jobs")

    async def add(self, tx: Writer, image: InputImage, now_ms: int) -> None:
        """The image is on disk; one that is known already counts as used anew."""
        await tx.execute(
            self._sql["add_image"],
            sha256=image.sha256,
            media_type=image.media_type,
            width=image.width,
            height=image.height,
            size_bytes=image.size_bytes,
            now_ms=now_ms,
        )

    async def get(self, tx: Reader, sha256: str) -> InputImage | None:
        """An image, None when it is not kept (any more)."""
        row = await tx.one(self._sql["image"], sha256=sha256)
        return None if row is None else _image(row)

    async def use(self, tx: Writer, job_id: str, hashes: Iterable[str], now_ms: int) -> None:
        """The job is made from these images."""
        for sha256 in hashes:
            await tx.execute(self._sql["use_image"], job_id=job_id, sha256=sha256)
            await self.touch(tx, sha256, now_ms)

    async def touch(self, tx: Writer, sha256: str, now_ms: int) -> None:
        """Somebody thinks about asking for something with it."""
        await tx.execute(self._sql["touch_image"], sha256=sha256, now_ms=now_ms)

    async def urls(self, tx: Reader, job_id: str) -> dict[str, str]:
        """Segmind's URL of each of the job's images that was uploaded."""
        return {row["sha256"]: row["url"] for row in await tx.all(self._sql["image_urls"], job_id=job_id)}

    async def missing(self, tx: Reader, job_id: str) -> list[InputImage]:
        """The job's images that were not uploaded yet."""
        return [_image(row) for row in await tx.all(self._sql["images_to_upload"], job_id=job_id)]

    async def uploaded(self, tx: Writer, sha256: str, url: str, now_ms: int) -> None:
        """Segmind has it here."""
        await tx.execute(self._sql["image_uploaded"], sha256=sha256, url=url, now_ms=now_ms)

    async def unused(self, tx: Reader, *, used_before_ms: int) -> list[str]:
        """Images that no unfinished job needs and nobody used since."""
        rows = await tx.all(self._sql["unused_images"], used_before_ms=used_before_ms)
        return [row["sha256"] for row in rows]

    async def drop(self, tx: Writer, sha256: str) -> None:
        """It is not kept any more, unless an unfinished job needs it."""
        await tx.execute(self._sql["drop_image"], sha256=sha256)


def _image(row: Row) -> InputImage:
    return InputImage(row["sha256"], row["media_type"], row["width"], row["height"], row["size_bytes"])
