"""Modals: what a bot may show and what a member may answer (Discord docs: Component reference, Modals)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.discord.component_reader import SELECTS, ComponentReader, Type, walk
from sandbox.discord.errors import FormErrors, Json, Path

_IN_LABEL = SELECTS | {
    Type.TEXT_INPUT,
    Type.FILE_UPLOAD,
    Type.RADIO_GROUP,
    Type.CHECKBOX_GROUP,
    Type.CHECKBOX,
}
_TOP = frozenset({Type.ACTION_ROW, Type.TEXT_DISPLAY, Type.LABEL})
_SINGLE = frozenset({Type.TEXT_INPUT, Type.RADIO_GROUP, Type.CHECKBOX})
MOST_TOP_LEVEL = 5


class ModalComponents(ComponentReader):
    """Reads the `data` of a modal answer (callback type 9)."""

    def __init__(self, errors: FormErrors) -> None:
        super().__init__(errors)
        self.readers |= dict.fromkeys(SELECTS, self.select) | {
            Type.ACTION_ROW: self._row,
            Type.TEXT_DISPLAY: self.text_display,
            Type.LABEL: self._label,
            Type.TEXT_INPUT: self._text_input,
            Type.FILE_UPLOAD: self._file_upload,
            Type.RADIO_GROUP: self._radio_group,
            Type.CHECKBOX_GROUP: self._checkbox_group,
            Type.CHECKBOX: self._checkbox,
        }

    def read_modal(self, data: Json) -> Json:
        """The modal as stored; complaints are in `errors`."""
        components = data.get("components")
        self.size(components, ("data", "components"), 1, MOST_TOP_LEVEL)
        modal: Json = {
            "custom_id": self.text(data, "custom_id", ("data",), 100),
            "title": self.text(data, "title", ("data",), 45),
            "components": self.read(components or [], ("data", "components"), _TOP),
        }
        if not self.errors:
            self.number(modal["components"])
        return modal

    def _row(self, raw: Json, path: Path) -> Json:
        children = raw.get("components")
        self.size(children, (*path, "components"), 1, 1)
        return {"components": self.read(children or [], (*path, "components"), frozenset({Type.TEXT_INPUT}))}

    def _label(self, raw: Json, path: Path) -> Json:
        stored: Json = {"label": self.text(raw, "label", path, 45)} | self.optional(raw, {"description": 100}, path)
        return stored | {"component": self.read_one(raw.get("component"), (*path, "component"), _IN_LABEL)}

    def _text_input(self, raw: Json, path: Path) -> Json:
        if raw.get("style") not in (1, 2):
            self.errors.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
        kept = {key: raw[key] for key in ("style", "min_length", "max_length") if raw.get(key) is not None}
        texts = self.optional(raw, {"value": 4000, "placeholder": 100, "label": 45}, path)
        return {"custom_id": self.custom_id(raw, path), "required": raw.get("required", True)} | kept | texts

    def _file_upload(self, raw: Json, path: Path) -> Json:
        least, most = raw.get("min_values", 1), raw.get("max_values", 1)
        if not (0 <= least <= 10 and 1 <= most <= 10):
            self.errors.add((*path, "max_values"), "NUMBER_TYPE_MAX", "A file upload takes 0 to 10 files.")
        limits = {"min_values": least, "max_values": most, "required": raw.get("required", True)}
        return {"custom_id": self.custom_id(raw, path)} | limits

    def _radio_group(self, raw: Json, path: Path) -> Json:
        options = self.choices(raw, path, 2, 10)
        return {"custom_id": self.custom_id(raw, path), "required": raw.get("required", True), "options": options}

    def _checkbox_group(self, raw: Json, path: Path) -> Json:
        options = self.choices(raw, path, 1, 10)
        kept = {key: raw[key] for key in ("min_values", "max_values") if raw.get(key) is not None}
        required = {"required": raw.get("required", True)}
        return {"custom_id": self.custom_id(raw, path), "options": options} | required | kept

    def _checkbox(self, raw: Json, path: Path) -> Json:
        return {"custom_id": self.custom_id(raw, path), "default": bool(raw.get("default", False))}


class ModalAnswers:
    """A member's answers, checked as the client checks them before it sends anything.

    `resolve_file` stores a picked file and returns its attachment id.
    """

    def __init__(self, modal: Json, values: Mapping[str, Any], resolve_file: Callable[[str], str]) -> None:
        self._modal = modal
        self._values = values
        self._resolve_file = resolve_file

    def components(self) -> list[Json]:
        """The `components` of a MODAL_SUBMIT; raises ValueError for an answer the client would not take."""
        known = {component["custom_id"] for component in walk(self._modal["components"]) if "custom_id" in component}
        if unknown := set(self._values) - known:
            raise ValueError(f"the modal has no field {sorted(unknown)}; it has {sorted(known)}")
        return [self._top_level(component) for component in self._modal["components"]]

    def _top_level(self, component: Json) -> Json:
        head = {"type": component["type"], "id": component["id"]}
        match component["type"]:
            case Type.LABEL:
                return head | {"component": self._field(component["component"])}
            case Type.ACTION_ROW:
                return head | {"components": [self._field(child) for child in component["components"]]}
            case _:
                return head

    def _field(self, field: Json) -> Json:
        custom_id = field["custom_id"]
        head = {"type": field["type"], "id": field["id"], "custom_id": custom_id}
        value = self._values.get(custom_id, self._untouched(field))
        if field["type"] in _SINGLE:
            return head | {"value": self._single(field, value)}
        return head | {"values": self._several(field, [value] if isinstance(value, str) else list(value or []))}

    @staticmethod
    def _untouched(field: Json) -> Any:
        """What a field holds when the member leaves it alone."""
        match field["type"]:
            case Type.TEXT_INPUT:
                return field.get("value", "")
            case Type.CHECKBOX:
                return field["default"]
            case Type.RADIO_GROUP:
                return next((option["value"] for option in field["options"] if option.get("default")), None)
            case _:
                return [option["value"] for option in field.get("options", []) if option.get("default")]

    def _single(self, field: Json, value: Any) -> Any:
        name = field["custom_id"]
        if field["type"] == Type.CHECKBOX:
            return bool(value)
        if not value and field["required"]:
            raise ValueError(f"{name} is required")
        if field["type"] == Type.RADIO_GROUP:
            self._must_offer(field, [value] if value is not None else [])
            return value
        least, most = field.get("min_length", 0), field.get("max_length", 4000)
        if value and not least <= len(value) <= most:
            raise ValueError(f"{name} takes {least} to {most} characters, got {len(value)}")
        return value

    def _several(self, field: Json, values: list[str]) -> list[str]:
        least, most = field.get("min_values", 1), field.get("max_values", len(field.get("options", [])) or 1)
        least = least if field.get("required", True) or values else 0
        if not least <= len(values) <= most:
            raise ValueError(f"{field['custom_id']} takes {least} to {most} values, got {len(values)}")
        if field["type"] == Type.FILE_UPLOAD:
            return [self._resolve_file(value) for value in values]
        self._must_offer(field, values)
        return values

    @staticmethod
    def _must_offer(field: Json, values: list[str]) -> None:
        if "options" not in field:
            return
        offered = {option["value"] for option in field["options"]}
        if wrong := set(values) - offered:
            raise ValueError(f"{field['custom_id']} does not offer {sorted(wrong)}")
