"""The fewest looks for a mean detection delay, by dynamic programming. Times in seconds.

A job ends at a random time T. Looks happen at fixed ages until one finds it ended; the first two are given, and no two
are closer than a second. Whoever knows the distribution of T can do no better on a grid of GRID_S.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from klapper.services.log_normal import LogNormal, above

EARLY_S = (5.0, 20.0)
SHORTEST_S = 1.0
GRID_S = 0.1
REST = 1e-9  # of the jobs, which take longer than is looked at


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one job on average. polls: how many looks. delay_s: from its end to the look that finds it."""

    polls: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class Ends:
    """When a job ends. at_s: a grid of ages, the first is 0; below: the share that has ended; partial_s: the integral
    of age * density up to there.
    """

    at_s: Sequence[float]
    below: Sequence[float]
    partial_s: Sequence[float]

    @classmethod
    def of(cls, expected: LogNormal, grid_s: float = GRID_S) -> Ends:
        """A log-normal one, up to the age that only REST outlive."""
        points = math.ceil(expected.within_s(1 - REST) / grid_s)
        at_s = [n * grid_s for n in range(points + 1)]
        zs = [-math.inf, *(expected.z(at) for at in at_s[1:])]
        below = [above(-z) for z in zs]
        return cls(at_s, below, [expected.mean_s * above(expected.spread - z) for z in zs])

    def cost(self, looks: Sequence[int]) -> Cost:
        """Of looks at these points of the grid."""
        polls = delay_s = 0.0
        before = 0
        for look in looks:
            polls += 1 - self.below[before]
            delay_s += self.waited_s(before, look)
            before = look
        return Cost(polls, delay_s)

    def waited_s(self, before: int, look: int) -> float:
        """What those that end between two looks wait, all together."""
        share = self.below[look] - self.below[before]
        return self.at_s[look] * share - (self.partial_s[look] - self.partial_s[before])


def best_looks(ends: Ends, price_s: float, *, first: Sequence[int], shortest: int) -> list[int]:
    """The looks that cost least when one is worth `price_s` seconds of delay. first: given looks; shortest: points.

    W[i] = min over j >= i + shortest of price * S[i] + delay(i, j) + W[j], and for each j delay(i, j) is a line in
    F[i]: the lower hull of these lines gives every minimum in constant time.
    """
    last = len(ends.at_s) - 1
    worth = [0.0] * (last + 1)
    following = [last] * (last + 1)
    lines: deque[tuple[float, float, int]] = deque()  # slope, value at 0, point

    for i in range(last - 1, -1, -1):
        j = min(i + shortest, last)
        if not lines or lines[-1][2] != j:
            _add(lines, (-ends.at_s[j], ends.at_s[j] * ends.below[j] - ends.partial_s[j] + worth[j], j))
        x = ends.below[i]
        while len(lines) > 1 and lines[1][0] * x + lines[1][1] <= lines[0][0] * x + lines[0][1]:
            lines.popleft()
        slope, base, following[i] = lines[0]
        worth[i] = price_s * (1 - x) + ends.partial_s[i] + slope * x + base
    looks = list(first)
    at = looks[-1] if looks else 0
    while at < last:
        at = following[at]
        looks.append(at)
    return looks


def _add(lines: deque[tuple[float, float, int]], new: tuple[float, float, int]) -> None:
    """Slopes grow: a line is never the lowest when its neighbours cross below it."""
    while len(lines) > 1:
        (m1, b1, _), (m2, b2, _) = lines[-2], lines[-1]
        if (b1 - new[1]) * (m2 - m1) < (b1 - b2) * (new[0] - m1):
            break
        lines.pop()
    lines.append(new)


class Optimum:
    """The least polls at any mean delay, for one distribution."""

    def __init__(self, expected: LogNormal, *, early_s: Sequence[float] = EARLY_S, grid_s: float = GRID_S) -> None:
        self._ends = Ends.of(expected, grid_s)
        self._first = [round(early / grid_s) for early in early_s]
        self._shortest = round(SHORTEST_S / grid_s)

    def at_delay(self, delay_s: float) -> Cost:
        """Few enough looks for this mean delay; between two neighbouring optima on the line through them."""
        low, high = 1e-4, 1e4  # prices of a look: few looks are cheap, many are dear
        fast, slow = self._at(low), self._at(high)
        for _ in range(24):
            price = math.sqrt(low * high)
            cost = self._at(price)
            if cost.delay_s <= delay_s:
                low, fast = price, cost
            else:
                high, slow = price, cost
        if slow.delay_s <= fast.delay_s:
            return fast
        share = min(1.0, max(0.0, (delay_s - fast.delay_s) / (slow.delay_s - fast.delay_s)))
        return Cost(
            fast.polls + share * (slow.polls - fast.polls), fast.delay_s + share * (slow.delay_s - fast.delay_s)
        )

    def _at(self, price_s: float) -> Cost:
        looks = best_looks(self._ends, price_s, first=self._first, shortest=self._shortest)
        return self._ends.cost(looks)
