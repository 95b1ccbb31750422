"""Block lists of images in the database: one for each guild, and one for all of them."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.kling.likeness import Likeness
from klapper.moderation.image_block import EVERYWHERE, Blocked


@dataclass(frozen=True, slots=True)
class ImageBlock:
    """A line of a list. reason: a code. note: for moderators and the operator. blocked_by: an actor."""

    block_id: int
    guild_id: int
    likeness: Likeness
    reason: str
    note: str
    blocked_by: str
    at_ms: int


class BlockedImageStore:
    """Keeps: an image is on a list once, and what was said when it came there stays."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def block(
        self,
        tx: Writer,
        guild_id: int,
        likeness: Likeness,
        *,
        by: str,
        now_ms: int,
        reason: str = "unspecified",
        note: str = "",
    ) -> bool:
        """Put an image on a guild's list, or on that for EVERYWHERE; False when exactly this one is on it already."""
        added = await tx.execute(
            self._sql["block_image"],
            guild_id=guild_id,
            likeness=str(likeness),
            reason=reason,
            note=note,
            blocked_by=by,
            now_ms=now_ms,
        )
        return bool(added)

    async def unblock(self, tx: Writer, block_id: int) -> bool:
        """Take a line away; False when there is none."""
        return bool(await tx.execute(self._sql["unblock_image"], block_id=block_id))

    async def get(self, tx: Reader, block_id: int) -> ImageBlock | None:
        """One line."""
        row = await tx.one(self._sql["blocked_image"], block_id=block_id)
        return None if row is None else _line(row)

    async def lines(self, tx: Reader, guild_id: int | None = None) -> list[ImageBlock]:
        """The list of a guild, that for EVERYWHERE, or all of them; oldest first."""
        return [_line(row) for row in await tx.all(self._sql["blocked_images"], guild_id=guild_id)]

    async def in_force(self, tx: Reader, guild_id: int) -> list[Blocked]:
        """What the images of a request in this guild are compared with."""
        rows = await tx.all(self._sql["image_blocks_in_force"], guild_id=guild_id, everywhere=EVERYWHERE)
        return [Blocked(row["guild_id"], Likeness.from_text(row["likeness"])) for row in rows]


def _line(row: Row) -> ImageBlock:
    return ImageBlock(
        block_id=row["block_id"],
        guild_id=row["guild_id"],
        likeness=Likeness.from_text(row["likeness"]),
        reason=row["reason"],
        note=row["note"],
        blocked_by=row["blocked_by"],
        at_ms=row["at_ms"],
    )
