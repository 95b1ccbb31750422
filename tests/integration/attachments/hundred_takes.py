"""A bot's intake in a process of its own, which takes many attachments at once and prints what that cost.

`python -m tests.integration.attachments.hundred_takes FOLDER PICTURE URL...`: PICTURE is decoded here at the end, as a
measure of what this computer computes for one.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from klapper.clock import SystemClock
from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase
from klapper.images.normalise import normalise
from klapper.images.process import ImageProcesses
from klapper.jobs.images import ImageStore
from klapper.kling.picture import InputImage
from klapper.messages.attachments import AttachmentReader
from klapper.services.input_shelf import InputShelf
from klapper.services.intake import Attached, ImageIntake

BEAT_S = 0.01


class Heart:
    """Beats as often as the event loop lets it.

    most_computed_s: what all threads of this process computed between two beats, at most; waiting for a busy computer
    is not in it.
    """

    def __init__(self) -> None:
        self.beats = 0
        self.most_computed_s = 0.0

    async def beat(self) -> None:
        last_s = time.process_time()
        while True:
            await asyncio.sleep(BEAT_S)
            self.beats += 1
            now_s = time.process_time()
            self.most_computed_s = max(self.most_computed_s, now_s - last_s)
            last_s = now_s


class WatchedProcesses:
    """The real decoding; counts the heartbeats during each picture."""

    def __init__(self, heart: Heart) -> None:
        self._heart = heart
        self._processes = ImageProcesses()
        self.least_beats = sys.maxsize

    async def normalise(self, source: Path, directory: Path, name: str, file_name: str) -> InputImage:
        before = self._heart.beats
        image = await self._processes.normalise(source, directory, name, file_name)
        self.least_beats = min(self.least_beats, self._heart.beats - before)
        return image


def own_peak_bytes() -> int:
    """Most memory since this program began; `ru_maxrss` would count what its parent had when it made this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (kibibytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kibibytes) * 1024


def decoding_s(picture: Path, folder: Path) -> float:
    """What decoding this picture computes, if it is done here."""
    began_s = time.process_time()
    normalise(picture, folder, "image")
    return time.process_time() - began_s


def largest_child_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024  # Linux counts in KiB


async def take_all(folder: Path, picture: Path, urls: list[str]) -> dict[str, Any]:
    migrate(folder / "klapper.db")
    heart = Heart()
    processes = WatchedProcesses(heart)
    async with SqliteDatabase.open(folder / "klapper.db") as database, AttachmentReader() as reader:
        intake = ImageIntake(
            database=database,
            clock=SystemClock(),
            images=ImageStore(),
            shelf=InputShelf(folder / "media"),
            source=reader,
            normalise=processes.normalise,
        )
        beating = asyncio.create_task(heart.beat())
        before = own_peak_bytes()
        taken = await asyncio.gather(
            *(intake.take(Attached("image", url, "photo.jpg", 1), user_id) for user_id, url in enumerate(urls))
        )
        beating.cancel()
        grown = own_peak_bytes() - before
    return {
        "taken": [[image.width, image.height] for image in taken],
        "grown_bytes": grown,
        "largest_decode_bytes": largest_child_bytes(),
        "least_beats": processes.least_beats,
        "most_computed_s": heart.most_computed_s,
        "decoding_s": decoding_s(picture, folder),
        "incoming": len(list((folder / "media" / "inputs" / "incoming").iterdir())),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(take_all(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))))
