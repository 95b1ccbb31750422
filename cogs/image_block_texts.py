"""What Block this image and Unblock this image say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cogs.texts import MESSAGE_CHARS
from klapper.messages import text
from klapper.messages.draft_texts import of_posted_image
from klapper.services.image_blocks import BlockedNow

NO_IMAGE = "That message has no image attached, so nothing was changed: links and previews do not count."

NOT_A_MODERATOR = "Only who may time members out here decides about blocked images."
NOT_BLOCKED = "No image of that message is on the block list of this server."


def name(number: int, images: int) -> str:
    """What a refusal calls one of the message's images."""
    return "The image" if images == 1 else f"Image {number}"


def blocked(now: BlockedNow, refused: Sequence[str]) -> str:
    """How many images are blocked now, and why others are not. refused: sentences about unusable ones."""
    return text.cut(" ".join(_sentences(now, refused)), MESSAGE_CHARS)


def unblocked(lines: int, refused: Sequence[str]) -> str:
    """How many lines of the list went. refused: sentences about unusable images."""
    gone = f"{text.counted(lines, 'image')} taken off the block list of this server." if lines else NOT_BLOCKED
    return text.cut(" ".join((gone, *(of_posted_image(sentence) for sentence in refused))), MESSAGE_CHARS)


def _sentences(now: BlockedNow, refused: Sequence[str]) -> Iterator[str]:
    if now.added:
        yield f"{_images(now.added)} blocked on this server from now on: requests with {_it(now.added)} are refused."
    if now.known:
        yield f"{_images(now.known)} on the block list of this server already."
    if now.plain:
        yield f"{_images(now.plain)} not blocked: with so little in it, it could not be told from others."
    if not now.added and not now.known and not now.plain:
        yield "No image was blocked."
    yield from (of_posted_image(sentence) for sentence in refused)


def _images(count: int) -> str:
    return f"{text.counted(count, 'image')} {'is' if count == 1 else 'are'}"


def _it(count: int) -> str:
    return "it or a copy of it" if count == 1 else "one of them or a copy"
