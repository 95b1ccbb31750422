"""Modals: what a bot may show (Discord docs: Component reference, Modals)."""

from __future__ import annotations

from sandbox.discord.component_reader import SELECTS, ComponentReader, Type
from sandbox.discord.errors import FormErrors, Json, Path

_IN_LABEL = SELECTS | {
    Type.TEXT_INPUT,
    Type.FILE_UPLOAD,
    Type.RADIO_GROUP,
    Type.CHECKBOX_GROUP,
    Type.CHECKBOX,
}
_TOP = frozenset({Type.ACTION_ROW, Type.TEXT_DISPLAY, Type.LABEL})
MOST_TOP_LEVEL = 5


class ModalComponents(ComponentReader):
    """Reads the `data` of a modal answer (callback type 9)."""

    def __init__(self, errors: FormErrors) -> None:
        super().__init__(errors)
        self.readers |= dict.fromkeys(SELECTS, self._select) | {
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
        longest = min(raw.get("max_length", 4000), 4000)
        texts = self.optional(raw, {"value": longest, "placeholder": 100, "label": 45}, path)
        return {"custom_id": self.custom_id(raw, path), "required": raw.get("required", True)} | kept | texts

    def _select(self, raw: Json, path: Path) -> Json:
        if raw.get("disabled"):
            self.errors.add((*path, "disabled"), "COMPONENT_DISABLED_IN_MODAL", "A modal takes no disabled component.")
        self._optional_when_empty(raw, path)
        return self.select(raw, path)

    def _optional_when_empty(self, raw: Json, path: Path) -> None:
        if raw.get("min_values") == 0 and raw.get("required", True):
            text = "min_values must be left out or at least 1 where an answer is required."
            self.errors.add((*path, "min_values"), "NUMBER_TYPE_MIN", text)

    def _file_upload(self, raw: Json, path: Path) -> Json:
        least, most = raw.get("min_values", 1), raw.get("max_values", 1)
        if not (0 <= least <= 10 and 1 <= most <= 10):
            self.errors.add((*path, "max_values"), "NUMBER_TYPE_MAX", "A file upload takes 0 to 10 files.")
        self._optional_when_empty(raw, path)
        limits = {"min_values": least, "max_values": most, "required": raw.get("required", True)}
        return {"custom_id": self.custom_id(raw, path)} | limits

    def _radio_group(self, raw: Json, path: Path) -> Json:
        options = self.choices(raw, path, 2, 10)
        self.preselected(options, path, 1)
        return {"custom_id": self.custom_id(raw, path), "required": raw.get("required", True), "options": options}

    def _checkbox_group(self, raw: Json, path: Path) -> Json:
        options = self.choices(raw, path, 1, 10)
        self._optional_when_empty(raw, path)
        self.preselected(options, path, raw.get("max_values", len(options)))
        kept = {key: raw[key] for key in ("min_values", "max_values") if raw.get(key) is not None}
        required = {"required": raw.get("required", True)}
        return {"custom_id": self.custom_id(raw, path), "options": options} | required | kept

    def _checkbox(self, raw: Json, path: Path) -> Json:
        return {"custom_id": self.custom_id(raw, path), "default": bool(raw.get("default", False))}
