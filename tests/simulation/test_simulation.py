"""Two hundred seeds of the simulator, in blocks that run beside each other; and that a seed is what it says."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.meta.tree import ROOT

SEEDS, BLOCK = 200, 25


def simulated(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    """A process of its own: seeds repeat exactly where sets of texts have a fixed order."""
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_no_seed_breaks_a_promise(first: int) -> None:
    done = simulated("--from", str(first), "--seeds", str(BLOCK), "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_seed_tells_the_same_story_in_every_process() -> None:
    stories = {simulated("--from", "43", "--story").stdout for _ in range(2)}
    assert len(stories) == 1
    assert len(stories.pop().splitlines()) > 50
