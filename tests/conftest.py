"""Which tests a worker begins with: most of them those that wait for real processes, while the others compute."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from typing import TypeVar

import pytest

SLOW = "tests/acceptance/"
T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-xdist cuts the list into a piece per worker, and moves what is at the end of a piece to who is idle."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = [item for item in items if item.nodeid.startswith(SLOW)]
    quick = [item for item in items if not item.nodeid.startswith(SLOW)]
    items[:] = dealt(slow, quick, workers)


def dealt(slow: Sequence[T], quick: Sequence[T], workers: int) -> list[T]:
    """As many pieces of equal size as there are workers, three of four with a share of the slow ones first.

    Somebody computes while the others wait, and whoever is through takes over the ends of the other pieces.
    """
    waiting = max(1, workers * 3 // 4)
    slow = [item for worker in range(waiting) for item in slow[worker::waiting]]  # neighbours take about as long
    ordered: list[T] = []
    for left in range(workers, 0, -1):
        share = len(slow) // (left - (workers - waiting)) if left > workers - waiting else 0
        rest = (len(slow) + len(quick)) // left - share
        ordered += [*slow[:share], *quick[:rest]]
        slow, quick = slow[share:], quick[rest:]
    return ordered


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again would slow every test down."""
    gc.collect()
    gc.freeze()
