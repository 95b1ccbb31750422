"""The process that decodes one picture: `python -m klapper.images.worker`, started by `process.py` and by nobody else.

Its arguments are source, directory and option of `normalise`, and the bytes of memory it may take; it prints one JSON
object. What is no answer of `normalise`, as a full disk, ends it with another code than 0.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from klapper.errors import RequestRefused
from klapper.images.normalise import normalise

LONGEST_CPU_S = 30  # of computing, should nobody be left to end it
NICENESS = 10
FIRST_TO_GO = "1000"  # of -1000 to 1000; Linux ends the process with the highest score when memory runs out


def main(source: str, directory: str, name: str, memory_bytes: str) -> None:
    """Normalise within limits that the kernel keeps, and print what came of it."""
    _limit(int(memory_bytes))
    try:
        image = normalise(Path(source), Path(directory), name)
        answer = asdict(image)
    except RequestRefused as refusal:
        answer = {"code": refusal.code, "sentence": refusal.sentence}
    sys.stdout.write(json.dumps(answer))


def _limit(memory_bytes: int) -> None:
    os.nice(NICENESS)
    with suppress(OSError):  # elsewhere than on Linux
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_CPU_S, LONGEST_CPU_S))
    # What the process allocates, libraries not counted: an allocation beyond it fails in this process alone.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


if __name__ == "__main__":
    main(*sys.argv[1:])
