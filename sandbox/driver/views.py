"""What a member or a test sees: messages, their parts, and the record of requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.driver.parts import AttachmentView, ButtonView, Json, MediaView

_TEXT_DISPLAY, _BUTTON, _THUMBNAIL, _GALLERY = 10, 2, 11, 12
_V2, _LOADING, _SILENT = 1 << 15, 1 << 7, 1 << 12
_SELECTS = frozenset({3, 5, 6, 7, 8})


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
    def silent(self) -> bool:
        """Sent without a push notification, whomever it mentions."""
        return bool(self.flags & _SILENT)

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
    def media(self) -> list[MediaView]:
        """Pictures and clips as they are shown: galleries and thumbnails, in order."""
        shown = [item for one in self.components if one["type"] == _GALLERY for item in one["items"]]
        shown += [one for one in self.components if one["type"] == _THUMBNAIL]
        return [MediaView.of(raw) for raw in shown]

    @property
    def attachments(self) -> list[AttachmentView]:
        return [AttachmentView.of(raw) for raw in self.payload["attachments"]]

    def button(self, label: str) -> ButtonView:
        """The button with this label; raises LookupError naming those there are."""
        for button in self.buttons:
            if button.label == label:
                return button
        raise LookupError(f"no button {label!r}; there are {[button.label for button in self.buttons]}")

    def chosen(self, custom_id: str) -> list[str]:
        """The preselected values of a select; raises LookupError naming the selects there are."""
        for select in self.selects:
            if select["custom_id"] == custom_id:
                return [option["value"] for option in select.get("options", []) if option.get("default")]
        raise LookupError(f"no select {custom_id!r}; there are {[one['custom_id'] for one in self.selects]}")


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
