"""An image on its way into Segmind's storage: JSON whose base64 is made while it is sent."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Self

from klapper.segmind import wire

READ_BYTES = 192 * 1024  # a multiple of three, so that the pieces' base64 is the base64 of the whole


class UploadBody:
    """The body of one upload, in pieces, so that an image is never in memory as a whole. May be read once."""

    def __init__(self, file: BinaryIO, media_type: str, size_bytes: int) -> None:
        self._file = file
        self._before, self._after = wire.around_image(media_type)
        self._next = self._before
        self.length = len(self._before) + 4 * ((size_bytes + 2) // 3) + len(self._after)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = self._next
        if not piece:
            raise StopAsyncIteration
        if piece is self._after:
            self._next = b""
        else:
            image = await asyncio.to_thread(self._file.read, READ_BYTES)
            self._next = b64encode(image) if image else self._after
        return piece


@asynccontextmanager
async def upload_body(path: Path, media_type: str) -> AsyncIterator[UploadBody]:
    """The image at `path`, ready to be sent. Raises FileNotFoundError."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        yield UploadBody(file, media_type, os.fstat(file.fileno()).st_size)
    finally:
        await asyncio.to_thread(file.close)
