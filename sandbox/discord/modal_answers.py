"""Modals: what a member may answer (Discord docs: Component reference, the response structures)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.discord.choosing import offered_values
from sandbox.discord.component_reader import ENTITY_SELECTS, Type, walk
from sandbox.discord.errors import Json
from sandbox.discord.options import NotPossible

_SINGLE = frozenset({Type.TEXT_INPUT, Type.RADIO_GROUP, Type.CHECKBOX})


class ModalAnswers:
    """A member's answers, checked as the client checks them before it sends anything.

    `values` are by custom_id or by the label above a field; options are named by value or by label, roles, channels and
    users by name or by id. `resolve_file` stores a picked file and returns its attachment id; `select` gives `values`
    and `resolved` of what was picked in a select without options.
    """

    def __init__(
        self,
        modal: Json,
        values: Mapping[str, Any],
        resolve_file: Callable[[str], str],
        select: Callable[[Json, list[str]], Json],
    ) -> None:
        self._modal = modal
        self._values = self._by_custom_id(values)
        self._resolve_file = resolve_file
        self._select = select
        self.resolved: dict[str, Json] = {}  # what `components` found picked

    def components(self) -> list[Json]:
        """The `components` of a MODAL_SUBMIT; raises NotPossible for an answer the client would not take."""
        return [self._top_level(component) for component in self._modal["components"]]

    def _by_custom_id(self, values: Mapping[str, Any]) -> dict[str, Any]:
        everything = list(walk(self._modal["components"]))
        known = {one["custom_id"] for one in everything if "custom_id" in one}
        labels = {one["label"]: one["component"]["custom_id"] for one in everything if one["type"] == Type.LABEL}
        if unknown := set(values) - known - set(labels):
            raise NotPossible(f"the modal has no field {sorted(unknown)}; it has {sorted(known)}, {sorted(labels)}")
        return {name if name in known else labels[name]: value for name, value in values.items()}

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
            case kind if kind in ENTITY_SELECTS:
                return [str(default["id"]) for default in field.get("default_values", [])]
            case _:
                return [option["value"] for option in field.get("options", []) if option.get("default")]

    def _single(self, field: Json, value: Any) -> Any:
        name = field["custom_id"]
        if field["type"] == Type.CHECKBOX:
            return bool(value)
        if not value and field["required"]:
            raise NotPossible(f"{name} is required")
        if field["type"] == Type.RADIO_GROUP:
            return offered_values(field, [value])[0] if value is not None else None
        least, most = field.get("min_length", 0), field.get("max_length", 4000)
        if value and not least <= len(value) <= most:
            raise NotPossible(f"{name} takes {least} to {most} characters, got {len(value)}")
        return value

    def _several(self, field: Json, values: list[str]) -> list[str]:
        least, most = field.get("min_values", 1), field.get("max_values", len(field.get("options", [])) or 1)
        least = least if field.get("required", True) or values else 0
        if not least <= len(values) <= most:
            raise NotPossible(f"{field['custom_id']} takes {least} to {most} values, got {len(values)}")
        if field["type"] == Type.FILE_UPLOAD:
            return [self._resolve_file(value) for value in values]
        if field["type"] not in ENTITY_SELECTS:
            return offered_values(field, values)
        picked = self._select(field, values)
        for kind, things in picked["resolved"].items():
            self.resolved.setdefault(kind, {}).update(things)
        return list(picked["values"])
