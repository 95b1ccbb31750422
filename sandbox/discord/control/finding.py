"""Finding the component that a member means, by what they see of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.discord.component_reader import Type, walk
from sandbox.discord.errors import Json
from sandbox.discord.messages import Message
from sandbox.discord.options import NotPossible


@dataclass(frozen=True, slots=True)
class Wanted:
    """A component by custom_id or label; `beside` narrows it to the sections with this text."""

    custom_id: str | None = None
    label: str | None = None
    beside: str | None = None

    def find(self, message: Message) -> Json:
        """The one enabled component meant; raises NotPossible, naming what there is."""
        usable = [one for one in self._candidates(message.content.components) if "custom_id" in one]
        found = [one for one in usable if self._means(one)]
        name = self.custom_id or self.label
        if len(found) != 1:
            listed = [(one["custom_id"], one.get("label")) for one in usable]
            raise NotPossible(f"{len(found)} components match {name!r}; the message has {listed}")
        if found[0].get("disabled"):
            raise NotPossible(f"{name} is disabled")
        return found[0]

    def _means(self, component: Json) -> bool:
        if self.custom_id is not None:
            return bool(component["custom_id"] == self.custom_id)
        return self.label is not None and component.get("label") == self.label

    def _candidates(self, components: list[Json]) -> Iterator[Json]:
        if self.beside is None:
            return walk(components)
        sections = [one for one in walk(components) if one["type"] == Type.SECTION]
        return (one["accessory"] for one in sections if self.beside in _text(one))


def _text(section: Json) -> str:
    return "\n".join(one["content"] for one in section["components"])
