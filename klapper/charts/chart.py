"""What a chart shows: numbers and labels, ready to be drawn. Pure; knows no plotting library.

Every chart has a title that says its subject, and a subtitle with the figure that matters most.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the bars. values: one for each bar."""

    label: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DailyBars:
    """A bar for each day, made of the series from the bottom up. dates: ISO."""

    title: str
    subtitle: str
    unit: str
    dates: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """note: what stands at its end."""

    label: str
    value: int
    note: str


@dataclass(frozen=True, slots=True)
class RankedBars:
    """Bars one below the other, in their order."""

    title: str
    subtitle: str
    unit: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """From nothing to `half` (half of all) and on to `most` (nine of ten), in seconds. note: what stands at its end."""

    label: str
    half: float
    most: float
    note: str


@dataclass(frozen=True, slots=True)
class Ranges:
    """Ranges one below the other."""

    title: str
    subtitle: str
    rows: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class BurnDown:
    """A budget over its period. ticks: the names of the parts of the period.

    left: at the beginning of each part up to now, and now. held: how much more would be left without what is only held.
    spent: in each part up to now. reached: how much of the last part, 0 to 1, is over.
    """

    title: str
    subtitle: str
    unit: str
    granted: int
    ticks: tuple[str, ...]
    left: tuple[int, ...]
    held: tuple[int, ...]
    spent: tuple[int, ...]
    reached: float


Chart: TypeAlias = DailyBars | RankedBars | Ranges | BurnDown

_KINDS: dict[str, type[Chart]] = {kind.__name__: kind for kind in (DailyBars, RankedBars, Ranges, BurnDown)}
_PARTS: dict[str, type[Series | Bar | Range]] = {"series": Series, "bars": Bar, "rows": Range}


def encode(charts: Iterable[Chart]) -> bytes:
    """One line of JSON."""
    return json.dumps([{"kind": type(chart).__name__, **asdict(chart)} for chart in charts]).encode() + b"\n"


def decode(line: bytes) -> list[Chart]:
    """What `encode` was given."""
    return [_chart(**fields) for fields in json.loads(line)]


def _chart(kind: str, **fields: Any) -> Chart:
    return _KINDS[kind](**{name: _field(name, value) for name, value in fields.items()})


def _field(name: str, value: Any) -> Any:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return value
    part = _PARTS.get(name)
    return tuple(value) if part is None else tuple(part(**_parts(one)) for one in value)


def _parts(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
