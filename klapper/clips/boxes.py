"""Whether a file is a whole MP4, by its boxes (ISO 14496-12, 4.2). FFmpeg alone does not notice what breaks off."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from klapper.errors import DeliveryError

BOX_HEADER = struct.Struct(">I4s")
LARGE_SIZE = struct.Struct(">Q")
MAX_BOXES = 10_000


def check_boxes(file: BinaryIO, size: int) -> None:
    """FFmpeg opens a file that breaks off when its index came first; the boxes tell. Raises DeliveryError."""
    kinds: set[bytes] = set()
    for kind, end in _boxes(file, size):
        if not kinds and kind != b"ftyp":
            raise broken("it is no MP4")
        if end > size:
            raise broken("it breaks off")
        kinds.add(kind)
    if not kinds:
        raise broken("it is no MP4")
    if not {b"moov", b"mdat"} <= kinds:
        raise broken("it breaks off")


def broken(why: str) -> DeliveryError:
    """The error for a clip that does not play."""
    return DeliveryError("media_broken", f"The clip that Segmind made is unusable: {why}.")


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Kind and end of each top-level box, as far as they can be followed."""
    start = 0
    for _ in range(MAX_BOXES):
        file.seek(start)
        head = file.read(BOX_HEADER.size + LARGE_SIZE.size)
        if len(head) < BOX_HEADER.size:
            return
        length, kind = BOX_HEADER.unpack_from(head)
        if length == 1 and len(head) == BOX_HEADER.size + LARGE_SIZE.size:
            (length,) = LARGE_SIZE.unpack_from(head, BOX_HEADER.size)
        if 0 < length < BOX_HEADER.size:
            return
        end = start + length if length else size
        yield kind, end
        start = end
