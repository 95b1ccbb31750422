"""The likeness of a picture, from a tiny grey copy of it. Arithmetic alone: Pillow makes the copy in `normalise.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from klapper.kling.likeness import FREQUENCIES, HIGHEST, Likeness

SIDE_PX = 32  # of the copy, whatever the picture's shape: a stretched picture is the same picture
STRONG = 0.35  # times the mean strength: below it a frequency counts as neither positive nor negative
LEAST_STRENGTH = 200.0  # of the mean; patterns that one can hardly see have 50 to 100, the faintest pictures 660

_WAVES = [
    [math.cos(math.pi * wave * (2 * place + 1) / (2 * SIDE_PX)) for place in range(SIDE_PX)]
    for wave in range(HIGHEST + 1)
]


def likeness_of(levels: bytes) -> Likeness:
    """levels: SIDE_PX rows of as many grey levels each."""
    strengths = _strengths(levels)
    mean = math.sqrt(sum(strength * strength for strength in strengths) / len(strengths))
    if mean < LEAST_STRENGTH:
        return Likeness(0)
    limit = STRONG * mean
    return Likeness.of(
        positive=_bits([strength > limit for strength in strengths]),
        negative=_bits([strength < -limit for strength in strengths]),
    )


def _strengths(levels: bytes) -> list[float]:
    """How strong each of FREQUENCIES is: a cosine transform (DCT-II), first along the rows, then down the columns.

    The strength of a wave in photographs falls with its frequency; times the frequency, each has a say.
    """
    rows = [levels[start : start + SIDE_PX] for start in range(0, SIDE_PX * SIDE_PX, SIDE_PX)]
    columns = [[_product(wave, row) for row in rows] for wave in _WAVES]
    return [
        _product(_WAVES[down], columns[across])
        * math.hypot(down, across)
        / (1 if down and across else math.sqrt(2))  # the transform's own scale
        for down, across in FREQUENCIES
    ]


def _product(wave: Sequence[float], values: Sequence[float]) -> float:
    return sum(factor * value for factor, value in zip(wave, values, strict=True))


def _bits(flags: Sequence[bool]) -> int:
    return sum(1 << place for place, flag in enumerate(flags) if flag)
