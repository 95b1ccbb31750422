"""What a member's clips usually cost. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

USUAL_JOBS = 20  # so many of the last charged jobs say what is usual
USUAL_FROM_JOBS = 3


@dataclass(frozen=True, slots=True)
class UsualCost:
    """What a member's last charged jobs cost, in credits. median: half of them cost no more."""

    median: int
    least: int
    most: int
    jobs: int


def usual_cost(charges: Sequence[int]) -> UsualCost | None:
    """Of what so many jobs cost; None below USUAL_FROM_JOBS."""
    if len(charges) < USUAL_FROM_JOBS:
        return None
    return UsualCost(median_low(charges), min(charges), max(charges), len(charges))
