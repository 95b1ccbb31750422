"""Is an image of a request on a block list? A pure step: likenesses in, an objection or nothing out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from klapper.kling.likeness import Likeness
from klapper.moderation.policy import Objection, Verdict

MOST_APART = 24  # of 208: up to here two pictures are one and the same; how it was measured: docs/adr/0022
EVERYWHERE = 0  # in the place of a guild: the operator's list, for every guild


@dataclass(frozen=True, slots=True)
class AskedImage:
    """An image of a request. option: that it was given for, as in `/video`. likeness: None: it is not known."""

    option: str
    likeness: Likeness | None


@dataclass(frozen=True, slots=True)
class Blocked:
    """One line of a list, as far as it matters here."""

    guild_id: int
    likeness: Likeness


def object_to_images(images: Iterable[AskedImage], blocked: Sequence[Blocked]) -> tuple[Objection, ...]:
    """Every image that is on the lists, or of which that cannot be said: moderators may let one of them pass.

    blocked: the guild's list and the operator's.
    """
    if not blocked:  # then there is nothing to be like
        return ()
    return tuple(filter(None, (_objection(image, blocked) for image in images)))


def find(image: Likeness, blocked: Sequence[Blocked]) -> Blocked | None:
    """The line that the picture is on; None for one that is on none, as every plain picture."""
    if image.is_plain:
        return None
    as_is, mirrored = image.bits, image.mirrored().bits  # once for all lines: a list may have a thousand
    for line in blocked:
        bits = line.likeness.bits
        if (as_is ^ bits).bit_count() <= MOST_APART or (mirrored ^ bits).bit_count() <= MOST_APART:
            return line
    return None


def _objection(image: AskedImage, blocked: Sequence[Blocked]) -> Objection | None:
    if image.likeness is None:
        return Objection(
            Verdict.REFUSED,
            "image_not_compared",
            f"{image.option} is from before images could be compared: attach it again.",
            detail=image.option,
            is_unsure=True,
        )
    line = find(image.likeness, blocked)
    if line is None:
        return None
    whose = "this bot" if line.guild_id == EVERYWHERE else "this server"
    return Objection(
        Verdict.REFUSED,
        "blocked_image",
        f"{image.option} is on the block list of {whose}: choose another one.",
        detail=image.option,
    )
