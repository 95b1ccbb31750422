"""What is in a video file. The only place that knows PyAV."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from klapper.errors import DeliveryError

BOX_HEADER = struct.Struct(">I4s")
LARGE_SIZE = struct.Struct(">Q")
MAX_BOXES = 10_000


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """A playable MP4. codec, audio_codec: FFmpeg's names, audio None when silent. width, height: pixels."""

    codec: str
    audio_codec: str | None
    width: int
    height: int
    duration_s: float
    bytes: int


async def inspect_clip(path: Path) -> ClipFacts:
    """Look into a file in a worker thread. Raises DeliveryError (`media_broken`) when it is no whole, playable MP4."""
    return await asyncio.to_thread(_inspect, path)


def _inspect(path: Path) -> ClipFacts:
    size = path.stat().st_size
    with path.open("rb") as file:
        _check_boxes(file, size)
    try:
        # Named, so that a file cannot choose another demuxer by what it looks like.
        with av.open(str(path), format="mp4") as container:
            return _facts(container, size)
    except av.error.FFmpegError as error:
        raise _broken(f"it cannot be played ({type(error).__name__})") from error


def _facts(container: InputContainer, size: int) -> ClipFacts:
    if not container.streams.video:
        raise _broken("it has no picture")
    video = container.streams.video[0]
    frame = next(container.decode(video), None)
    if frame is None:
        raise _broken("its picture cannot be decoded")
    audio = container.streams.audio
    return ClipFacts(
        codec=video.codec_context.name,
        audio_codec=audio[0].codec_context.name if audio else None,
        width=frame.width,
        height=frame.height,
        duration_s=_duration_s(container, video),
        bytes=size,
    )


def _duration_s(container: InputContainer, video: VideoStream) -> float:
    if video.duration is not None and video.time_base is not None:
        return float(video.duration * video.time_base)
    return (container.duration or 0) / av.time_base


def _check_boxes(file: BinaryIO, size: int) -> None:
    """FFmpeg opens a file that breaks off when its index came first; the boxes tell (ISO 14496-12, 4.2)."""
    kinds: set[bytes] = set()
    for kind, end in _boxes(file, size):
        if not kinds and kind != b"ftyp":
            raise _broken("it is no MP4")
        if end > size:
            raise _broken("it breaks off")
        kinds.add(kind)
    if not kinds:
        raise _broken("it is no MP4")
    if not {b"moov", b"mdat"} <= kinds:
        raise _broken("it breaks off")


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


def _broken(why: str) -> DeliveryError:
    return DeliveryError("media_broken", f"The clip that Segmind made is unusable: {why}.")
