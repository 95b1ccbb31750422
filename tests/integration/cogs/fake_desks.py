"""Drafts, attachments and members' choices, in memory; they go with the services of `fakes`."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from klapper.choices.choices import MemberChoices, Notify
from klapper.drafts.draft import Draft, DraftKind, DraftState
from klapper.errors import RequestRefused
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.picture import InputImage
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.moderation.rules import Place
from klapper.services.desk import Viewer
from klapper.services.drafts import Author, Change, DraftView
from klapper.services.image_blocks import BlockedLine, BlockedNow
from klapper.services.intake import Attached
from klapper.services.privacy import Export, Kept, KnownAgain
from klapper.services.quoting import Priced
from klapper.services.recovery import Recovered, StillThere
from klapper.services.refusals import draft_changed, no_clip, no_such_draft, nothing_kept
from klapper.services.submission import Ask
from tests.integration.cogs.fakes import FakeJobs
from tests.integration.cogs.house import NOW_MS, House


def picture_hash(file_name: str) -> str:
    """The hash under which a file is taken; equal names are equal pictures."""
    return hashlib.sha256(file_name.encode()).hexdigest()


class FakeIntake:
    """Takes every attachment as a picture of 640 x 360 pixels, after `gate`; refuses with `error`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.taken: list[Attached] = []
        self.error: Exception | None = None
        self.gate: Callable[[], Awaitable[object]] | None = None

    async def take(self, attached: Attached, user_id: int) -> InputImage:
        self.taken.append(attached)
        if self.gate is not None:
            await self.gate()
        if self.error is not None:
            raise self.error
        sha256 = picture_hash(attached.file_name)
        image = InputImage(sha256, "image/png", 640, 360, attached.size_bytes)
        self._house.images[sha256] = image
        return image

    async def take_all(self, pending: Sequence[Attached], user_id: int) -> dict[str, InputImage]:
        return {attached.key: await self.take(attached, user_id) for attached in pending}


class FakeImageBlocks:
    """Blocks every image once."""

    def __init__(self) -> None:
        self.blocked: set[tuple[int, str]] = set()

    async def block(self, guild_id: int, user_id: int, images: Sequence[InputImage], *, note: str = "") -> BlockedNow:
        fresh = {(guild_id, image.sha256) for image in images} - self.blocked
        self.blocked |= fresh
        return BlockedNow(added=len(fresh), known=len(images) - len(fresh))

    async def listed(self, guild_id: int) -> list[BlockedLine]:
        return [BlockedLine(number, 1, NOW_MS, "") for number, _ in enumerate(sorted(self.blocked), start=1)]

    async def unblock_line(self, guild_id: int, user_id: int, block_id: int) -> bool:
        return bool(self.blocked)

    async def unblock_alike(self, guild_id: int, user_id: int, images: Sequence[InputImage]) -> int:
        gone = {(guild_id, image.sha256) for image in images} & self.blocked
        self.blocked -= gone
        return len(gone)


class FakeDrafts:
    """Prices a draft as the house prices its jobs, after `gate`; a draft never expires by itself."""

    def __init__(self, house: House, jobs: FakeJobs) -> None:
        self._house = house
        self._jobs = jobs
        self.gate: Callable[[], Awaitable[object]] | None = None

    async def storyboard(self, author: Author) -> DraftView:
        await self._wait()
        return self._view(self._house.begin(DraftKind.STORYBOARD, author, VideoRequest(prompt="")))

    async def animate(self, author: Author, image: InputImage) -> DraftView:
        request = VideoRequest(prompt="", start_image=image.sha256)
        return self._view(self._house.begin(DraftKind.PANEL, author, request))

    async def edit(self, job_id: str, viewer: Viewer, channel_id: int, place: Place) -> DraftView:
        view = await self._jobs.show(job_id, replace(viewer, is_moderator=False))
        assert view.request is not None
        author = Author(view.job.guild_id, channel_id, viewer.user_id)
        draft = self._house.begin(DraftKind.PANEL, author, view.request.asked, parent_job_id=job_id)
        return self._view(draft)

    async def show(self, draft_id: str, author: Author) -> DraftView:
        await self._wait()
        return self._view(self._find(draft_id, author))

    async def renew(self, draft_id: str, author: Author) -> DraftView:
        old = self._find(draft_id, author)
        return self._view(self._house.begin(DraftKind.PANEL, author, old.request, parent_job_id=old.parent_job_id))

    async def change(self, draft_id: str, author: Author, change: Change, *, revision: int | None = None) -> DraftView:
        draft = self._find(draft_id, author)
        if draft.is_live(NOW_MS):
            if revision not in (None, draft.revision):
                raise draft_changed()
            self._house.drafts[draft_id] = draft = replace(change(draft), revision=draft.revision + 1)
        return self._view(draft)

    async def discard(self, draft_id: str, author: Author) -> DraftView:
        discarded = replace(self._find(draft_id, author), state=DraftState.DISCARDED)
        self._house.drafts[draft_id] = discarded
        return self._view(discarded)

    async def ask(self, draft_id: str, author: Author, interaction_id: int, *, revision: int) -> Ask:
        draft = self._find(draft_id, author)
        return Ask(
            interaction_id,
            draft.guild_id,
            draft.channel_id,
            draft.user_id,
            draft.request,
            author.place,
            draft.deliver_to,
            draft.spoiler,
            draft.parent_job_id,
            draft_id,
            revision,
        )

    async def _wait(self) -> None:
        if self.gate is not None:
            await self.gate()

    def _find(self, draft_id: str, author: Author) -> Draft:
        draft = self._house.drafts.get(draft_id)
        if draft is None or (draft.guild_id, draft.user_id) != (author.guild_id or draft.guild_id, author.user_id):
            raise no_such_draft()
        return draft

    def _view(self, draft: Draft) -> DraftView:
        jobs = self._house.jobs
        try:
            resolved = resolve(draft.request, CATALOGUE)
            priced, refusal = Priced(resolved, quote(resolved, Tariff(PRICES)), self._house.quota), None
        except RequestRefused as error:
            priced, refusal = None, error
        return DraftView(
            draft=draft,
            meant=draft.request,
            model=CATALOGUE.choose(draft.request),
            priced=priced,
            refusal=refusal,
            untaken=(),
            images={image: known for image in draft.request.images() if (known := self._house.images.get(image))},
            repeats=None if draft.repeat_of is None else jobs[draft.repeat_of].job,
            reviewed=None,
            became=next((view.job for view in jobs.values() if view.job.draft_id == draft.draft_id), None),
            is_live=draft.is_live(NOW_MS),
        )


class FakePreferences:
    def __init__(self, house: House) -> None:
        self._house = house

    async def of(self, guild_id: int, user_id: int) -> MemberChoices:
        return self._house.choices.get((guild_id, user_id), MemberChoices())

    async def notify(self, guild_id: int, user_id: int, notify: Notify) -> MemberChoices:
        return await self._choose(guild_id, user_id, notify=notify)

    async def defaults(
        self, guild_id: int, user_id: int, *, model: str | None, aspect_ratio: str | None, mode: str | None
    ) -> MemberChoices:
        return await self._choose(guild_id, user_id, model=model, aspect_ratio=aspect_ratio, mode=mode)

    async def _choose(self, guild_id: int, user_id: int, **chosen: Any) -> MemberChoices:
        choices = replace(await self.of(guild_id, user_id), **chosen)
        self._house.choices[guild_id, user_id] = choices
        return choices


class FakePrivacy:
    """Keeps nothing about anybody."""

    async def export(self, guild_id: int, user_id: int, place: Place, *, limit_bytes: int) -> Export:
        return Export(b"{}")

    async def kept(self, guild_id: int, user_id: int) -> Kept:
        raise nothing_kept()

    async def delete(self, guild_id: int, user_id: int, *, dm_channel_id: int | None) -> KnownAgain:
        return KnownAgain()


class FakeRecovery:
    """Answers with what the test put into `found`, after `gate`."""

    def __init__(self, jobs: FakeJobs) -> None:
        self._jobs = jobs
        self.found: Recovered | StillThere | None = None
        self.gate: Callable[[], Awaitable[object]] | None = None
        self.limits: list[int] = []
        self.handed: list[str] = []

    async def recover(self, job_id: str, viewer: Viewer, *, limit_bytes: int) -> Recovered | StillThere:
        view = await self._jobs.show(job_id, viewer)
        self.limits.append(limit_bytes)
        if self.gate is not None:
            await self.gate()
        if self.found is None:
            raise no_clip(view.job)
        return replace(self.found, view=view)

    async def handed_over(self, job_id: str, viewer: Viewer) -> None:
        self.handed.append(job_id)
