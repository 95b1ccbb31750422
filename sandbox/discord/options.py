"""What a member can enter for a command: exactly what Discord's client would let through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.discord.commands import NESTED, Command, OptionType
from sandbox.discord.errors import Json


class NotPossible(ValueError):
    """The member's client would not send this; the text says why."""


class Resolver(Protocol):
    """Finds what a member picked; each answers the id for the option and the objects for `resolved`."""

    def attachment(self, upload: str) -> tuple[str, Json]: ...
    def user(self, name: str) -> tuple[str, Json, Json | None]: ...
    def channel(self, name: str) -> tuple[str, Json]: ...
    def role(self, name: str) -> tuple[str, Json]: ...


@dataclass(slots=True)
class Entered:
    """The `data` of a command interaction: options as a tree, and what their ids stand for."""

    options: list[Json] = field(default_factory=list)
    resolved: dict[str, Json] = field(default_factory=dict)

    def resolve(self, kind: str, snowflake: str, payload: Json) -> None:
        self.resolved.setdefault(kind, {})[snowflake] = payload


class OptionEntry:
    """Checks a member's values against the registered command."""

    def __init__(self, command: Command, resolver: Resolver) -> None:
        self._command = command
        self._resolver = resolver

    def enter(self, path: list[str], values: Mapping[str, Any], focused: str | None = None) -> Entered:
        """Values of the (sub)command at `path` as interaction data; raises NotPossible.

        With `focused` it is an autocomplete: required options may be missing and that option may be half typed.
        """
        options, wrap = self._leaf(path)
        entered = Entered()
        offered = {option["name"]: option for option in options}
        if unknown := sorted(set(values) - set(offered)):
            raise NotPossible(f"/{self._command.name} has no option {unknown}; it has {sorted(offered)}")
        missing = [one["name"] for one in options if one.get("required") and values.get(one["name"]) is None]
        if missing and focused is None:
            raise NotPossible(f"/{self._command.name} needs {missing}")
        if focused is not None and not offered.get(focused, {}).get("autocomplete"):
            raise NotPossible(f"option {focused!r} has no autocomplete")
        leaves = [
            self._leaf_value(offered[name], value, entered, focused)
            for name, value in values.items()
            if value is not None
        ]
        entered.options = wrap(leaves)
        return entered

    def _leaf(self, path: list[str]) -> tuple[list[Json], Any]:
        """The options of the command that `path` names, and how to wrap their values."""
        options, steps = self._command.definition["options"], []
        for name in path:
            step = next((one for one in options if one["name"] == name and one["type"] in NESTED), None)
            if step is None:
                raise NotPossible(f"/{self._command.name} has no subcommand {' '.join(path)!r}")
            steps.append(step)
            options = step.get("options") or []
        if any(option["type"] in NESTED for option in options):
            raise NotPossible(f"/{self._command.name} {' '.join(path)} needs a subcommand".replace("  ", " "))

        def wrap(leaves: list[Json]) -> list[Json]:
            for step in reversed(steps):
                leaves = [{"name": step["name"], "type": step["type"], "options": leaves}]
            return leaves

        return options, wrap

    def _leaf_value(self, option: Json, value: Any, entered: Entered, focused: str | None) -> Json:
        name, kind = option["name"], OptionType(option["type"])
        if name == focused:
            return {"name": name, "type": int(kind), "value": value, "focused": True}
        return {"name": name, "type": int(kind), "value": self._checked(kind, option, value, entered)}

    def _checked(self, kind: OptionType, option: Json, value: Any, entered: Entered) -> Any:
        match kind:
            case OptionType.STRING | OptionType.INTEGER | OptionType.NUMBER | OptionType.BOOLEAN:
                return _plain(kind, option, value)
            case OptionType.ATTACHMENT:
                snowflake, payload = self._resolver.attachment(value)
                entered.resolve("attachments", snowflake, payload)
            case OptionType.CHANNEL:
                snowflake, payload = self._resolver.channel(value)
                entered.resolve("channels", snowflake, payload)
            case OptionType.ROLE:
                snowflake, payload = self._resolver.role(value)
                entered.resolve("roles", snowflake, payload)
            case OptionType.USER | OptionType.MENTIONABLE:
                snowflake, payload, member = self._resolver.user(value)
                entered.resolve("users", snowflake, payload)
                if member is not None:
                    entered.resolve("members", snowflake, member)
            case _:
                raise NotPossible(f"{option['name']} is a subcommand")
        return snowflake


_PYTHON: dict[OptionType, tuple[type, ...]] = {
    OptionType.STRING: (str,),
    OptionType.INTEGER: (int,),
    OptionType.NUMBER: (int, float),
    OptionType.BOOLEAN: (bool,),
}


def _plain(kind: OptionType, option: Json, value: Any) -> Any:
    name = option["name"]
    if not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind is not OptionType.BOOLEAN):
        raise NotPossible(f"{name} takes a {kind.name.lower()}, got {value!r}")
    choices = option.get("choices") or []
    if choices:
        return _chosen(name, choices, value)
    if isinstance(value, str):
        _within(f"the length of {name}", len(value), option.get("min_length", 0), option.get("max_length", 6000))
    elif isinstance(value, int | float) and kind is not OptionType.BOOLEAN:
        _within(name, value, option.get("min_value"), option.get("max_value"))
    return value


def _chosen(name: str, choices: list[Json], value: Any) -> Any:
    """The value of a choice; the member may also give the name that the client shows."""
    for choice in choices:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    raise NotPossible(f"{name} offers {[choice['value'] for choice in choices]}, got {value!r}")


def _within(name: str, value: float, least: float | None, most: float | None) -> None:
    if (least is not None and value < least) or (most is not None and value > most):
        raise NotPossible(f"{name} must be between {least} and {most}, got {value}")
