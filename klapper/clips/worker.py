"""The process that makes one copy: `python -m klapper.clips.worker`, started by `process.py` and by nobody else.

Its arguments are source, target and most bytes; it prints one JSON object: the facts of the copy, or why there is none.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import av.error

from klapper.clips.encoding import write_copy
from klapper.clips.facts import ClipFacts, plays_inline
from klapper.clips.inspection import look_into
from klapper.clips.plan import plan_copy
from klapper.confinement import confine, end_with_parent
from klapper.errors import DeliveryError

MEMORY_BYTES = 800 * 1024 * 1024
LONGEST_CPU_S = 900  # of computing, should nobody be left to end it
TRIES = 3
SMALLER = 0.9  # than what would have fitted by the size of the try before
SHORTER_BY_S = 1.0  # than the original may a copy be: the last picture's time is not told by every file


def main(source: str, target: str, limit_bytes: str) -> None:
    """Make the copy within limits that the kernel keeps, and print what came of it."""
    end_with_parent()
    confine(memory_bytes=MEMORY_BYTES, cpu_s=LONGEST_CPU_S)
    try:
        answer = asdict(copy_within(Path(source), Path(target), int(limit_bytes)))
    except DeliveryError as error:
        answer = {"reason": error.reason, "sentence": error.sentence}
    except (av.error.FFmpegError, MemoryError, ValueError) as error:
        answer = {"reason": "copy_failed", "sentence": f"The encoder gave up ({type(error).__name__}: {error})."}
    sys.stdout.write(json.dumps(answer))


def copy_within(source: Path, target: Path, limit_bytes: int) -> ClipFacts:
    """A copy that Discord plays, of at most so many bytes; smaller again where a try turned out too large.

    Raises DeliveryError (`copy_too_long`, `copy_failed`, `media_gone`, `media_broken`) or FFmpegError.
    """
    if not source.exists():
        raise DeliveryError("media_gone", "The clip to copy is not on disk.")
    clip, aim_bytes = look_into(source), float(limit_bytes)
    for _ in range(TRIES):
        write_copy(source, target, plan_copy(clip, int(aim_bytes)))
        copy = look_into(target)
        if copy.bytes <= limit_bytes:
            return _checked(copy, clip)
        aim_bytes *= SMALLER * limit_bytes / copy.bytes
    raise DeliveryError("copy_failed", f"No copy of {limit_bytes:,} bytes came out of {TRIES} tries.")


def _checked(copy: ClipFacts, clip: ClipFacts) -> ClipFacts:
    if not plays_inline(copy) or copy.duration_s < clip.duration_s - SHORTER_BY_S:
        raise DeliveryError("copy_failed", "The copy is not what it should be.")
    return copy


if __name__ == "__main__":
    main(*sys.argv[1:])
