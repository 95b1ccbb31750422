"""What message and modal components share: ids, texts, buttons and selects (Discord docs: Component reference)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import Any

from sandbox.discord.errors import FormErrors, Json, Path


class Type(IntEnum):
    """Component types."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


_PICKED = {  # Discord docs: Select Default Value Structure
    Type.USER_SELECT: frozenset({"user"}),
    Type.ROLE_SELECT: frozenset({"role"}),
    Type.MENTIONABLE_SELECT: frozenset({"user", "role"}),
    Type.CHANNEL_SELECT: frozenset({"channel"}),
}
ENTITY_SELECTS = frozenset(_PICKED)
SELECTS = ENTITY_SELECTS | {Type.STRING_SELECT}
LINK_STYLE, PREMIUM_STYLE = 5, 6
ReadOne = Callable[[Json, Path], Json]


def walk(components: Iterable[Json]) -> Iterator[Json]:
    """Every component of a tree, parents first, accessories and labelled ones included."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        yield from walk(component[key] for key in ("accessory", "component") if key in component)


class ComponentReader:
    """Turns sent components into stored ones and notes everything Discord would refuse.

    Subclasses fill `readers`. Each reader returns the component as Discord stores it: with defaults and an `id`.
    """

    def __init__(self, errors: FormErrors) -> None:
        self.errors = errors
        self.count = 0
        self.text_length = 0
        self.readers: dict[Type, ReadOne] = {}
        self._custom_ids: set[str] = set()

    def read(self, components: Any, path: Path, allowed: frozenset[Type]) -> list[Json]:
        """A list of components, each of one of the allowed types."""
        if not isinstance(components, list):
            self.errors.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        return [self.read_one(raw, (*path, index), allowed) for index, raw in enumerate(components)]

    def read_one(self, raw: Any, path: Path, allowed: frozenset[Type]) -> Json:
        self.count += 1
        kind = raw.get("type") if isinstance(raw, dict) else None
        if kind not in allowed or kind not in self.readers:
            listed = ", ".join(str(int(one)) for one in sorted(allowed))
            self.errors.add((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listed}).')
            return {}
        raw = {key: value for key, value in raw.items() if value is not None}  # null means left out
        read = self.readers[Type(kind)](raw, path)
        return {"type": int(kind)} | ({"id": raw["id"]} if raw.get("id") else {}) | read

    def text(self, raw: Json, key: str, path: Path, longest: int, *, shortest: int = 1, needed: bool = True) -> str:
        value = raw.get(key)
        if value is None:
            if needed:
                self.errors.required((*path, key))
            return ""
        self.errors.length((*path, key), str(value), longest, shortest=shortest)
        return str(value)

    def optional(self, raw: Json, keys: dict[str, int], path: Path) -> Json:
        """Those of the keys that were sent, with their texts no longer than given."""
        return {
            key: self.text(raw, key, path, longest) for key, longest in keys.items() if raw.get(key) not in (None, "")
        }

    def size(self, items: Any, path: Path, least: int, most: int) -> None:
        count = len(items) if isinstance(items, list) else 0
        if not least <= count <= most:
            self.errors.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def custom_id(self, raw: Json, path: Path) -> str:
        value = self.text(raw, "custom_id", path, 100)
        if value and value in self._custom_ids:
            text = "Component custom id cannot be duplicated"
            self.errors.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        self._custom_ids.add(value)
        return value

    def text_display(self, raw: Json, path: Path) -> Json:
        content = self.text(raw, "content", path, 4000)
        self.text_length += len(content)
        return {"content": content}

    def button(self, raw: Json, path: Path) -> Json:
        style = raw.get("style")
        if style not in range(1, 7):
            self.errors.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
        if style != PREMIUM_STYLE and not raw.get("label") and not raw.get("emoji"):
            self.errors.add(path, "BUTTON_COMPONENT_LABEL_REQUIRED", "A button must have a label or an emoji.")
        button: Json = {"style": style, "disabled": bool(raw.get("disabled", False))}
        button |= self.optional(raw, {"label": 80}, path)
        button |= {key: raw[key] for key in ("emoji", "sku_id") if raw.get(key)}
        if style == LINK_STYLE:
            return button | {"url": self.text(raw, "url", path, 512)}
        return button if style == PREMIUM_STYLE else button | {"custom_id": self.custom_id(raw, path)}

    def select(self, raw: Json, path: Path) -> Json:
        least, most = raw.get("min_values", 1), raw.get("max_values", 1)
        if not (0 <= least <= 25 and 1 <= most <= 25 and least <= most):
            self.errors.add((*path, "max_values"), "NUMBER_TYPE_MIN", "min_values and max_values do not fit.")
        select: Json = {"custom_id": self.custom_id(raw, path), "min_values": least, "max_values": most}
        select |= {"disabled": bool(raw.get("disabled", False))} | self.optional(raw, {"placeholder": 150}, path)
        select |= {key: raw[key] for key in ("channel_types", "required") if raw.get(key) is not None}
        if raw.get("default_values"):  # discord.py sends numbers, Discord tells ids as texts
            select["default_values"] = [{**one, "id": str(one.get("id"))} for one in raw["default_values"]]
        if raw["type"] == Type.STRING_SELECT:
            select["options"] = self.choices(raw, path, max(1, most), 25)
            self.preselected(select["options"], path, most)
        else:
            self._default_values(raw, path, least, most)
        return select

    def _default_values(self, raw: Json, path: Path, least: int, most: int) -> None:
        """Discord docs, Role Select: the number of default values must be in the range of min_values to max_values."""
        defaults, kinds = raw.get("default_values") or [], _PICKED[Type(raw["type"])]
        if defaults:
            self.size(defaults, (*path, "default_values"), least, most)
        for index, default in enumerate(defaults):
            if default.get("type") not in kinds:
                text = f"Value must be one of {sorted(kinds)}."
                self.errors.add((*path, "default_values", index, "type"), "BASE_TYPE_CHOICES", text)
        if len({default.get("id") for default in defaults}) < len(defaults):
            text = "The specified default value is already used"
            self.errors.add((*path, "default_values"), "SELECT_COMPONENT_DEFAULT_VALUE_DUPLICATED", text)

    def preselected(self, options: list[Json], path: Path, most: int) -> None:
        """Notes more preselected options than may be chosen."""
        if sum(bool(option.get("default")) for option in options) > most:
            text = f"Must be {most} or fewer preselected."
            self.errors.add((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", text)

    def choices(self, raw: Json, path: Path, least: int, most: int) -> list[Json]:
        """Options of a select, radio group or checkbox group; values must be unique."""
        options = raw.get("options")
        self.size(options, (*path, "options"), least, most)
        stored = [self._choice(option, (*path, "options", index)) for index, option in enumerate(options or [])]
        if len({option["value"] for option in stored}) < len(stored):
            text = "The specified option value is already used"
            self.errors.add((*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
        return stored

    def _choice(self, option: Json, path: Path) -> Json:
        choice = {key: self.text(option, key, path, 100) for key in ("label", "value")}
        kept = {key: option[key] for key in ("emoji", "default") if option.get(key) is not None}
        return choice | kept | self.optional(option, {"description": 100}, path)

    def number(self, components: list[Json]) -> None:
        """Gives every component the lowest free id; a sent id that is used twice is refused."""
        everything = list(walk(components))
        sent = [component["id"] for component in everything if component.get("id")]
        if len(set(sent)) < len(sent):
            self.errors.add(("components",), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        free = (number for number in range(1, len(everything) + len(sent) + 1) if number not in sent)
        for component in everything:
            if not component.get("id"):
                component["id"] = next(free)
