"""`python -m tests.simulation --seeds 1000 --from 0 --jobs 2`: exit 1 when a seed breaks a promise, and its story."""

from __future__ import annotations

import argparse
import os
import sys
import time
from statistics import median

from tests.simulation.defects import DEFECTS, KLAPPER
from tests.simulation.runner import Outcome, first_broken, outcome_of, run_seeds, told

SHOWN_STORIES = 3


def main() -> int:
    """Run the seeds and report."""
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of texts have the same order in every process then
        os.execve(sys.executable, [*sys.orig_argv], os.environ | {"PYTHONHASHSEED": "0"})
    options = _options()
    if options.search:
        return _search(options.seeds)
    if options.story:
        print("\n".join(map(str, outcome_of(options.first, options.defect, whole=True).lines)))  # noqa: T201
        return 0
    began_s, outcomes, broken = time.monotonic(), [], 0
    seeds = range(options.first, options.first + options.seeds)
    for outcome in run_seeds(seeds, jobs=options.jobs, defect=options.defect):
        outcomes.append(outcome)
        if not outcome.is_clean:
            broken += 1
            if broken <= SHOWN_STORIES and not options.brief:
                print(told(outcome, options.defect), flush=True)  # noqa: T201
            else:
                print(f"Seed {outcome.seed} broke: {'; '.join(map(str, outcome.violations[:2]))}", flush=True)  # noqa: T201
    print(_summary(outcomes, broken, time.monotonic() - began_s))  # noqa: T201
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--defect", default=KLAPPER, help="a planted defect")
    parser.add_argument("--search", action="store_true", help="the first seed that catches each planted defect")
    parser.add_argument("--story", action="store_true", help="print the whole story of the first seed")
    parser.add_argument("--brief", action="store_true", help="a line for each broken seed instead of its story")
    return parser.parse_args()


def _search(seeds: int) -> int:
    """Name the seed and the check that catch each planted defect; 1 when one of them gets through."""
    missed = 0
    for defect in DEFECTS:
        outcome = first_broken(outcome_of(seed, defect) for seed in range(seeds))
        found = "not found" if outcome is None else f"seed {outcome.seed}, {outcome.violations[0].check}"
        missed += outcome is None
        print(f"{defect}: {found}", flush=True)  # noqa: T201
    return 1 if missed else 0


def _summary(outcomes: list[Outcome], broken: int, wall_s: float) -> str:
    cpu = sorted(outcome.cpu_s for outcome in outcomes)
    slowest = max(outcomes, key=lambda outcome: outcome.cpu_s).seed
    days = sum(outcome.lived_s for outcome in outcomes) / 86_400
    lives, jobs = sum(outcome.lives for outcome in outcomes), sum(outcome.jobs for outcome in outcomes)
    struck: dict[str, int] = {}
    for outcome in outcomes:
        for kind, count in outcome.struck:
            struck[kind] = struck.get(kind, 0) + count
    return (
        f"{len(outcomes)} seeds, {broken} broken: {jobs} jobs in {lives} lives and {days:.0f} days; "
        f"{sum(struck.values())} faults of {len(struck)} kinds; CPU per seed median {median(cpu):.2f} s, "
        f"longest {cpu[-1]:.2f} s (seed {slowest}); {wall_s:.0f} s in all"
    )


if __name__ == "__main__":
    sys.exit(main())
