"""The images of a draft's form: each is taken or refused for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import discord

from cogs.attachments import attached
from cogs.draft_edits import Images
from cogs.ports import Intake, Submission
from klapper.errors import RequestRefused
from klapper.kling.picture import InputImage
from klapper.messages import draft_form_texts, text
from klapper.moderation.rules import Place
from klapper.services.intake import Attached

COMPLAINT_CHARS = 1_500  # a message takes 2,000

Files = Mapping[str, tuple[discord.Attachment, ...]]


@dataclass(frozen=True, slots=True)
class Uploads:
    """images: by input, those that were taken. refusals: of the others. refused: inputs that stay as they were."""

    images: Images
    refusals: tuple[RequestRefused, ...] = ()
    refused: frozenset[str] = frozenset()

    @property
    def complaint(self) -> RequestRefused | None:
        """All refusals as one; None without any."""
        if not self.refusals:
            return None
        sentences = dict.fromkeys(refusal.sentence for refusal in self.refusals)
        return RequestRefused(self.refusals[0].code, text.cut(" ".join(sentences), COMPLAINT_CHARS))


class DraftUploads:
    """Keeps: one bad image costs nobody the good ones beside it."""

    def __init__(self, *, submission: Submission, intake: Intake) -> None:
        self._submission = submission
        self._intake = intake

    async def take(self, files: Files, *, guild_id: int, user_id: int, place: Place) -> Uploads:
        """The images by input. An input whose first image is refused is left out: the others lean on it.

        Raises RequestRefused when the member may begin nothing at the moment.
        """
        checked = {name: [*_checked(draft_form_texts.uploaded(name), given)] for name, given in files.items()}
        pending = [one for ones in checked.values() for one in ones if isinstance(one, Attached)]
        if pending:
            await self._submission.may_begin(guild_id, user_id, place)
        outcomes = await self._take_all(pending, user_id)
        return _uploads(
            {
                name: [outcomes[one.key] if isinstance(one, Attached) else one for one in ones]
                for name, ones in checked.items()
            }
        )

    async def _take_all(self, pending: Sequence[Attached], user_id: int) -> dict[str, InputImage | RequestRefused]:
        takes = {one.key: asyncio.create_task(self._take(one, user_id)) for one in {p.key: p for p in pending}.values()}
        try:
            return {key: await take for key, take in takes.items()}
        finally:
            for take in takes.values():
                take.cancel()
            await asyncio.gather(*takes.values(), return_exceptions=True)

    async def _take(self, one: Attached, user_id: int) -> InputImage | RequestRefused:
        try:
            return await self._intake.take(one, user_id)
        except RequestRefused as refusal:
            return refusal


def _checked(name: str, files: Sequence[discord.Attachment]) -> Iterator[Attached | RequestRefused]:
    for number, file in enumerate(files, start=1):
        try:
            yield attached(name if len(files) == 1 else f"{name}, image {number},", file)
        except RequestRefused as refusal:
            yield refusal


def _uploads(outcomes: Mapping[str, Sequence[InputImage | RequestRefused]]) -> Uploads:
    refused = frozenset(name for name, ones in outcomes.items() if ones and isinstance(ones[0], RequestRefused))
    return Uploads(
        images={
            name: tuple(one.sha256 for one in ones if isinstance(one, InputImage))
            for name, ones in outcomes.items()
            if name not in refused
        },
        refusals=tuple(one for ones in outcomes.values() for one in ones if isinstance(one, RequestRefused)),
        refused=refused,
    )
