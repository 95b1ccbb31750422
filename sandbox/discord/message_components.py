"""Components of messages: the rules of V2 and of the older action rows (Discord docs: Component reference)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.discord.component_reader import SELECTS, ComponentReader, Type
from sandbox.discord.errors import FormErrors, Json, Path

MOST_COMPONENTS, MOST_TEXT, MOST_ROWS, MOST_BUTTONS = 40, 4000, 5, 5

_IN_CONTAINER = frozenset(
    {Type.ACTION_ROW, Type.TEXT_DISPLAY, Type.SECTION, Type.MEDIA_GALLERY, Type.SEPARATOR, Type.FILE}
)
_TOP_V2 = _IN_CONTAINER | {Type.CONTAINER}
_TOP_OLD = frozenset({Type.ACTION_ROW})

# Finds the media item of a URL, attachment://name included; None when there is no such attachment.
FindMedia = Callable[[str], Json | None]


class MessageComponents(ComponentReader):
    """Reads the `components` of a message with or without flag 32768."""

    def __init__(self, errors: FormErrors, find_media: FindMedia) -> None:
        super().__init__(errors)
        self._find_media = find_media
        self.readers |= dict.fromkeys(SELECTS, self.select) | {
            Type.ACTION_ROW: self._action_row,
            Type.BUTTON: self.button,
            Type.SECTION: self._section,
            Type.TEXT_DISPLAY: self.text_display,
            Type.THUMBNAIL: self._thumbnail,
            Type.MEDIA_GALLERY: self._gallery,
            Type.FILE: self._file,
            Type.SEPARATOR: self._separator,
            Type.CONTAINER: self._container,
        }

    def read_all(self, components: Any, *, v2: bool) -> list[Json]:
        """The whole tree, numbered; complaints are in `errors`."""
        path: Path = ("components",)
        stored = self.read(components or [], path, _TOP_V2 if v2 else _TOP_OLD)
        if not v2 and len(stored) > MOST_ROWS:
            self.errors.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_ROWS} or fewer in length.")
        if v2 and self.count > MOST_COMPONENTS:
            text = f"The total number of components cannot exceed {MOST_COMPONENTS}"
            self.errors.add(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text)
        if self.text_length > MOST_TEXT:
            text = f"Displayable text must be {MOST_TEXT} or fewer in length."
            self.errors.add(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
        if not self.errors:
            self.number(stored)
        return stored

    def _action_row(self, raw: Json, path: Path) -> Json:
        children = raw.get("components")
        self.size(children, (*path, "components"), 1, MOST_BUTTONS)
        stored = self.read(children or [], (*path, "components"), SELECTS | {Type.BUTTON})
        selects = [child for child in stored if child.get("type") in SELECTS]
        if selects and len(stored) > 1:
            self.errors.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A select fills a whole row.")
        return {"components": stored}

    def _section(self, raw: Json, path: Path) -> Json:
        texts = raw.get("components")
        self.size(texts, (*path, "components"), 1, 3)
        if raw.get("accessory") is None:
            self.errors.required((*path, "accessory"))
            return {}
        accessory = self.read_one(raw["accessory"], (*path, "accessory"), frozenset({Type.BUTTON, Type.THUMBNAIL}))
        stored = self.read(texts or [], (*path, "components"), frozenset({Type.TEXT_DISPLAY}))
        return {"components": stored, "accessory": accessory}

    def _container(self, raw: Json, path: Path) -> Json:
        children = raw.get("components")
        self.size(children, (*path, "components"), 1, MOST_COMPONENTS)
        return {
            "accent_color": raw.get("accent_color"),
            "spoiler": bool(raw.get("spoiler", False)),
            "components": self.read(children or [], (*path, "components"), _IN_CONTAINER),
        }

    def _thumbnail(self, raw: Json, path: Path) -> Json:
        return {"media": self._media(raw, "media", path)} | self._caption(raw, path)

    def _gallery(self, raw: Json, path: Path) -> Json:
        items = raw.get("items")
        self.size(items, (*path, "items"), 1, 10)
        return {"items": [self._item(item, (*path, "items", index)) for index, item in enumerate(items or [])]}

    def _item(self, item: Json, path: Path) -> Json:
        return {"media": self._media(item, "media", path)} | self._caption(item, path)

    def _file(self, raw: Json, path: Path) -> Json:
        sent = raw.get("file") or {}
        if not str(sent.get("url", "")).startswith("attachment://"):
            text = "A file component must refer to an attachment of the message."
            self.errors.add((*path, "file", "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", text)
            return {}
        media = self._media(raw, "file", path)
        described = {"name": media.pop("filename", None), "size": media.pop("size", None)}
        return {"file": media, "spoiler": bool(raw.get("spoiler", False))} | described

    def _separator(self, raw: Json, path: Path) -> Json:
        spacing = raw.get("spacing", 1)
        if spacing not in (1, 2):
            self.errors.add((*path, "spacing"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
        return {"spacing": spacing, "divider": bool(raw.get("divider", True))}

    def _caption(self, raw: Json, path: Path) -> Json:
        description = self.optional(raw, {"description": 1024}, path).get("description")
        return {"description": description, "spoiler": bool(raw.get("spoiler", False))}

    def _media(self, raw: Json, key: str, path: Path) -> Json:
        url = (raw.get(key) or {}).get("url")
        if not isinstance(url, str):
            self.errors.required((*path, key, "url"))
            return {}
        media = self._find_media(url)
        if media is None:
            text = f"The referenced attachment '{url.removeprefix('attachment://')}' was not found"
            self.errors.add((*path, key, "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", text)
            return {}
        return media if key == "file" else {k: v for k, v in media.items() if k not in ("filename", "size")}
