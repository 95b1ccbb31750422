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
from klapper.moderation.policy import Content, Decision, Verdict
from klapper.services.input_shelf import InputShelf

_log = logging.getLogger(__name__)


class RemoteJudge(Protocol):
    """Whoever judges; `klapper.moderation.remote` does over HTTP."""

    async def judge(self, texts: Sequence[str], images: Sequence[ImageFile]) -> Decision | None:
        """What it objects to, None for a yes. Raises CheckUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """What was said about exactly one content. objection: None for a yes; no answer is an objection too."""

    content_hash: str
    objection: Decision | None


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
            objection = without_answer()
        return Checked(content.hash(), objection)

    async def _files(self, content: Content) -> list[ImageFile]:
        async with self._database.read() as tx:
            images = [await self._images.get(tx, sha256) for sha256 in content.images]
        kept = [image for image in images if image is not None]
        if len(kept) < len(images):
            raise CheckUnavailable("image_lost")
        return [ImageFile(image.sha256, self._shelf.path(image.sha256), image.media_type) for image in kept]


def with_check(decision: Decision, content: Content, checked: Checked | None) -> Decision:
    """The decision about a content once a check was asked as well: the stricter of the two.

    checked: what it said, which counts for this content only; None when it was not asked.
    """
    if decision.verdict is Verdict.REFUSED:
        return decision
    if checked is None or checked.content_hash != content.hash():
        return without_answer()
    objection = checked.objection
    if objection is None or objection.verdict is decision.verdict:
        return decision
    return objection


def without_answer() -> Decision:
    """What a request gets that the check did not say yes or no to. A guild that prefers a review says so here."""
    return Decision(
        Verdict.REFUSED,
        "check_unavailable",
        "The automatic check of requests gives no answer at the moment, so nothing was made or charged: ask again in a "
        "moment.",
    )
