"""List prices, as data. Segmind prints ranges, not tables; each cell says how it was found.

`high`: the ends are published and the inner cells follow from Kling's public ratios without a remainder. `medium`: the
ratio is public but no end is. The published maximum of 3.0 Standard, 8.40 USD, follows from no known rate. Bills tell:
compare with the `cost` of finished jobs and correct a cell in the configuration.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from klapper.kling.price_table import Axis, ModelPrices, PriceTable, Rate, Sureness, Unit


def _rate(usd: str, sureness: Sureness, known_from: str) -> Rate:
    return Rate(Decimal(usd), sureness, known_from)


_O3_RANGE = "end of the published range 0.63 to 5.25 USD"
_O3_RATIO = "public O3 ratio 0.084 : 0.112 : 0.112 : 0.140, fitted to the published range"
_O3 = ModelPrices(
    unit=Unit.SECOND,
    axes=(Axis.MODE, Axis.SOUND),
    rates={
        "std/silent": _rate("0.21", Sureness.HIGH, _O3_RANGE),
        "std/audio": _rate("0.28", Sureness.HIGH, _O3_RATIO),
        "pro/silent": _rate("0.28", Sureness.HIGH, _O3_RATIO),
        "pro/audio": _rate("0.35", Sureness.HIGH, _O3_RANGE),
    },
)

_THREE_RATIO = "public 3.0 Standard ratio 0.084 : 0.126 : 0.154; the published maximum does not follow"
_THREE_STANDARD = ModelPrices(
    unit=Unit.SECOND,
    axes=(Axis.VOICED_SOUND,),
    rates={
        "silent": _rate("0.168", Sureness.HIGH, "published minimum 0.504 USD for 3 s"),
        "audio": _rate("0.252", Sureness.MEDIUM, _THREE_RATIO),
        "voice": _rate("0.308", Sureness.MEDIUM, _THREE_RATIO),
    },
)

_V1_RANGE = "end of the published range 0.28 to 1.96 USD"
_V1_RATIO = "Kling V1 ratio 10 : 20 : 35 : 70, fitted to the published range"
_V1 = ModelPrices(
    unit=Unit.CLIP,
    axes=(Axis.MODE, Axis.LENGTH),
    rates={
        "std/5s": _rate("0.28", Sureness.HIGH, _V1_RANGE),
        "std/10s": _rate("0.56", Sureness.HIGH, _V1_RATIO),
        "pro/5s": _rate("0.98", Sureness.HIGH, _V1_RATIO),
        "pro/10s": _rate("1.96", Sureness.HIGH, _V1_RANGE),
    },
)

PRICES: Final = PriceTable(
    version="2026-09",
    models={
        "kling-3-standard-text2video": _THREE_STANDARD,
        "kling-3-standard-image2video": _THREE_STANDARD,
        "kling-o3-text2video": _O3,
        "kling-o3-image2video": _O3,
        "kling-text2video": _V1,
    },
)
