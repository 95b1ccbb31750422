"""List prices: cells by slug, and an operator's corrections."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import Enum, StrEnum
from typing import assert_never

from klapper.kling.resolution import ResolvedRequest

PriceOverrides = Mapping[str, Mapping[str, Decimal | float | int | str]]
"""A corrected price by slug and cell, e.g. `{"kling-o3-text2video": {"std/silent": 0.21}}`, in USD."""


class Sureness(StrEnum):
    """How well a price is known: published or recomputed from published ends; derived with a gap; guessed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Unit(Enum):
    """What one rate pays for."""

    SECOND = "s"
    CLIP = "clip"


class Axis(Enum):
    """What a rate depends on; the values of a model's axes, joined with `/`, name a cell of its prices."""

    MODE = "mode"  # std | pro
    SOUND = "sound"  # silent | audio
    VOICED_SOUND = "voiced sound"  # silent | audio | voice
    LENGTH = "length"  # 5s | 10s


@dataclass(frozen=True, slots=True)
class Rate:
    """One cell. usd: per unit; known_from: how the number was found."""

    usd: Decimal
    sureness: Sureness
    known_from: str


@dataclass(frozen=True, slots=True)
class ModelPrices:
    """The cells of one slug."""

    unit: Unit
    axes: tuple[Axis, ...]
    rates: Mapping[str, Rate]


@dataclass(frozen=True, slots=True)
class PriceTable:
    """List prices by slug. version: changes with every change of a price, and is stored with each job."""

    version: str
    models: Mapping[str, ModelPrices]

    def cell(self, resolved: ResolvedRequest) -> str:
        """Name of the cell that pays for this request, e.g. `pro/audio`."""
        return "/".join(_coordinate(axis, resolved) for axis in self.models[resolved.slug].axes)

    def with_overrides(self, overrides: PriceOverrides) -> PriceTable:
        """The table with an operator's corrections, under a version of its own.

        Raises ValueError with a sentence for an unknown slug or cell and for a value that is no price.
        """
        if not overrides:
            return self
        models = dict(self.models)
        for slug, cells in overrides.items():
            known = _known(slug, models, "model")
            models[known] = _corrected(models[known], known, cells)
        return PriceTable(f"{self.version}+{_digest(overrides)}", models)


def _coordinate(axis: Axis, resolved: ResolvedRequest) -> str:
    match axis:
        case Axis.MODE:
            return resolved.mode or ""
        case Axis.SOUND:
            return "audio" if resolved.audio else "silent"
        case Axis.VOICED_SOUND:
            return "voice" if resolved.filled.voice_ids else "audio" if resolved.audio else "silent"
        case Axis.LENGTH:
            return f"{resolved.duration_s}s"
        case _:
            assert_never(axis)


def _known(name: str, names: Mapping[str, object], what: str) -> str:
    if name not in names:
        near = get_close_matches(name, list(names), n=1, cutoff=0.0)[0]
        raise ValueError(f"There is no {what} {name!r} in the prices; the nearest is {near!r}.")
    return name


def _corrected(prices: ModelPrices, slug: str, cells: Mapping[str, Decimal | float | int | str]) -> ModelPrices:
    rates = {
        _known(cell, prices.rates, f"price of {slug}"): Rate(_usd(slug, cell, value), Sureness.HIGH, "configuration")
        for cell, value in cells.items()
    }
    return replace(prices, rates={**prices.rates, **rates})


def _usd(slug: str, cell: str, value: Decimal | float | int | str) -> Decimal:
    try:
        usd = Decimal(str(value))
    except InvalidOperation:
        usd = Decimal("NaN")
    if not usd.is_finite() or usd < 0:
        raise ValueError(f"The price {slug} {cell} must be an amount in USD, not {value!r}.")
    return usd


def _digest(overrides: PriceOverrides) -> str:
    plain = {slug: {cell: str(value) for cell, value in cells.items()} for slug, cells in overrides.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:8]
