"""`python keeper.py`: ends other processes when the one that started it is gone, even after SIGKILL.

Standard input is a pipe whose other end only the parent holds: `+123` and `-123` say that the process group 123 began
and ended. End of file means that the parent is gone. Standard library only: it starts at once and takes little memory.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

PATIENCE_S = 10.0  # as long as the bot may take for a clean stop
_LOOK_EVERY_S = 0.1


def read_groups(lines: Iterable[str]) -> set[int]:
    """The process groups that are left at the end of the input."""
    groups: set[int] = set()
    for line in lines:
        group = int(line)
        if group > 0:
            groups.add(group)
        else:
            groups.discard(-group)
    return groups


def end_groups(groups: set[int], *, patience_s: float = PATIENCE_S) -> None:
    """SIGTERM, and SIGKILL for what is still there after `patience_s` seconds."""
    left = {group for group in groups if _signal(group, signal.SIGTERM)}
    deadline = time.monotonic() + patience_s
    while left and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
        left = {group for group in left if _signal(group, 0)}
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    """False when there is no such group any more."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    end_groups(read_groups(sys.stdin))
