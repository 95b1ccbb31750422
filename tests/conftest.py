"""Which tests a worker begins with, and what Hypothesis may not complain of.

Most workers begin with the tests that wait for real processes, while the others compute.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

# On a shared computer an example may be slow; that is no finding.
settings.register_profile("klapper", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("klapper")

SLOW = ("tests/acceptance/", "tests/browser/test_page.py", "tests/browser/test_reach.py")
# What takes longest comes first: at the end everybody would wait for it.
LONGEST = (
    "tests/acceptance/test_trouble.py::test_media_that_is_gone",
    "tests/acceptance/test_demo.py::test_the_story",
    "tests/integration/attachments/test_hundred_images.py",
    "tests/simulation/test_simulation.py",
)
T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-xdist cuts the list into a piece per worker, and moves what is at the end of a piece to who is idle."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    slow = [item for item in items if item.nodeid.startswith(SLOW)]
    long = [item for item in items if item.nodeid.startswith(LONGEST) and item not in slow]
    items[:] = dealt(slow, long, [item for item in items if not item.nodeid.startswith((*SLOW, *LONGEST))], workers)


def dealt(slow: Sequence[T], long: Sequence[T], quick: Sequence[T], workers: int) -> list[T]:
    """As many pieces of equal size as there are workers: two thirds begin with the slow ones, the others with the long.

    Somebody computes while the others wait, and whoever is through takes over the ends of the other pieces.
    """
    waiting = max(1, round(workers * 2 / 3))
    # Neighbours take about as long.
    beginnings = [slow[worker::waiting] for worker in range(waiting)]
    beginnings += [long[worker :: workers - waiting] for worker in range(workers - waiting)]
    if workers == waiting:
        beginnings[0] = [*beginnings[0], *long]
    ordered: list[T] = []
    for worker, beginning in enumerate(beginnings):
        left = sum(map(len, beginnings[worker:])) + len(quick)
        rest = max(0, left // (workers - worker) - len(beginning))
        ordered += [*beginning, *quick[:rest]]
        quick = quick[rest:]
    return [*ordered, *quick]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again would slow every test down."""
    gc.collect()
    gc.freeze()
