"""Clips without codecs: they say of themselves how long they are and what they are made of."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from random import Random

from klapper.clips.facts import ClipFacts
from klapper.clock import SECOND_MS, Clock
from klapper.errors import DeliveryError
from tests.simulation.database import STEP
from tests.simulation.faults import Faults

HEAD_WORDS = 4  # of the first line of a clip
LONGEST_COPY_S = 200.0
COPY_BYTES, LEAST_COPY_BYTES = 5_000, 300  # a thousandth of real ones


def clip_content(name: str, length: int, codec: str) -> bytes:
    """A whole clip. One that breaks off is shorter than it says."""
    head = f"CLIP {name} {length} {codec}\n".encode()
    return head + bytes(length - len(head))


async def inspect(path: Path) -> ClipFacts:
    """The port `Inspect`."""
    await STEP
    content = path.read_bytes()
    words = content.partition(b"\n")[0].split()
    if len(words) != HEAD_WORDS or int(words[2]) != len(content):
        raise DeliveryError("media_broken", "The clip breaks off.")
    return ClipFacts(words[3].decode(), "yuv420p", None, 1280, 720, 30.0, 5.0, len(content))


class SimulatedCopies:
    """Copies take their time and fit, or cannot be made."""

    def __init__(self, clock: Clock, faults: Faults, chance: Random) -> None:
        self._clock = clock
        self._faults = faults
        self._chance = chance

    async def copy(self, source: Path, target: Path, limit_bytes: int) -> None:
        """The port `CopyClip`."""
        await asyncio.sleep(self._chance.uniform(1, LONGEST_COPY_S))
        if limit_bytes < LEAST_COPY_BYTES or self._faults.strikes("copy_failed"):
            raise DeliveryError("copy_failed", "The clip cannot be copied.")
        if not source.exists():
            raise DeliveryError("media_gone", "The clip is not on disk.")
        target.write_bytes(clip_content(source.stem, min(limit_bytes, COPY_BYTES), "h264"))
        age(target, self._clock)


def age(file: Path, clock: Clock) -> None:
    """The file is as old as the story says."""
    now_s = clock.now_ms() / SECOND_MS
    os.utime(file, (now_s, now_s))
