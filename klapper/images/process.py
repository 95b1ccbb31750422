"""Decoding strangers' pictures beside the bot: in processes that are bounded in number, memory and time."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from klapper.child import Ended, run_child
from klapper.errors import RequestRefused
from klapper.images.checks import admit, too_hard
from klapper.kling.picture import InputImage

MEBIBYTE = 1024 * 1024
DECODES_AT_ONCE = 2
MEMORY_BYTES = 800 * MEBIBYTE  # of all decoding together
SHARED_BYTES = MEMORY_BYTES // DECODES_AT_ONCE
INTERPRETER_BYTES = 48 * MEBIBYTE  # Python, Pillow and their buffers, measured at half of it
LONGEST_S = 60.0
WORKER = "klapper.images.worker"

_log = logging.getLogger(__name__)


class DecodeMemory:
    """The memory for all decoding together, handed out in halves. Keeps: two halves are out at a time at most."""

    def __init__(self) -> None:
        self._halves = asyncio.Semaphore(DECODES_AT_ONCE)
        self._whole = asyncio.Lock()  # two that took a half each would wait for each other

    @asynccontextmanager
    async def reserve(self, decoded_bytes: int) -> AsyncIterator[int]:
        """What a process may take, in bytes, for a picture that takes so many; waits until it is free."""
        if decoded_bytes + INTERPRETER_BYTES <= SHARED_BYTES:
            async with self._halves:
                yield SHARED_BYTES
        else:
            async with self._whole, self._halves, self._halves:
                yield MEMORY_BYTES


class ImageProcesses:
    """Keeps: at most two decodes at a time, at most `MEMORY_BYTES` of memory for them together, and none over its time.

    A picture that may need more than half of the memory (a WebP of more than about 20 megapixels, a progressive JPEG of
    more than about 36) waits until it can have all of it. A cancelled caller leaves no process behind.
    """

    def __init__(self, *, longest_s: float = LONGEST_S) -> None:
        self._longest_s = longest_s
        self._memory = DecodeMemory()

    async def normalise(self, source: Path, directory: Path, name: str, file_name: str = "") -> InputImage:
        """What `normalise` in `normalise.py` promises. Raises RequestRefused, or OSError when it cannot be written."""
        header = await asyncio.to_thread(admit, source, name, file_name)
        async with self._memory.reserve(header.decoded_bytes) as memory_bytes:
            try:
                ended = await run_child(
                    WORKER, str(source), str(directory), name, str(memory_bytes), longest_s=self._longest_s
                )
            except TimeoutError:
                raise too_hard(name) from None
        return _read(ended, name)


def _read(ended: Ended, name: str) -> InputImage:
    if ended.code < 0:  # a signal: out of memory or time, or the decoder crashed
        _log.warning("a picture ended its decoder", extra={"signal": -ended.code})
        raise too_hard(name)
    if ended.code:
        raise OSError(f"An image could not be stored: {ended.last_line}")
    found = json.loads(ended.answer)
    if "code" in found:
        raise RequestRefused(found["code"], found["sentence"])
    return InputImage(**found)
