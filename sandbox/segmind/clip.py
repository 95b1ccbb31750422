"""Draws a playable clip: H.264 in MP4, the prompt as text, a square that crosses it, AAC when there is sound."""

from __future__ import annotations

import math
import zlib
from array import array
from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from sandbox.segmind import font

FRAMES_PER_S = 8
SAMPLES_PER_S = 22_050
SIZES = {"16:9": (320, 180), "9:16": (180, 320), "1:1": (240, 240)}
TEXT_SCALE = 2
MARGIN = 4
TEXT_TOP = 18
INK, PAPER = 235, 40
_SQUARE = 12
_BOX_HEADER = 8
_AAC_SAMPLES = 1024


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What a clip shows. Two equal specs are one file."""

    title: str
    prompt: str
    ratio: str
    seconds: int
    audio: bool
    padding_bytes: int = 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return SIZES[self.ratio]


def write_clip(spec: ClipSpec, path: Path) -> None:
    """Write the clip of `spec`; the index comes first in the file, as from a media host made for streaming."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        container.metadata["title"] = spec.prompt
        video = _video_stream(container, spec)
        sound = container.add_stream("aac", rate=SAMPLES_PER_S) if spec.audio else None
        _write_frames(container, video, spec)
        if sound is not None:
            _write_tone(container, sound, spec.seconds)
    if spec.padding_bytes:
        _pad(path, spec.padding_bytes)


def _video_stream(container: OutputContainer, spec: ClipSpec) -> VideoStream:
    stream = container.add_stream("libx264", rate=FRAMES_PER_S)
    stream.width, stream.height = spec.size
    stream.pix_fmt = "yuv420p"
    stream.options = {"preset": "ultrafast", "crf": "24", "threads": "1"}
    return stream


def _write_frames(container: OutputContainer, stream: VideoStream, spec: ClipSpec) -> None:
    width, height = spec.size
    blank = av.VideoFrame(width, height, "yuv420p")
    stride = blank.planes[0].line_size
    page = _page(spec, stride)
    tint = zlib.crc32(spec.prompt.encode())
    total = spec.seconds * FRAMES_PER_S
    for number in range(total):
        frame = av.VideoFrame(width, height, "yuv420p")
        luma = bytearray(page)
        left = (width - _SQUARE) * number // max(total - 1, 1)
        _fill(luma, stride, left, height - _SQUARE - 2, _SQUARE, _SQUARE)
        frame.planes[0].update(bytes(luma))
        for plane, shade in zip(frame.planes[1:], (tint & 0x3F, tint >> 8 & 0x3F), strict=True):
            plane.update(bytes([96 + shade]) * plane.buffer_size)
        frame.pts = number
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _page(spec: ClipSpec, stride: int) -> bytes:
    """The still part of every frame: one byte of brightness for each pixel."""
    width, height = spec.size
    luma = bytearray([PAPER]) * (stride * height)
    _write(luma, stride, MARGIN, MARGIN, font.drawable(spec.title)[: (width - 2 * MARGIN) // (font.WIDTH + 1)], 1)
    columns = (width - 2 * MARGIN) // ((font.WIDTH + 1) * TEXT_SCALE)
    leading = (font.HEIGHT + 1) * TEXT_SCALE
    lines = (height - TEXT_TOP - _SQUARE - MARGIN) // leading
    for number, line in enumerate(font.wrap(font.drawable(spec.prompt), columns, lines)):
        _write(luma, stride, MARGIN, TEXT_TOP + number * leading, line, TEXT_SCALE)
    return bytes(luma)


def _write(luma: bytearray, stride: int, left: int, top: int, line: str, scale: int) -> None:
    for position, char in enumerate(line):
        x = left + position * (font.WIDTH + 1) * scale
        for y, bits in enumerate(font.rows(char)):
            for column in range(font.WIDTH):
                if bits >> (font.WIDTH - 1 - column) & 1:
                    _fill(luma, stride, x + column * scale, top + y * scale, scale, scale)


def _fill(luma: bytearray, stride: int, left: int, top: int, width: int, height: int) -> None:
    for y in range(top, top + height):
        start = y * stride + left
        luma[start : start + width] = bytes([INK]) * width


def _write_tone(container: OutputContainer, stream: AudioStream, seconds: int) -> None:
    """330 Hz throughout: a whole number of periods a second, so one second is computed and repeated."""
    second = array("f", (0.1 * math.sin(2 * math.pi * 330 * n / SAMPLES_PER_S) for n in range(SAMPLES_PER_S)))
    wave = second + second[:_AAC_SAMPLES]
    total = seconds * SAMPLES_PER_S
    for start in range(0, total, _AAC_SAMPLES):
        count, at = min(_AAC_SAMPLES, total - start), start % SAMPLES_PER_S
        frame = av.AudioFrame(format="fltp", layout="mono", samples=count)
        plane = frame.planes[0]
        plane.update(wave[at : at + count].tobytes().ljust(plane.buffer_size, b"\0"))
        frame.sample_rate, frame.pts = SAMPLES_PER_S, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _pad(path: Path, padding_bytes: int) -> None:
    """Append a `free` box, which every player skips (ISO/IEC 14496-12)."""
    with path.open("ab") as file:
        file.write((_BOX_HEADER + padding_bytes).to_bytes(4, "big") + b"free")
        file.truncate(file.tell() + padding_bytes)
