"""How long something takes, as a log-normal distribution. Pure; times in seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

_STANDARD = NormalDist()
_TAIL_FROM = 5.0  # from here on the series of Mills' ratio is exact enough, and the quotient is not
_ROOT_2 = math.sqrt(2)
_ROOT_2PI = math.sqrt(2 * math.pi)


def density(z: float) -> float:
    """Of the standard normal distribution."""
    return math.exp(-z * z / 2) / _ROOT_2PI


def above(z: float) -> float:
    """The share of the standard normal distribution above z."""
    return math.erfc(z / _ROOT_2) / 2


def hazard(z: float) -> float:
    """Of the standard normal distribution: its density among what is above z."""
    if z < _TAIL_FROM:
        return density(z) / above(z)
    return z / (1 - 1 / z**2 + 3 / z**4 - 15 / z**6)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """The logarithm of the time is normal: `centre` and `spread` are its mean and standard deviation."""

    centre: float
    spread: float

    @classmethod
    def of_mean(cls, mean_s: float, spread: float) -> LogNormal:
        """The one with this mean time."""
        return cls(math.log(mean_s) - spread**2 / 2, spread)

    @property
    def median_s(self) -> float:
        return math.exp(self.centre)

    @property
    def mean_s(self) -> float:
        return math.exp(self.centre + self.spread**2 / 2)

    def z(self, seconds: float) -> float:
        """How many spreads a time is from the centre."""
        return (math.log(seconds) - self.centre) / self.spread

    def within_s(self, share: float) -> float:
        """The time within which this share of them ends."""
        return math.exp(self.centre + self.spread * _STANDARD.inv_cdf(share))

    def longer(self, seconds: float) -> float:
        """The share that takes longer."""
        return 1.0 if seconds <= 0 else above(self.z(seconds))
