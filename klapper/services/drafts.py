"""Drafts as their authors see them: begun, changed, priced live, let go or thrown away. Nothing is held for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.drafts.draft import KEPT_MS, Draft, DraftKind, DraftState, Why, new_draft_id
from klapper.drafts.store import DraftStore
from klapper.errors import RequestRefused
from klapper.jobs.images import ImageStore
from klapper.jobs.job import DeliverTo, Job, JobStatus
from klapper.jobs.store import JobStore
from klapper.kling.editing import untaken
from klapper.kling.model import Catalogue, Model
from klapper.kling.picture import InputImage
from klapper.kling.request import VideoRequest
from klapper.moderation.rules import NOWHERE, Place
from klapper.services import refusals
from klapper.services.desk import JobDesk, Viewer
from klapper.services.quoting import Priced, Quoting
from klapper.services.replacing import Replacing, Reviewed
from klapper.services.submission import Ask

Change = Callable[[Draft], Draft]


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes a draft, and where its job's card will be. place: the same place, and as who they write there."""

    guild_id: int
    channel_id: int
    user_id: int
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class DraftView:
    """A snapshot of a draft. Its rendering depends on nothing else.

    meant: its request with what its author's own defaults and its first image add. model: the one it is for, None when
    it names one that is no longer offered. priced: None while it cannot be made, and refusal says why. untaken:
    attributes that are set although the model does not take them. images: what is known of each image that is still
    kept, by hash. repeats: the job that it would repeat. reviewed: the one in review that it changes, or was to change
    when that was decided. became: the job that it became. is_live: whether it can still be changed and let go.
    """

    draft: Draft
    meant: VideoRequest
    model: Model | None
    priced: Priced | None
    refusal: RequestRefused | None
    untaken: tuple[str, ...]
    images: dict[str, InputImage]
    repeats: Job | None
    reviewed: Reviewed | None
    became: Job | None
    is_live: bool


class DraftDesk:
    """Keeps: a draft is found by its id and its author, in its guild or a direct message; nobody else learns of it."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        quoting: Quoting,
        drafts: DraftStore,
        jobs: JobStore,
        replacing: Replacing,
        images: ImageStore,
        desk: JobDesk,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._quoting = quoting
        self._drafts = drafts
        self._jobs = jobs
        self._replacing = replacing
        self._images = images
        self._desk = desk

    # Beginning one

    async def storyboard(self, author: Author) -> DraftView:
        """An empty one that begins with its shots, for a model that takes some: its author's own if it does."""
        empty = VideoRequest(prompt="")
        async with self._database.read() as tx:
            meant = await self._quoting.meant(tx, empty, guild_id=author.guild_id, user_id=author.user_id)
        if self._catalogue.choose(meant).field("shots") is None:
            takers = self._catalogue.takers("shots", with_image=False)
            empty = replace(empty, model=takers[0].family.key)
        return await self._begin(author, DraftKind.STORYBOARD, empty)

    async def animate(self, author: Author, image: InputImage) -> DraftView:
        """One whose first image is this."""
        return await self._begin(author, DraftKind.PANEL, VideoRequest(prompt="", start_image=image.sha256))

    async def edit(self, job_id: str, viewer: Viewer, channel_id: int, place: Place = NOWHERE) -> DraftView:
        """One that begins as a job of the author's was made, and takes its place while that is in review.

        Raises RequestRefused (`no_such_job`, `unknown_model`).
        """
        job, request = await self._desk.as_made(job_id, viewer)
        author = Author(job.guild_id, channel_id, viewer.user_id, place)
        return await self._begin(
            author,
            DraftKind.PANEL,
            request,
            deliver_to=job.deliver_to,
            spoiler=job.spoiler,
            parent_job_id=job_id,
            replaces=job_id if job.status is JobStatus.IN_REVIEW else None,
        )

    # Working with one

    async def show(self, draft_id: str, author: Author) -> DraftView:
        """A draft as it is now, over or not. Raises RequestRefused (`no_such_draft`)."""
        async with self._database.read() as tx:
            return await self._view(tx, await self._find(tx, draft_id, author), author.place)

    async def change(self, draft_id: str, author: Author, change: Change, *, revision: int | None = None) -> DraftView:
        """Apply a change, which then counts as the draft's newest. What is over stays as it is and is shown so.

        revision: what the author saw, where the change is about that. Raises RequestRefused (`no_such_draft`,
        `draft_changed`, and what `change` raises).
        """
        async with self._database.write() as tx:
            draft = await self._find(tx, draft_id, author)
            if draft.is_live(self._clock.now_ms()):
                if revision not in (None, draft.revision):
                    raise refusals.draft_changed()
                draft = await self._save(tx, change(draft), author.place)
            return await self._view(tx, draft, author.place)

    async def renew(self, draft_id: str, author: Author) -> DraftView:
        """A new draft with what is in one that is over. Raises RequestRefused (`no_such_draft`)."""
        async with self._database.read() as tx:
            old = await self._find(tx, draft_id, author)
        kind = DraftKind.PANEL if old.kind is DraftKind.QUOTE else old.kind
        return await self._begin(
            Author(old.guild_id, old.channel_id, old.user_id, author.place),
            kind,
            old.request,
            deliver_to=old.deliver_to,
            spoiler=old.spoiler,
            parent_job_id=old.parent_job_id,
            replaces=old.replaces,
        )

    async def discard(self, draft_id: str, author: Author) -> DraftView:
        """Throw it away; nothing else happens. Raises RequestRefused (`no_such_draft`)."""
        async with self._database.write() as tx:
            await self._find(tx, draft_id, author)
            await self._drafts.close(tx, draft_id, DraftState.DISCARDED)
            return await self._view(tx, await self._find(tx, draft_id, author), author.place)

    async def ask(self, draft_id: str, author: Author, interaction_id: int, *, revision: int) -> Ask:
        """The request to submit when its author lets it go, having seen that revision.

        Raises RequestRefused (`no_such_draft`).
        """
        async with self._database.read() as tx:
            draft = await self._find(tx, draft_id, author)
        return Ask(
            interaction_id=interaction_id,
            guild_id=draft.guild_id,
            channel_id=draft.channel_id,
            user_id=draft.user_id,
            request=draft.request,
            place=author.place,
            deliver_to=draft.deliver_to,
            spoiler=draft.spoiler,
            parent_job_id=draft.parent_job_id,
            draft_id=draft.draft_id,
            draft_revision=revision,
        )

    # Below: one step

    async def _begin(
        self,
        author: Author,
        kind: DraftKind,
        request: VideoRequest,
        *,
        deliver_to: DeliverTo = "here",
        spoiler: bool = False,
        parent_job_id: str | None = None,
        replaces: str | None = None,
    ) -> DraftView:
        now_ms = self._clock.now_ms()
        draft = Draft(
            draft_id=new_draft_id(),
            kind=kind,
            guild_id=author.guild_id,
            channel_id=author.channel_id,
            user_id=author.user_id,
            request=request,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + KEPT_MS,
            deliver_to=deliver_to,
            spoiler=spoiler,
            parent_job_id=parent_job_id,
            replaces=replaces,
        )
        async with self._database.write() as tx:
            await self._drafts.add(tx, draft)
            return await self._view(tx, await self._save(tx, draft, author.place), author.place)

    async def _save(self, tx: Writer, draft: Draft, place: Place) -> Draft:
        """Write it down with the price, and with the verdict about what it changes, that its author is about to see."""
        draft = await self._replacing.let_go(tx, draft)
        now_ms = self._clock.now_ms()
        priced = await self._priced(tx, draft, place)
        price = None if isinstance(priced, RequestRefused) else priced.price
        saved = replace(
            draft,
            why=draft.why if draft.why is Why.REVIEW_OVER else Why.NOTHING,
            repeat_of=None,
            price_credits=None if price is None else price.credits,
            price_version="" if price is None else price.version,
            expires_at_ms=now_ms + KEPT_MS,
        )
        for image in saved.request.images():
            await self._images.touch(tx, image, now_ms)
        return await self._drafts.save(tx, saved)

    async def _find(self, tx: Reader, draft_id: str, author: Author) -> Draft:
        draft = await self._drafts.get(tx, draft_id)
        if draft is None or (draft.guild_id, draft.user_id) != (author.guild_id or draft.guild_id, author.user_id):
            raise refusals.no_such_draft()
        return draft

    async def _view(self, tx: Reader, draft: Draft, place: Place) -> DraftView:
        priced = await self._priced(tx, draft, place)
        meant, model = await self._meant(tx, draft)
        kept = {image: await self._images.get(tx, image) for image in draft.request.images()}
        return DraftView(
            draft=draft,
            meant=meant,
            model=model,
            priced=None if isinstance(priced, RequestRefused) else priced,
            refusal=priced if isinstance(priced, RequestRefused) else None,
            untaken=untaken(meant, self._catalogue),
            images={sha256: image for sha256, image in kept.items() if image is not None},
            repeats=None if draft.repeat_of is None else await self._jobs.get(tx, draft.repeat_of),
            reviewed=await self._replacing.of_draft(tx, draft),
            became=await self._jobs.of_draft(tx, draft.draft_id),
            is_live=draft.is_live(self._clock.now_ms()),
        )

    async def _priced(self, tx: Reader, draft: Draft, place: Place) -> Priced | RequestRefused:
        who = {"guild_id": draft.guild_id, "user_id": draft.user_id}
        try:
            priced = await self._quoting.of(tx, draft.request, **who, place=place)
        except RequestRefused as refusal:
            return refusal
        for image in draft.request.images():
            if await self._images.get(tx, image) is None:
                return refusals.image_gone()
        return priced

    async def _meant(self, tx: Reader, draft: Draft) -> tuple[VideoRequest, Model | None]:
        """What a draft means for its author, and the model that it is for."""
        try:
            meant = await self._quoting.meant(tx, draft.request, guild_id=draft.guild_id, user_id=draft.user_id)
            return meant, self._catalogue.choose(meant)
        except RequestRefused:
            return draft.request, None
