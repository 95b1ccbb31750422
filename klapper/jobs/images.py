"""Input images in the database: which there are, who needs them, and where Segmind has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from klapper.clock import DAY_MS
from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.kling.picture import InputImage

# Segmind calls the URLs of its storage persistent, but names the host whose files it deletes after seven days.
# Segmind docs: Segmind Storage; Async Inference.
URL_TRUSTED_MS = 6 * DAY_MS


@dataclass(frozen=True, slots=True)
class Unused:
    """Which images nobody needs: last used before these moments, by whether a job was ever made from them."""

    of_jobs_before_ms: int
    of_no_job_before_ms: int


class ImageStore:
    """Keeps: an image that an unfinished job names is never dropped."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.jobs")

    async def add(self, tx: Writer, image: InputImage, now_ms: int) -> None:
        """The image is on disk; one that is known already counts as used anew, and gets its likeness if it had none."""
        await tx.execute(
            self._sql["add_image"],
            sha256=image.sha256,
            media_type=image.media_type,
            width=image.width,
            height=image.height,
            size_bytes=image.size_bytes,
            likeness=image.likeness,
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
        """Segmind's URL of each of the job's images that was uploaded.

        To be trusted in the transaction that found the job ready: asked by a clock of its own, a URL that grew too old
        between the two would fail the job.
        """
        return {row["sha256"]: row["url"] for row in await tx.all(self._sql["image_urls"], job_id=job_id)}

    async def missing(self, tx: Reader, job_id: str, *, trusted_since_ms: int) -> list[InputImage]:
        """The job's images that were not uploaded since."""
        rows = await tx.all(self._sql["images_to_upload"], job_id=job_id, trusted_since_ms=trusted_since_ms)
        return [_image(row) for row in rows]

    async def uploaded(self, tx: Writer, sha256: str, url: str, now_ms: int) -> None:
        """Segmind has it here."""
        await tx.execute(self._sql["image_uploaded"], sha256=sha256, url=url, now_ms=now_ms)

    async def forget_urls(self, tx: Writer, *, trusted_since_ms: int, images: int) -> int:
        """So many images at most that were not uploaded since are no longer at Segmind; how many there were."""
        return await tx.execute(self._sql["forget_image_urls"], trusted_since_ms=trusted_since_ms, images=images)

    async def known(self, tx: Reader) -> set[str]:
        """Every image that is kept."""
        return {row["sha256"] for row in await tx.all(self._sql["images"])}

    async def unused(self, tx: Reader, unused: Unused) -> list[str]:
        """Images that may be dropped."""
        return [row["sha256"] for row in await tx.all(self._sql["unused_images"], **asdict(unused))]

    async def drop(self, tx: Writer, sha256: str, unused: Unused) -> bool:
        """It is not kept any more; False when somebody used it meanwhile, or an unfinished job needs it."""
        return bool(await tx.execute(self._sql["drop_image"], sha256=sha256, **asdict(unused)))


def _image(row: Row) -> InputImage:
    return InputImage(row["sha256"], row["media_type"], row["width"], row["height"], row["size_bytes"], row["likeness"])
