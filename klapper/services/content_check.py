"""What a check outside of Klapper says about a request, asked while no transaction is open."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from klapper.database.database import Database
from klapper.errors import CheckUnavailable
from klapper.jobs.images import ImageStore
from klapper.moderation.contextual import ImageFile
from klapper.moderation.policy import Content, Objection, Verdict
from klapper.services.input_shelf import InputShelf

_log = logging.getLogger(__name__)


# What a request gets that the check said neither yes nor no to.
WITHOUT_ANSWER = Objection(
    Verdict.REFUSED,
    "check_unavailable",
    "The automatic check of requests gives no answer at the moment, so nothing was made or charged: ask again in a "
    "moment.",
    is_unsure=True,
)


class RemoteJudge(Protocol):
    """Whoever judges; `klapper.moderation.remote` does over HTTP."""

    async def judge(self, texts: Sequence[str], images: Sequence[ImageFile]) -> Objection | None:
        """What it objects to, None for a yes. Raises CheckUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """What was said about exactly one content. objection: None for a yes; no answer is an objection too."""

    content_hash: str
    objection: Objection | None


class ContentCheck:
    """Keeps: only a yes is a yes, and it is one for the content that was shown, all of its images included."""

    def __init__(self, judge: RemoteJudge, *, database: Database, images: ImageStore, shelf: InputShelf) -> None:
        self._judge = judge
        self._database = database
        self._images = images
        self._shelf = shelf

    async def of(self, content: Content) -> Checked:
        """Ask, which may take seconds: never in a transaction. Raises nothing for a check that does not answer."""
        try:
            objection = await self._judge.judge(content.texts, await self._files(content))
        except CheckUnavailable as error:
            _log.warning("the automatic check gave no answer", extra={"reason": error.reason})
            objection = WITHOUT_ANSWER
        return Checked(content.hash(), objection)

    async def _files(self, content: Content) -> list[ImageFile]:
        async with self._database.read() as tx:
            images = [await self._images.get(tx, sha256) for sha256 in content.images]
        kept = [image for image in images if image is not None]
        if len(kept) < len(images):
            raise CheckUnavailable("image_lost")
        return [ImageFile(image.sha256, self._shelf.path(image.sha256), image.media_type) for image in kept]


def found_by(content: Content, checked: Checked | None) -> tuple[Objection, ...]:
    """What the check has against a content. checked: what it said, which counts for the content it was shown only."""
    if checked is None or checked.content_hash != content.hash():
        return (WITHOUT_ANSWER,)
    return () if checked.objection is None else (checked.objection,)
