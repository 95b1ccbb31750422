"""The still part of a clip: a title and a prompt as text, over the image of the first frame where there is one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from av.video.frame import VideoFrame
from PIL import Image

from sandbox.segmind import font

FORMAT = "yuv420p"
TEXT_SCALE = 2
MARGIN = 4
TEXT_TOP = 18
LEADING = (font.HEIGHT + 1) * TEXT_SCALE
FOOT = 16  # rows below the text, for what moves
LINES_OVER_PICTURE = 2  # so that most of the image is seen
INK, PAPER, GREY = 235, 40, 128


class Page:
    """Brightness and colour of every frame. `size` is width and height in pixels, both even."""

    def __init__(self, *, size: tuple[int, int], title: str, prompt: str, picture: Path | None) -> None:
        self._width, self._height = size
        ground = _tinted(size, prompt) if picture is None else _pictured(size, picture)
        self._stride = ground.planes[0].line_size
        self._luma, *self._chroma = (bytearray(plane) for plane in ground.planes)
        lines = self._wrapped(prompt, LINES_OVER_PICTURE if picture else None)
        if picture:
            self._lay_band(ground, TEXT_TOP + len(lines) * LEADING)
        self._write(MARGIN, font.drawable(title)[: (self._width - 2 * MARGIN) // (font.WIDTH + 1)], 1)
        for number, line in enumerate(lines):
            self._write(TEXT_TOP + number * LEADING, line, TEXT_SCALE)

    def with_square(self, left: int, top: int, side: int) -> VideoFrame:
        """A frame that shows the page and a bright square on it."""
        frame = VideoFrame(self._width, self._height, FORMAT)
        luma = bytearray(self._luma)
        _fill(luma, self._stride, left, top, side)
        for plane, content in zip(frame.planes, (luma, *self._chroma), strict=True):
            plane.update(bytes(content))
        return frame

    def _wrapped(self, prompt: str, most: int | None) -> list[str]:
        columns = (self._width - 2 * MARGIN) // ((font.WIDTH + 1) * TEXT_SCALE)
        fitting = (self._height - TEXT_TOP - FOOT) // LEADING
        return font.wrap(font.drawable(prompt), columns, fitting if most is None else min(most, fitting))

    def _lay_band(self, ground: VideoFrame, height: int) -> None:
        """Paper at the top, so that the text can be read whatever the image is."""
        planes = zip(ground.planes, (self._luma, *self._chroma), (PAPER, GREY, GREY), strict=True)
        for plane, content, shade in planes:
            covered = height * plane.height // self._height * plane.line_size
            content[:covered] = bytes([shade]) * covered

    def _write(self, top: int, line: str, scale: int) -> None:
        for position, char in enumerate(line):
            x = MARGIN + position * (font.WIDTH + 1) * scale
            for row, column in _dots(char):
                _fill(self._luma, self._stride, x + column * scale, top + row * scale, scale)


def _tinted(size: tuple[int, int], prompt: str) -> VideoFrame:
    """One dark colour that comes from the prompt."""
    frame = VideoFrame(*size, FORMAT)
    tint = zlib.crc32(prompt.encode())
    shades = (PAPER, 96 + (tint & 0x3F), 96 + (tint >> 8 & 0x3F))
    for plane, shade in zip(frame.planes, shades, strict=True):
        plane.update(bytes([shade]) * plane.buffer_size)
    return frame


def _pictured(size: tuple[int, int], picture: Path) -> VideoFrame:
    """The image as its pixels are: whoever wants a photo upright applies its orientation tag before the upload."""
    with Image.open(picture) as image:
        pixels = image.convert("RGB").resize(size).convert("RGBA").tobytes()
    return VideoFrame.from_bytes(pixels, *size, format="rgba").reformat(format=FORMAT)


def _dots(char: str) -> Iterator[tuple[int, int]]:
    """Row and column of every pixel of a character."""
    for row, bits in enumerate(font.rows(char)):
        for column in range(font.WIDTH):
            if bits >> (font.WIDTH - 1 - column) & 1:
                yield row, column


def _fill(luma: bytearray, stride: int, left: int, top: int, side: int) -> None:
    for y in range(top, top + side):
        start = y * stride + left
        luma[start : start + side] = bytes([INK]) * side
