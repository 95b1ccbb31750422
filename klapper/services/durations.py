"""Learned run times: what is to be expected of a job before and while it runs. Pure; docs/adr/0017-when-to-ask.md.

Per cell a normal model of the logarithms with a prior (normal-inverse-gamma). The prior's centre comes from Segmind's
published average, and a little from other cells of the model.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean, median

from klapper.services.log_normal import LogNormal, hazard

PUBLISHED_SPREAD = 0.4
UNPUBLISHED_AVERAGE_S = 180.0  # for a model that is no longer in the catalogue

KEPT_RUNS = 100  # per cell, the newest: Segmind gets faster and slower
USUAL_FROM_RUNS = 10
USUAL_SHARE = 0.8

_CENTRE_COUNTS = 1.0  # as so many runs does the published average count,
_SPREAD_COUNTS = 4.0  # and its spread
_NEIGHBOURS_COUNT = 2.0  # all other cells of the model together, at most
_OTHER_MODE, _OTHER_AUDIO, _TWICE_THE_SECONDS = 0.3, 0.6, 0.5  # what a run of such a cell counts
_FAR = math.log(5.0)  # a run so many times longer or shorter than its cell's median counts as just so far off

_STEPS = 6  # of expectation and maximisation
_TELLING_Z = -1.5  # a job younger than nearly all of its kind says nothing yet
_STUCK_Z = 3.0  # and one far older says no more than that it is late
_RUNNING_AT_MOST = 200  # ages looked at
_RUNNING_SHARE = 0.2  # of the kept runs, once the older ones are forgotten: the running ones are of the newest only


@dataclass(frozen=True, slots=True)
class Cell:
    """Jobs that should take about equally long. seconds: of the clip, 0 where the model has no choice."""

    slug: str
    mode: str | None = None
    seconds: int = 0
    audio: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """Eight of ten jobs take less than `under_s`. runs: how many were counted; 0: it is an estimate."""

    under_s: float
    runs: int


@dataclass(frozen=True, slots=True)
class _Known:
    """A centre and a spread that count as so many runs."""

    centre: float
    spread: float
    centre_counts: float
    spread_counts: float


class RunTimes:
    """What runs have taught. Order matters little: of each cell the newest KEPT_RUNS count.

    averages_s: the published average run time of each model, by slug.
    """

    def __init__(self, averages_s: Mapping[str, float]) -> None:
        self._averages_s = averages_s
        self._logs: dict[Cell, deque[float]] = {}
        self._full: set[Cell] = set()
        self._of_slug: dict[str, set[Cell]] = {}
        self._settled: dict[Cell, LogNormal] = {}  # estimates without running jobs

    def learn(self, cell: Cell, run_s: float) -> None:
        """A job of this cell took so long. Nonsense (nothing, or less) is left out."""
        if not (0 < run_s < math.inf):
            return
        logs = self._logs.setdefault(cell, deque(maxlen=KEPT_RUNS))
        if len(logs) == KEPT_RUNS:
            self._full.add(cell)
        logs.append(math.log(run_s))
        cells = self._of_slug.setdefault(cell.slug, set())
        cells.add(cell)
        for other in [known for known in self._settled if known.slug == cell.slug]:
            del self._settled[other]

    def runs(self, cell: Cell) -> int:
        """How many runs of this very cell are known."""
        return len(self._logs.get(cell, ()))

    def estimate(self, cell: Cell, running_s: Sequence[float] = ()) -> LogNormal:
        """How long a job of this cell takes. running_s: ages of those that run, which take longer than that."""
        settled = self._settled.get(cell)
        if settled is None:
            settled = self._settled[cell] = _learned(self._prior(cell), self._own(cell), ())
        late = [math.log(age_s) for age_s in running_s if age_s > 0 and settled.z(age_s) > _TELLING_Z]
        if not late:
            return settled
        most = _RUNNING_SHARE * KEPT_RUNS if cell in self._full else math.inf
        sample, weight = _thinned(late, most)
        return _with_running(self._prior(cell), self._own(cell), sample, weight, settled)

    def usual(self, cell: Cell) -> Usual:
        """What eight of ten take: counted from USUAL_FROM_RUNS on, before that estimated."""
        logs = self._logs.get(cell, ())
        if len(logs) < USUAL_FROM_RUNS:
            return Usual(self.estimate(cell).within_s(USUAL_SHARE), 0)
        return Usual(math.exp(sorted(logs)[math.ceil(USUAL_SHARE * len(logs)) - 1]), len(logs))

    def _own(self, cell: Cell) -> list[float]:
        logs = self._logs.get(cell)
        if not logs:
            return []
        # The prior takes part, so that a single run cannot be the measure of itself.
        middle = median((*logs, self._published(cell.slug).centre))
        return [min(max(log, middle - _FAR), middle + _FAR) for log in logs]

    def _published(self, slug: str) -> LogNormal:
        return LogNormal.of_mean(self._averages_s.get(slug, UNPUBLISHED_AVERAGE_S), PUBLISHED_SPREAD)

    def _prior(self, cell: Cell) -> _Known:
        published = self._published(cell.slug)
        total = summed = 0.0
        for other in self._of_slug.get(cell.slug, set()) - {cell}:
            own = self._own(other)
            weight = _nearness(cell, other) * len(own)
            total, summed = total + weight, summed + weight * fmean(own)
        counts = min(total, _NEIGHBOURS_COUNT)
        nearby = summed / total if total else 0.0
        centre = (_CENTRE_COUNTS * published.centre + counts * nearby) / (_CENTRE_COUNTS + counts)
        return _Known(centre, PUBLISHED_SPREAD, _CENTRE_COUNTS + counts, _SPREAD_COUNTS)


def _nearness(cell: Cell, other: Cell) -> float:
    """What a run of the other cell of the same model counts."""
    nearness = 1.0 if cell.mode == other.mode else _OTHER_MODE
    nearness *= 1.0 if cell.audio == other.audio else _OTHER_AUDIO
    if cell.seconds and other.seconds:
        nearness *= _TWICE_THE_SECONDS ** abs(math.log2(cell.seconds / other.seconds))
    return nearness


def _thinned(late: Sequence[float], most: float) -> tuple[list[float], float]:
    """Every so manieth of them, and what each counts; together no more than `most`."""
    stride = -(-len(late) // _RUNNING_AT_MOST)
    sample = list(islice(sorted(late), 0, None, stride))
    return sample, min(len(late), most) / len(sample)


def _learned(prior: _Known, logs: Sequence[float], running: Iterable[tuple[float, float, float]]) -> LogNormal:
    """The posterior. running: of each running job its expected log, the variance of that, and what it counts."""
    running = list(running)
    weights = len(logs) + sum(weight for _, _, weight in running)
    if not weights:
        return LogNormal(prior.centre, prior.spread)
    mean = (math.fsum(logs) + sum(weight * log for log, _, weight in running)) / weights
    scatter = sum((log - mean) ** 2 for log in logs)
    scatter += sum(weight * ((log - mean) ** 2 + variance) for log, variance, weight in running)
    together = prior.centre_counts + weights
    # How far the runs are from the prior says more about the prior than about the spread, so that is left out.
    variance = (prior.spread_counts * prior.spread**2 + scatter) / (prior.spread_counts + max(weights - 1, 0))
    return LogNormal((prior.centre_counts * prior.centre + weights * mean) / together, math.sqrt(variance))


def _with_running(
    prior: _Known, logs: Sequence[float], late: Sequence[float], weight: float, guess: LogNormal
) -> LogNormal:
    """Running jobs end some time after their age: expected there as the guess says, which gives a better guess."""
    for _ in range(_STEPS):
        running = []
        for age in late:
            z = min((age - guess.centre) / guess.spread, _STUCK_Z)
            risk = hazard(z)
            expected = guess.centre + guess.spread * risk
            running.append((expected, guess.spread**2 * (1 + z * risk - risk**2), weight))
        guess = _learned(prior, logs, running)
    return guess
