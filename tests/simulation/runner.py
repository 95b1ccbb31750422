"""Seeds by the hundred, on every core."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from tests.simulation.defects import KLAPPER, assembled
from tests.simulation.story import Line, Violation
from tests.simulation.world import live_through

LINES_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a seed. lines: of its story; those that matter where something was broken, else none."""

    seed: int
    digest: str
    violations: tuple[Violation, ...]
    lines: tuple[Line, ...]
    cpu_s: float
    lives: int
    lived_s: float
    jobs: int
    struck: tuple[tuple[str, int], ...]

    @property
    def is_clean(self) -> bool:
        return not self.violations


def outcome_of(seed: int, defect: str = KLAPPER, *, whole: bool = False) -> Outcome:
    """Live through one seed. whole: keep every line of the story."""
    began_s = time.process_time()
    world = live_through(seed, assembled(defect))
    story = world.story
    concerned = {violation.about for violation in story.violations}
    lines = story.lines if whole or "" in concerned else story.concerning(concerned)
    return Outcome(
        seed,
        story.digest(),
        tuple(story.violations),
        tuple(lines) if whole or story.violations else (),
        time.process_time() - began_s,
        world.lives,
        story.time.now_s,
        len(world.members.owners),
        tuple(sorted(world.faults.struck.items())),
    )


def run_seeds(seeds: Sequence[int], *, jobs: int = 1, defect: str = KLAPPER) -> Iterator[Outcome]:
    """Every seed's outcome, in order."""
    live = partial(outcome_of, defect=defect)
    if jobs <= 1:
        yield from map(live, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(live, seeds, chunksize=4)


def told(outcome: Outcome, defect: str = KLAPPER) -> str:
    """What went wrong in a seed, for whoever has to mend it."""
    again = f"python -m tests.simulation --from {outcome.seed} --seeds 1"
    if defect != KLAPPER:
        again += f" --defect {defect}"
    skipped = len(outcome.lines) - LINES_SHOWN
    lines = [str(line) for line in outcome.lines[-LINES_SHOWN:]]
    if skipped > 0:
        lines.insert(0, f"… {skipped} lines before these")
    broken = [f"  {violation}" for violation in outcome.violations]
    return "\n".join([f"Seed {outcome.seed} broke:", *broken, "", *lines, "", f"Once more: {again}"])


def first_broken(outcomes: Iterable[Outcome]) -> Outcome | None:
    """The first seed that found something."""
    return next((outcome for outcome in outcomes if not outcome.is_clean), None)
