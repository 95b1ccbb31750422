"""What a child of `child.py` does first: take limits that the kernel keeps, and watch its parent."""

from __future__ import annotations

import os
import resource
import threading
from contextlib import suppress
from pathlib import Path

NICENESS = 10
FIRST_TO_GO = "1000"  # of -1000 to 1000; Linux ends the process with the highest score when memory runs out


def confine(*, memory_bytes: int, cpu_s: int) -> None:
    """Limits that the kernel keeps, should nobody be left to end us."""
    os.nice(NICENESS)
    with suppress(OSError):  # elsewhere than on Linux
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    # What the process allocates, libraries not counted: an allocation beyond it fails in this process alone.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def end_with_parent() -> None:
    """End when the parent is gone, even if it was killed and could not say so."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)
