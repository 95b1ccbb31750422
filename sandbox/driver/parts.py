"""The parts of a message that a member sees or sends: files, media, buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

_IS_SPOILER = 1 << 3


@dataclass(frozen=True, slots=True)
class File:
    """A file a member picks; the content type is guessed from the name when left out."""

    filename: str
    data: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """An attachment of a message or interaction; `url` is signed and can be fetched while the file is there.

    `width` and `height` are a picture's, in pixels, and 0 for everything else.
    """

    id: str
    filename: str
    url: str
    size: int
    content_type: str
    description: str | None
    width: int = 0
    height: int = 0
    spoiler: bool = False

    @classmethod
    def of(cls, raw: Json) -> AttachmentView:
        return cls(
            id=raw["id"],
            filename=raw["filename"],
            url=raw["url"],
            size=raw["size"],
            content_type=raw["content_type"],
            description=raw.get("description"),
            width=raw.get("width", 0),
            height=raw.get("height", 0),
            spoiler=bool(raw.get("flags", 0) & _IS_SPOILER),
        )


@dataclass(frozen=True, slots=True)
class MediaView:
    """A picture or clip of a media gallery or thumbnail; a spoiler is blurred until it is clicked."""

    url: str
    description: str
    spoiler: bool

    @classmethod
    def of(cls, raw: Json) -> MediaView:
        return cls(raw["media"]["url"], raw["description"] or "", raw["spoiler"])


@dataclass(frozen=True, slots=True)
class ButtonView:
    """A button; `custom_id` is empty for links, `url` for all others."""

    custom_id: str
    label: str
    style: int
    disabled: bool
    url: str

    @classmethod
    def of(cls, raw: Json) -> ButtonView:
        texts = {key: raw.get(key) or "" for key in ("custom_id", "label", "url")}
        return cls(style=raw["style"], disabled=bool(raw.get("disabled")), **texts)
