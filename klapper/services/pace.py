"""How often a running job should be asked about, relative to its age: in proportion to sqrt(hazard). Pure.

Everything is in units of the median run time, so that one table serves all models with the same spread.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import lru_cache

from klapper.services.log_normal import above, density

STUCK_SHARE = 0.01  # of the jobs: log-normal jobs never take so long, but this share does not know that
STUCK_POWER = 0.5  # those that are left of them at x medians: x ** -power
GIVEN_UP_FROM = 8.0  # medians; from here on the step between looks grows with the age

_POINTS = 800
_FROM_Z, _TO_Z = -6.0, 8.0


class Pace:
    """For one spread. `passed(x)` grows by one per look when the factor is 1; x is the age in medians.

    need: the integral of sqrt(density * survival): with looks at rate k * sqrt(hazard) the mean delay is need / 2k.
    """

    def __init__(self, spread: float) -> None:
        to_z = max(_TO_Z, math.log(2 * GIVEN_UP_FROM) / spread)
        zs = [_FROM_Z + (to_z - _FROM_Z) * n / (_POINTS - 1) for n in range(_POINTS)]
        self._xs = [math.exp(spread * z) for z in zs]
        self._rates = [_rate(x, z, spread) for x, z in zip(self._xs, zs, strict=True)]
        self._passed = [0.0]
        self.need = 0.0
        for n in range(1, _POINTS):
            step = self._xs[n] - self._xs[n - 1]
            self._passed.append(self._passed[-1] + step * (self._rates[n - 1] + self._rates[n]) / 2)
            z = (zs[n - 1] + zs[n]) / 2
            self.need += step * math.sqrt(density(z) / (spread * math.exp(spread * z)) * above(z))

    def rate(self, x: float) -> float:
        """sqrt(hazard) at this age."""
        if x >= self._xs[-1]:
            return math.sqrt(_stuck_hazard(x))
        n = bisect_right(self._xs, x)
        if n == 0:
            return 0.0
        share = (x - self._xs[n - 1]) / (self._xs[n] - self._xs[n - 1])
        return self._rates[n - 1] + share * (self._rates[n] - self._rates[n - 1])

    def passed(self, x: float) -> float:
        """The integral of the rate up to this age."""
        if x >= self._xs[-1]:
            return self._passed[-1] + _TAIL * math.log(x / self._xs[-1])
        n = bisect_right(self._xs, x)
        if n == 0:
            return 0.0
        share = (x - self._xs[n - 1]) / (self._xs[n] - self._xs[n - 1])
        return self._passed[n - 1] + share * (self._passed[n] - self._passed[n - 1])

    def age(self, passed: float) -> float:
        """The age at which the integral is so large."""
        if passed >= self._passed[-1]:
            return self._xs[-1] * math.exp((passed - self._passed[-1]) / _TAIL)
        n = bisect_right(self._passed, passed)
        if n == 0:
            return self._xs[0]
        share = (passed - self._passed[n - 1]) / (self._passed[n] - self._passed[n - 1])
        return self._xs[n - 1] + share * (self._xs[n] - self._xs[n - 1])


@lru_cache(maxsize=300)
def pace(spread: float) -> Pace:
    """The table for this spread; ask with a rounded one, so that there are few."""
    return Pace(spread)


def _rate(x: float, z: float, spread: float) -> float:
    stuck = STUCK_SHARE * _stuck(x)
    ending = (1 - STUCK_SHARE) * density(z) / (spread * x) + stuck * _stuck_hazard(x)
    return math.sqrt(ending / ((1 - STUCK_SHARE) * above(z) + stuck))


def _stuck_hazard(x: float) -> float:
    if x <= 1:
        return 0.0
    return STUCK_POWER / x if x < GIVEN_UP_FROM else STUCK_POWER * GIVEN_UP_FROM / x**2


def _stuck(x: float) -> float:
    """How many of the stuck jobs are left."""
    if x <= 1:
        return 1.0
    if x < GIVEN_UP_FROM:
        return float(x**-STUCK_POWER)
    return float(GIVEN_UP_FROM**-STUCK_POWER * math.exp(STUCK_POWER * (GIVEN_UP_FROM / x - 1)))


_TAIL = math.sqrt(STUCK_POWER * GIVEN_UP_FROM)  # of the rate: it is this by the age
