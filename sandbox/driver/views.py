"""What a member or a test sees: messages, their parts, and the record of requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

_TEXT_DISPLAY, _BUTTON, _V2, _LOADING = 10, 2, 1 << 15, 1 << 7
_SELECTS = frozenset({3, 5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class File:
    """A file a member picks; the content type is guessed from the name when left out."""

    filename: str
    data: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """An attachment of a message; `url` is signed and can be fetched while the message has it."""

    id: str
    filename: str
    url: str
    size: int
    content_type: str
    description: str | None

    @classmethod
    def of(cls, raw: Json) -> AttachmentView:
        return cls(raw["id"], raw["filename"], raw["url"], raw["size"], raw["content_type"], raw.get("description"))


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


@dataclass(frozen=True, slots=True)
class MessageView:
    """One version of a message. `payload` is Discord's message object, the rest is read from it.

    `pinged` are the ids of users that this version notified; `change` is create, update or delete in change logs.
    """

    payload: Json
    version: int
    deleted: bool
    ephemeral: bool
    viewer_id: str | None
    interaction_id: str | None
    dm: bool
    change: str = ""
    pinged: tuple[str, ...] = ()
    pinged_everyone: bool = False
    at_ms: int = 0

    @classmethod
    def of(cls, raw: Json, at_ms: int = 0) -> MessageView:
        pinged = raw.get("pinged") or {"users": [], "everyone": False}
        return cls(
            payload=raw["message"],
            version=raw["version"],
            deleted=raw["deleted"],
            ephemeral=raw["ephemeral"],
            viewer_id=raw["viewer_id"],
            interaction_id=raw["interaction_id"],
            dm=raw["dm"],
            change=raw.get("change", ""),
            pinged=tuple(pinged["users"]),
            pinged_everyone=pinged["everyone"],
            at_ms=at_ms,
        )

    @property
    def id(self) -> str:
        return str(self.payload["id"])

    @property
    def channel_id(self) -> str:
        return str(self.payload["channel_id"])

    @property
    def author_id(self) -> str:
        return str(self.payload["author"]["id"])

    @property
    def content(self) -> str:
        return str(self.payload["content"])

    @property
    def flags(self) -> int:
        return int(self.payload["flags"])

    @property
    def is_v2(self) -> bool:
        return bool(self.flags & _V2)

    @property
    def loading(self) -> bool:
        """Still the "thinking…" placeholder of a deferral."""
        return bool(self.flags & _LOADING)

    @property
    def reply_to(self) -> str | None:
        """The id of the message this one replies to."""
        reference = self.payload.get("message_reference")
        return str(reference["message_id"]) if reference else None

    @property
    def components(self) -> list[Json]:
        """Every component, parents first."""
        return list(_walk(self.payload["components"]))

    @property
    def text(self) -> str:
        """All text a member reads: content, embeds' titles and descriptions, text displays, a line each."""
        parts = [self.content]
        parts += [embed.get(key) or "" for embed in self.payload["embeds"] for key in ("title", "description")]
        parts += [one["content"] for one in self.components if one["type"] == _TEXT_DISPLAY]
        return "\n".join(part for part in parts if part)

    @property
    def buttons(self) -> list[ButtonView]:
        return [ButtonView.of(one) for one in self.components if one["type"] == _BUTTON]

    @property
    def selects(self) -> list[Json]:
        return [one for one in self.components if one["type"] in _SELECTS]

    @property
    def attachments(self) -> list[AttachmentView]:
        return [AttachmentView.of(raw) for raw in self.payload["attachments"]]

    def button(self, label: str) -> ButtonView:
        """The button with this label; raises LookupError naming those there are."""
        for button in self.buttons:
            if button.label == label:
                return button
        raise LookupError(f"no button {label!r}; there are {[button.label for button in self.buttons]}")


@dataclass(frozen=True, slots=True)
class RequestView:
    """One REST request of the bot. `path` is without /api/v10; `status` is None when the connection was dropped."""

    number: int
    at_ms: int
    method: str
    path: str
    query: dict[str, str]
    body: Any
    files: list[Json]
    status: int | None
    answer: Any
    authorized: bool

    @classmethod
    def of(cls, entry: Json) -> RequestView:
        return cls(number=int(entry["subject"]), at_ms=entry["at_ms"], **entry["data"])

    @property
    def parts(self) -> list[str]:
        """The names of the file parts, e.g. `files[0]`."""
        return [file["part"] for file in self.files]


def _walk(components: list[Json]) -> Iterator[Json]:
    for component in components:
        yield component
        yield from _walk(component.get("components", []))
        yield from _walk([component["accessory"]] if "accessory" in component else [])
