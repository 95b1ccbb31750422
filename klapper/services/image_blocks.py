"""Block lists of images: putting images on them, taking them off, and holding a request's images against them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.errors import RequestRefused
from klapper.jobs.images import ImageStore
from klapper.kling.likeness import Likeness
from klapper.kling.picture import InputImage
from klapper.kling.request import VideoRequest
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_actor, member_of_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.blocked_images import BlockedImageStore
from klapper.moderation.image_block import EVERYWHERE, AskedImage, Blocked, find, object_to_images
from klapper.moderation.policy import Objection

MOST_BLOCKED = 1_000  # images on one list: every request with an image is compared with each of them


@dataclass(frozen=True, slots=True)
class BlockedNow:
    """added, known: images that came onto the list, and that were on it. plain: that cannot be known again."""

    added: int = 0
    known: int = 0
    plain: int = 0


@dataclass(frozen=True, slots=True)
class BlockedLine:
    """A blocked image as moderators see it. by: a Discord id, None for who is forgotten. note: its message, say."""

    block_id: int
    by: int | None
    at_ms: int
    note: str


class ImageBlocks:
    """Keeps:

    - a list has at most MOST_BLOCKED lines;
    - a moderator changes the list of their own guild only, the operator every one;
    - an image of which nothing can be said is objected to wherever a list is in force.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        images: ImageStore,
        blocked: BlockedImageStore,
        ledger: Ledger,
        audit: AuditLog,
    ) -> None:
        self._database = database
        self._clock = clock
        self._images = images
        self._blocked = blocked
        self._ledger = ledger
        self._audit = audit

    async def objections(self, tx: Reader, guild_id: int, request: VideoRequest) -> tuple[Objection, ...]:
        """What speaks against the images of a request, in the transaction that decides about it.

        Images that are not stored (yet) are passed over: who decides finally refuses a request with such an image.
        """
        options = request.image_options()
        blocked = await self._blocked.in_force(tx, guild_id) if options else []
        if not blocked:
            return ()
        stored = [(option, await self._images.get(tx, sha256)) for sha256, option in options.items()]
        asked = [AskedImage(option, _likeness(image)) for option, image in stored if image is not None]
        return object_to_images(asked, blocked)

    async def block(self, guild_id: int, user_id: int, images: Iterable[InputImage], *, note: str = "") -> BlockedNow:
        """A moderator blocks images in their guild. Raises RequestRefused (`block_list_full`); then none is blocked.

        note: where they were, for moderators.
        """
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            actor = member_actor(await self._ledger.member(tx, guild_id, user_id, now_ms))
            blocked = await self._block(tx, guild_id, images, by=actor, note=note)
            if blocked.added:
                await self._write_down(tx, guild_id, actor, Action.IMAGE_BLOCKED, _counted(blocked.added))
        return blocked

    async def block_everywhere(
        self, images: Iterable[InputImage], *, by: str, reason: str = "unspecified", note: str = ""
    ) -> BlockedNow:
        """The operator blocks images in every guild. Raises RequestRefused (`block_list_full`)."""
        async with self._database.write() as tx:
            return await self._block(tx, EVERYWHERE, images, by=by, reason=reason, note=note)

    async def unblock_alike(self, guild_id: int, user_id: int, images: Iterable[InputImage]) -> int:
        """A moderator takes these images and their copies off their guild's list; how many lines went."""
        gone = 0
        async with self._database.write() as tx:
            for likeness in filter(None, map(_likeness, images)):
                for line in await self._blocked.lines(tx, guild_id):
                    if find(likeness, [Blocked(guild_id, line.likeness)]) is not None:
                        gone += await self._blocked.unblock(tx, line.block_id)
            if gone:
                actor = member_actor(await self._ledger.member(tx, guild_id, user_id, self._clock.now_ms()))
                await self._write_down(tx, guild_id, actor, Action.IMAGE_UNBLOCKED, _counted(gone))
        return gone

    async def unblock_line(self, guild_id: int, user_id: int, block_id: int) -> bool:
        """A moderator takes one line off their guild's list; False when it is not there (any more)."""
        async with self._database.write() as tx:
            line = await self._blocked.get(tx, block_id)
            if line is None or line.guild_id != guild_id:
                return False
            await self._blocked.unblock(tx, block_id)
            actor = member_actor(await self._ledger.member(tx, guild_id, user_id, self._clock.now_ms()))
            await self._write_down(tx, guild_id, actor, Action.IMAGE_UNBLOCKED, _counted(1))
        return True

    async def listed(self, guild_id: int) -> list[BlockedLine]:
        """What a guild blocks, newest first, as its moderators see it."""
        async with self._database.read() as tx:
            lines = reversed(await self._blocked.lines(tx, guild_id))
            return [
                BlockedLine(one.block_id, await self._user(tx, one.blocked_by), one.at_ms, one.note) for one in lines
            ]

    async def unblock_anywhere(self, block_id: int) -> bool:
        """The operator takes a line off whichever list it is on; False when there is none."""
        async with self._database.write() as tx:
            return await self._blocked.unblock(tx, block_id)

    async def _user(self, tx: Reader, actor: str) -> int | None:
        member_ref = member_of_actor(actor)
        return None if member_ref is None else await self._ledger.user_of(tx, member_ref)

    async def _write_down(self, tx: Writer, guild_id: int, actor: str, action: Action, detail: str) -> None:
        now_ms = self._clock.now_ms()
        await self._audit.add(tx, Entry(guild_id=guild_id, at_ms=now_ms, actor=actor, action=action, detail=detail))

    async def _block(
        self,
        tx: Writer,
        guild_id: int,
        images: Iterable[InputImage],
        *,
        by: str,
        reason: str = "unspecified",
        note: str = "",
    ) -> BlockedNow:
        found = [_likeness(image) for image in images]
        usable = [likeness for likeness in found if likeness is not None and not likeness.is_plain]
        now_ms = self._clock.now_ms()
        added = 0
        for likeness in usable:
            added += await self._blocked.block(tx, guild_id, likeness, by=by, now_ms=now_ms, reason=reason, note=note)
        if added and len(await self._blocked.lines(tx, guild_id)) > MOST_BLOCKED:
            raise _full()  # which takes back what was added
        return BlockedNow(added, len(usable) - added, len(found) - len(usable))


def _counted(images: int) -> str:
    return "1 image" if images == 1 else f"{images} images"


def _likeness(image: InputImage) -> Likeness | None:
    return None if image.likeness is None else Likeness.from_text(image.likeness)


def _full() -> RequestRefused:
    return RequestRefused(
        "block_list_full",
        f"The block list has room for {MOST_BLOCKED} images: have whoever runs this bot take some off it first.",
    )
