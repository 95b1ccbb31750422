"""What Segmind charged becomes a price that an operator can paste, and that quotes exactly that."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from klapper.foundation import tariff_of
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.corrections import Charge, charge_of, explains, line, rate_of
from klapper.kling.prices import PRICES
from klapper.kling.pricing import quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest, resolve
from klapper.settings import load_settings

CHARGES = (1, 280_000, 333_333, 1_000_000, 1_050_001, 8_400_000)


def requests() -> Iterator[ResolvedRequest]:
    """One of each length that a price is computed for differently."""
    for seconds in (3, 7, 15):
        yield resolve(VideoRequest(prompt="a fox", duration_s=seconds), CATALOGUE)
        yield resolve(
            VideoRequest(prompt="a fox", model="o3", mode="pro", generate_audio=True, duration_s=seconds), CATALOGUE
        )
    yield resolve(VideoRequest(prompt="a fox", model="v1", mode="pro", duration_s=10), CATALOGUE)


@pytest.mark.parametrize("charged", CHARGES)
def test_the_pasted_line_makes_a_quote_of_what_was_charged(charged: int, tmp_path: Path) -> None:
    for resolved in requests():
        rate = rate_of([charge_of(resolved, charged, PRICES)])
        assert rate is not None
        config = tmp_path / "config.toml"
        config.write_text(f"[segmind]\n{line({resolved.slug: {PRICES.cell(resolved): rate}})}\n")
        tariff = tariff_of(load_settings(config, {}))
        assert quote(resolved, tariff).provider_cost_micro_usd == charged


def test_the_line_has_every_price_of_the_configuration(tmp_path: Path) -> None:
    prices = {
        "kling-o3-text2video": {"std/silent": Decimal("0.21"), "pro/audio": Decimal("0.400")},
        "kling.text 2": {"std/5s": Decimal(1)},
    }
    config = tmp_path / "config.toml"
    config.write_text(f"[segmind]\n{line(prices)}\n")
    assert load_settings(config, {}).segmind.prices == prices


@pytest.mark.parametrize(
    ("charges", "rate"),
    [
        ([], None),
        ([Charge(5, 1_050_000)], "0.21"),
        ([Charge(1, 280_000)], "0.28"),
        ([Charge(1, 2_000_000)], "2"),
        ([Charge(3, 1_000_000)], "0.3333333"),
        ([Charge(3, 630_000), Charge(15, 3_150_000)], "0.21"),
        ([Charge(5, 1_100_000), Charge(5, 1_050_000)], "0.22"),  # it was another before
        ([Charge(5, 1_050_000), Charge(5, 1_100_000), Charge(5, 1_050_000)], "0.21"),
    ],
)
def test_the_rate_is_the_shortest_that_explains_the_newest_charges(charges: list[Charge], rate: str | None) -> None:
    found = rate_of(charges)
    assert (None if found is None else f"{found:f}") == rate
    assert found is None or explains(found, charges[0])
