"""Which rate explains what Segmind charged, and how an operator writes it down. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from klapper.kling.price_table import PriceTable, Unit
from klapper.kling.resolution import ResolvedRequest

MICRO_PER_USD = 1_000_000
MOST_DIGITS = 12  # two lengths of up to 15 s tell rates apart that differ in the ninth
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request cost. units: seconds, or 1 clip, as its model is paid."""

    units: int
    micro_usd: int


def charge_of(resolved: ResolvedRequest, micro_usd: int, prices: PriceTable) -> Charge:
    """A charge with what was paid for. Raises KeyError for a model without prices."""
    per_second = prices.models[resolved.slug].unit is Unit.SECOND
    return Charge(resolved.duration_s if per_second else 1, micro_usd)


def explains(rate_usd: Decimal, charge: Charge) -> bool:
    """Whether `quote` makes exactly this charge of the rate."""
    least, most = _bounds(charge)
    return least < Fraction(rate_usd) <= most


def rate_of(charges: Iterable[Charge]) -> Decimal | None:
    """The shortest rate in USD that explains the newest charges, as many as one rate can; None without any.

    charges: newest first; what a rate of before explains is left out.
    """
    least, most = Fraction(-1), None
    for charge in charges:
        lower, upper = _bounds(charge)
        lower, upper = max(least, lower), upper if most is None else min(most, upper)
        if lower >= upper:
            break
        least, most = lower, upper
    return None if most is None else _shortest(least, most)


def line(prices: Mapping[str, Mapping[str, Decimal]]) -> str:
    """The line of the configuration that has these prices, by model and cell."""
    models = (f"{_key(slug)} = {{ {_cells(cells)} }}" for slug, cells in prices.items())
    return f"prices = {{ {', '.join(models)} }}"


def _bounds(charge: Charge) -> tuple[Fraction, Fraction]:
    """Rates that `quote` rounds up to the charge: above the first, at most the second."""
    whole = charge.units * MICRO_PER_USD
    return Fraction(charge.micro_usd - 1, whole), Fraction(charge.micro_usd, whole)


def _shortest(least: Fraction, most: Fraction) -> Decimal:
    for digits in range(MOST_DIGITS + 1):
        found = Fraction(most * 10**digits // 1, 10**digits)
        if found > least:
            break
    exact = Decimal(found.numerator) / Decimal(found.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_FLOOR)


def _cells(cells: Mapping[str, Decimal]) -> str:
    return ", ".join(f'"{cell}" = {usd:f}' for cell, usd in cells.items())


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else f'"{name}"'
