"""Prices recomputed by hand from the published rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from klapper.kling.catalogue import CATALOGUE
from klapper.kling.price_table import Sureness
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Quote, Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve

A = "a" * 64
VOICED = {"prompt": "<<<voice_1>>>", "generate_audio": True, "voice_ids": ("v-1",)}
SOUND = {"generate_audio": True}


def priced(options: dict[str, Any], tariff: Tariff | None = None) -> Quote:
    return quote(resolve(VideoRequest(**{"prompt": "a fox", **options}), CATALOGUE), tariff or Tariff(PRICES))


# options, list price in USD, credits at 0.01 USD, sureness
ROWS: list[tuple[dict[str, Any], str, int, str]] = [
    ({}, "0.84", 84, "high"),
    ({"duration_s": 3}, "0.504", 51, "high"),
    ({"duration_s": 15}, "2.52", 252, "high"),
    (SOUND, "1.26", 126, "medium"),
    (SOUND | {"duration_s": 15}, "3.78", 378, "medium"),
    (VOICED, "1.54", 154, "medium"),
    (VOICED | {"duration_s": 15}, "4.62", 462, "medium"),
    ({"start_image": A}, "0.84", 84, "high"),
    (SOUND | {"start_image": A, "duration_s": 7}, "1.764", 177, "medium"),
    (VOICED | {"start_image": A}, "1.54", 154, "medium"),
    ({"model": "o3", "duration_s": 3}, "0.63", 63, "high"),
    ({"model": "o3"}, "1.05", 105, "high"),
    (SOUND | {"model": "o3"}, "1.40", 140, "high"),
    ({"model": "o3", "mode": "pro"}, "1.40", 140, "high"),
    (SOUND | {"model": "o3", "mode": "pro"}, "1.75", 175, "high"),
    (SOUND | {"model": "o3", "mode": "pro", "duration_s": 15}, "5.25", 525, "high"),
    (VOICED | {"model": "o3"}, "1.40", 140, "high"),
    ({"model": "o3", "start_image": A, "duration_s": 3}, "0.63", 63, "high"),
    (SOUND | {"model": "o3", "start_image": A, "mode": "pro", "duration_s": 15}, "5.25", 525, "high"),
    ({"model": "v1"}, "0.28", 28, "high"),
    ({"model": "v1", "duration_s": 10}, "0.56", 56, "high"),
    ({"model": "v1", "mode": "pro"}, "0.98", 98, "high"),
    ({"model": "v1", "mode": "pro", "duration_s": 10}, "1.96", 196, "high"),
]


@pytest.mark.parametrize(("options", "usd", "price_credits", "sureness"), ROWS)
def test_a_price_is_the_published_rate_times_what_is_asked(
    options: dict[str, Any], usd: str, price_credits: int, sureness: str
) -> None:
    price = priced(options)
    assert price.list_usd == Decimal(usd)
    assert price.price_credits == price_credits
    assert price.budget_units == price_credits
    assert price.provider_cost_micro_usd == int(Decimal(usd) * 1_000_000)
    assert price.sureness == Sureness(sureness)


# usd_per_credit, markup, channel factor, list price of (o3, seconds), credits
ROUNDING: list[tuple[str, str, str, int, int]] = [
    ("0.01", "1", "1", 5, 105),
    ("0.01", "1.5", "1", 5, 158),  # 157.5
    ("0.01", "1.5", "2", 5, 315),  # rounded once, not 158 x 2
    ("0.02", "1", "1", 5, 53),  # 52.5
    ("0.003", "1", "1", 5, 350),
    ("0.07", "1", "1", 5, 15),  # exact: 1.05 / 0.07
    ("0.07", "1.0000001", "1", 5, 16),
    ("0.01", "0", "1", 5, 0),
    ("0.01", "1", "0", 5, 0),
    ("0.01", "1.1", "1", 10, 231),  # 231.00000000000003 in binary floating point
    ("3", "1", "1", 3, 1),
]


@pytest.mark.parametrize(("usd_per_credit", "markup", "factor", "seconds", "price_credits"), ROUNDING)
def test_credits_are_rounded_up_once(
    usd_per_credit: str, markup: str, factor: str, seconds: int, price_credits: int
) -> None:
    tariff = Tariff(PRICES, Decimal(usd_per_credit), Decimal(markup), Decimal(factor))
    assert priced({"model": "o3", "duration_s": seconds}, tariff).price_credits == price_credits


def test_markup_credit_value_and_channel_do_not_touch_the_operators_budget() -> None:
    dear = priced({}, Tariff(PRICES, Decimal("0.5"), Decimal(3), Decimal(2)))
    assert (dear.budget_units, dear.provider_cost_micro_usd) == (84, 840_000)


def test_the_lines_say_how_the_price_was_computed() -> None:
    tariff = Tariff(PRICES, markup=Decimal("1.5"), channel_factor=Decimal("0.5"))
    assert priced({"model": "o3", "mode": "pro"}, tariff).lines == (
        "5 s x 0.28 USD (pro/silent)",
        "x 1.5 markup",
        "x 0.5 in this channel",
        "1 credit = 0.01 USD",
    )
    assert priced({"model": "v1"}).lines == ("1 clip of 5 s: 0.28 USD (std/5s)", "1 credit = 0.01 USD")


def test_a_quote_carries_what_may_have_no_effect() -> None:
    assert [note.code for note in priced({"model": "o3", "cfg_scale": 0.3}).notes] == ["cfg_scale_may_have_no_effect"]


def test_every_model_of_the_catalogue_has_prices() -> None:
    assert set(PRICES.models) == {model.slug for model in CATALOGUE.models}


@pytest.mark.parametrize("value", [0.19, "0.19", Decimal("0.19")])
def test_an_operator_corrects_one_cell_of_one_model(value: Any) -> None:
    tariff = Tariff(PRICES.with_overrides({"kling-o3-text2video": {"std/silent": value}}))
    assert priced({"model": "o3"}, tariff).list_usd == Decimal("0.95")
    assert priced({"model": "o3", "mode": "pro"}, tariff).list_usd == Decimal("1.40")
    assert priced({"model": "o3", "start_image": A}, tariff).list_usd == Decimal("1.05")


def test_a_corrected_table_has_a_version_of_its_own() -> None:
    first = PRICES.with_overrides({"kling-text2video": {"std/5s": "0.3"}})
    again = PRICES.with_overrides({"kling-text2video": {"std/5s": "0.3"}})
    other = PRICES.with_overrides({"kling-text2video": {"std/5s": "0.31"}})
    assert first.version == again.version
    assert len({PRICES.version, first.version, other.version}) == 3
    assert PRICES.with_overrides({}) is PRICES


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"kling-o3-textvideo": {"std/silent": 1}}, "nearest is 'kling-o3-text2video'"),
        ({"kling-o3-text2video": {"std/quiet": 1}}, "nearest is 'std/silent'"),
        ({"kling-o3-text2video": {"std/silent": -1}}, "kling-o3-text2video std/silent must be an amount in USD"),
        ({"kling-o3-text2video": {"std/silent": "cheap"}}, "must be an amount in USD"),
        ({"kling-o3-text2video": {"std/silent": float("inf")}}, "must be an amount in USD"),
    ],
)
def test_a_wrong_correction_is_an_error_that_names_it(overrides: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PRICES.with_overrides(overrides)


@pytest.mark.parametrize(
    ("usd_per_credit", "markup", "factor"), [("0", "1", "1"), ("-1", "1", "1"), ("1", "-1", "1"), ("1", "1", "-1")]
)
def test_a_tariff_that_would_pay_members_is_impossible(usd_per_credit: str, markup: str, factor: str) -> None:
    with pytest.raises(ValueError, match="must"):
        Tariff(PRICES, Decimal(usd_per_credit), Decimal(markup), Decimal(factor))
