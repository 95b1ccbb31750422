"""A modal as the member sees it: its title and its fields with what they already hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.driver.parts import Json

_ACTION_ROW, _TEXT_DISPLAY, _LABEL = 1, 10, 18


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field. `held` is the text it holds, `chosen` the preselected values, `ticked` the state of a checkbox.

    `values` and `labels` are those of its options, in order; what is chosen of roles, channels or users are ids.
    """

    custom_id: str
    type: int
    label: str
    description: str
    required: bool
    held: str
    chosen: tuple[str, ...]
    ticked: bool
    values: tuple[str, ...]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, raw: Json, label: str, description: str = "") -> FieldView:
        options = raw.get("options", [])
        return cls(
            custom_id=raw["custom_id"],
            type=raw["type"],
            label=label,
            description=description,
            required=bool(raw.get("required", True)),
            held=raw.get("value", ""),
            chosen=tuple(_chosen(raw)),
            ticked=bool(raw.get("default")),
            values=tuple(option["value"] for option in options),
            labels=tuple(option["label"] for option in options),
        )


@dataclass(frozen=True, slots=True)
class FormView:
    """A modal; `text` is what it says between the fields."""

    custom_id: str
    title: str
    text: str
    fields: tuple[FieldView, ...]

    @classmethod
    def of(cls, raw: Json) -> FormView:
        said = [one["content"] for one in raw["components"] if one["type"] == _TEXT_DISPLAY]
        return cls(raw["custom_id"], raw["title"], "\n".join(said), tuple(_fields(raw["components"])))

    def field(self, name: str) -> FieldView:
        """The field with this custom_id or label; raises LookupError naming those there are."""
        for field in self.fields:
            if name in (field.custom_id, field.label):
                return field
        raise LookupError(f"no field {name!r}; there are {[(one.custom_id, one.label) for one in self.fields]}")


def _chosen(raw: Json) -> Iterator[str]:
    yield from (option["value"] for option in raw.get("options", []) if option.get("default"))
    yield from (str(default["id"]) for default in raw.get("default_values", []))


def _fields(components: list[Json]) -> Iterator[FieldView]:
    for one in components:
        if one["type"] == _LABEL:
            yield FieldView.of(one["component"], one["label"], one.get("description", ""))
        elif one["type"] == _ACTION_ROW:
            yield from (FieldView.of(child, child.get("label", "")) for child in one["components"])
