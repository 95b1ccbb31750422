"""Is an image of a request on a block list? A pure step: likenesses in, an objection or nothing out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from klapper.kling.likeness import Likeness

MOST_APART = 24  # of 208: up to here two pictures are one and the same; how it was measured: docs/adr/0020
EVERYWHERE = 0  # in the place of a guild: the operator's list, for every guild


@dataclass(frozen=True, slots=True)
class Blocked:
    """One line of a list, as far as it matters here."""

    guild_id: int
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class ImageObjection:
    """Why a request cannot be taken. option: of the image that it is about, as in `/video`."""

    rule: str
    sentence: str
    option: str


def object_to_images(images: Mapping[str, Likeness | None], blocked: Sequence[Blocked]) -> ImageObjection | None:
    """The first image that is on the lists, or of which that cannot be said; None when there is none.

    images: the likeness by option; None: not known. blocked: the guild's list and the operator's.
    """
    if not blocked:  # then there is nothing to be like
        return None
    return next(filter(None, (_objection(option, image, blocked) for option, image in images.items())), None)


def find(image: Likeness, blocked: Sequence[Blocked]) -> Blocked | None:
    """The line that the picture is on; None for one that is on none, as every plain picture."""
    if image.is_plain:
        return None
    return next((line for line in blocked if image.apart(line.likeness) <= MOST_APART), None)


def _objection(option: str, image: Likeness | None, blocked: Sequence[Blocked]) -> ImageObjection | None:
    if image is None:
        return ImageObjection(
            "image_not_compared",
            f"The {option} of this request was stored before images could be compared: attach it again.",
            option,
        )
    line = find(image, blocked)
    if line is None:
        return None
    whose = "this bot" if line.guild_id == EVERYWHERE else "this server"
    return ImageObjection(
        "blocked_image",
        f"An image of this request ({option}) is on the block list of {whose}: choose another one.",
        option,
    )
