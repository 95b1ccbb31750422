"""Quantiles of what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Some quantiles of a sample, in its unit."""

    count: int
    p50: float
    p95: float
    p99: float
    highest: float

    @classmethod
    def of(cls, sample: Iterable[float]) -> Spread:
        """Raises ValueError for an empty sample."""
        ordered = sorted(sample)
        p50, p95, p99 = (quantile(ordered, share) for share in (0.5, 0.95, 0.99))
        return cls(len(ordered), p50, p95, p99, ordered[-1])


def quantile(ordered: list[float], share: float) -> float:
    """The smallest value that this share of the sample does not exceed. Raises ValueError for an empty sample."""
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
