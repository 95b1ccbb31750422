"""What one parameter may look like. A wrong type is a 400, a wrong value a 406."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from sandbox.segmind.refusals import malformed, value_refused


class Parameter(Protocol):
    """The documented shape of one value."""

    def check(self, name: str, value: object) -> None:
        """Raise `Refused` unless `value` is what the model page allows for `name`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string of at most `longest` characters, with something in it unless it `may_be_empty`."""

    longest: int
    may_be_empty: bool = False

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, str):
            raise malformed(f"Parameter '{name}' must be a string")
        if not self.may_be_empty and not value.strip():
            raise value_refused(name, "must not be empty")
        if len(value) > self.longest:
            raise value_refused(name, f"must be at most {self.longest} characters, got {len(value)}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One string of a fixed set."""

    values: tuple[str, ...]

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, str):
            raise malformed(f"Parameter '{name}' must be a string")
        if value not in self.values:
            raise value_refused(name, f"must be one of {', '.join(self.values)}")


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer between `low` and `high`; with `only`, one of these."""

    low: int
    high: int
    only: tuple[int, ...] = ()

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise malformed(f"Parameter '{name}' must be an integer")
        if self.only and value not in self.only:
            raise value_refused(name, f"must be one of {', '.join(map(str, self.only))}")
        if not self.low <= value <= self.high:
            raise value_refused(name, f"must be between {self.low} and {self.high}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number between `low` and `high`."""

    low: float
    high: float

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise malformed(f"Parameter '{name}' must be a number")
        if not self.low <= value <= self.high:
            raise value_refused(name, f"must be between {self.low:g} and {self.high:g}")


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, bool):
            raise malformed(f"Parameter '{name}' must be a boolean")


@dataclass(frozen=True, slots=True)
class Uri:
    """An absolute http or https address."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, str):
            raise malformed(f"Parameter '{name}' must be a string (uri)")
        if not _is_web_address(value):
            raise value_refused(name, "must be an absolute http or https URL")


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(c.isspace() for c in value)


@dataclass(frozen=True, slots=True)
class ListOf:
    """One to `most` items of one shape."""

    item: Parameter
    most: int

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, list):
            raise malformed(f"Parameter '{name}' must be an array")
        if not 1 <= len(value) <= self.most:
            raise value_refused(name, f"must have between 1 and {self.most} items, got {len(value)}")
        for number, item in enumerate(value):
            self.item.check(f"{name}[{number}]", item)


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with these keys and no others: the whole body, or an item of an array."""

    optional: Mapping[str, Parameter]
    required: Mapping[str, Parameter] = field(default_factory=dict)

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, dict):
            raise malformed(f"Parameter '{name}' must be an object")
        prefix = f"{name}." if name else ""
        for key in self.required:
            if key not in value:
                raise malformed(f"Missing required parameter: {prefix}{key}")
        for key, item in value.items():
            shape = self.required.get(key) or self.optional.get(key)
            if shape is None:
                raise malformed(f"Unknown parameter: {prefix}{key}")
            shape.check(f"{prefix}{key}", item)
