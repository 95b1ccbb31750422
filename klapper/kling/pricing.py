"""What a clip costs. `quote` is the only price function of the program."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from klapper.kling.model import Note
from klapper.kling.price_table import PriceTable, Rate, Sureness, Unit
from klapper.kling.resolution import ResolvedRequest, notes

USD_PER_BUDGET_UNIT = Decimal("0.01")
MICRO_USD = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Tariff:
    """Everything a price is made of. usd_per_credit: value of a member's credit; channel_factor: of this channel."""

    prices: PriceTable
    usd_per_credit: Decimal = Decimal("0.01")
    markup: Decimal = Decimal(1)
    channel_factor: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if self.usd_per_credit <= 0:
            raise ValueError("usd_per_credit must be more than 0.")
        if self.markup < 0 or self.channel_factor < 0:
            raise ValueError("markup and channel factor must not be negative.")


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one request, each amount rounded up once.

    list_usd: Segmind's list price. price_credits: what the member pays. budget_units: what the operator's budgets
    carry, cents of list price, untouched by markup, credit value and factors. provider_cost_micro_usd: expected cost.
    lines: how it was computed, for the receipt. notes: what to know before paying.
    """

    list_usd: Decimal
    price_credits: int
    budget_units: int
    provider_cost_micro_usd: int
    price_version: str
    sureness: Sureness
    lines: tuple[str, ...]
    notes: tuple[Note, ...]


def quote(resolved: ResolvedRequest, tariff: Tariff) -> Quote:
    """The price of a request. Raises KeyError when the table has no price for it, which a test rules out."""
    model_prices = tariff.prices.models[resolved.slug]
    cell = tariff.prices.cell(resolved)
    rate = model_prices.rates[cell]
    list_usd = _list_usd(rate, model_prices.unit, resolved.duration_s)
    return Quote(
        list_usd=list_usd,
        price_credits=_ceil(list_usd, tariff.markup, tariff.channel_factor, per=tariff.usd_per_credit),
        budget_units=_ceil(list_usd, per=USD_PER_BUDGET_UNIT),
        provider_cost_micro_usd=_ceil(list_usd, per=MICRO_USD),
        price_version=tariff.prices.version,
        sureness=rate.sureness,
        lines=_lines(rate, cell, model_prices.unit, resolved.duration_s, tariff),
        notes=notes(resolved),
    )


def _list_usd(rate: Rate, unit: Unit, duration_s: int) -> Decimal:
    return rate.usd * duration_s if unit is Unit.SECOND else rate.usd


@cache  # there are as many prices as the table has, times lengths
def _ceil(*factors: Decimal, per: Decimal) -> int:
    # Fractions: a Decimal division is rounded before it could be rounded up.
    return math.ceil(math.prod(map(Fraction, factors)) / Fraction(per))


def _lines(rate: Rate, cell: str, unit: Unit, duration_s: int, tariff: Tariff) -> tuple[str, ...]:
    amount = (
        f"{duration_s} s x {rate.usd:f} USD" if unit is Unit.SECOND else f"1 clip of {duration_s} s: {rate.usd:f} USD"
    )
    lines = [f"{amount} ({cell})"]
    if tariff.markup != 1:
        lines.append(f"x {tariff.markup:f} markup")
    if tariff.channel_factor != 1:
        lines.append(f"x {tariff.channel_factor:f} in this channel")
    lines.append(f"1 credit = {tariff.usd_per_credit:f} USD")
    return tuple(lines)
