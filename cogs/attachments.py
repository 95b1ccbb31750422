"""Files that members attach, as Discord describes them. Their bytes are the intake's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

from cogs import video_texts
from klapper.errors import RequestRefused
from klapper.images.checks import check_size
from klapper.services.intake import Attached

_UNDECIDED = ("image/", "application/octet-stream")  # what Discord says of a kind that it does not know


def attached(name: str, attachment: discord.Attachment) -> Attached:
    """An attachment that may be a picture. name: of the option it is for.

    Raises RequestRefused (`image_too_large`, `image_empty`, `image_not_a_picture`) for what Discord's description of
    it rules out already.
    """
    check_size(attachment.size, name)
    if attachment.content_type is not None and not attachment.content_type.startswith(_UNDECIDED):
        raise RequestRefused("image_not_a_picture", video_texts.no_picture(name))
    return Attached(name, attachment.url, attachment.filename, attachment.size)


def images_of(message: discord.Message) -> list[discord.Attachment]:
    """What is attached to a message and looks like a picture. Embeds and links are other people's servers."""
    return [one for one in message.attachments if (one.content_type or "").startswith("image/")]


def attached_images(values: Mapping[str, Any]) -> dict[str, Attached]:
    """Every attachment among the values of a command's options, by option. Raises as `attached` does."""
    given = {name: value for name, value in values.items() if isinstance(value, discord.Attachment)}
    return {name: attached(name, attachment) for name, attachment in given.items()}
