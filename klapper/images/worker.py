"""The process that decodes one picture: `python -m klapper.images.worker`, started by `process.py` and by nobody else.

Its arguments are source, directory and option of `normalise`, and the bytes of memory it may take; it prints one JSON
object. What is no answer of `normalise`, as a full disk, ends it with another code than 0.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from klapper.confinement import confine
from klapper.errors import RequestRefused
from klapper.images.normalise import normalise

LONGEST_CPU_S = 30  # of computing, should nobody be left to end it


def main(source: str, directory: str, name: str, memory_bytes: str) -> None:
    """Normalise within limits that the kernel keeps, and print what came of it."""
    confine(memory_bytes=int(memory_bytes), cpu_s=LONGEST_CPU_S)
    try:
        image = normalise(Path(source), Path(directory), name)
        answer = asdict(image)
    except RequestRefused as refusal:
        answer = {"code": refusal.code, "sentence": refusal.sentence}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
