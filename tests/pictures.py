"""Pictures to attach: good ones, foreign ones, and bytes that only claim to be one."""

from __future__ import annotations

import io
import math
import struct
import zlib
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from klapper.images.files import PNG_SIGNATURE, Kind
from klapper.images.likeness import SIDE_PX, likeness_of
from klapper.images.normalise import normalise
from klapper.kling.likeness import Likeness
from klapper.kling.picture import InputImage

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
Colour = tuple[int, int, int]

_ORIENTATION, _MAKER, _GPS = 0x0112, 0x010F, 0x8825
_TO_STORED = {  # how a camera stores an upright picture that it marks with this orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quarters(width: int = 400, height: int = 320, mode: str = "RGB") -> Image.Image:
    """Red and green above blue and yellow: which side is up can be told from any corner."""
    picture = Image.new("RGB", (2, 2))
    for at, colour in zip(((0, 0), (1, 0), (0, 1), (1, 1)), (RED, GREEN, BLUE, YELLOW), strict=True):
        picture.putpixel(at, colour)
    return picture.resize((width, height), Image.Resampling.NEAREST).convert(mode)


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    """What no encoder makes small."""
    return Image.frombytes("RGB", (width, height), Random(seed).randbytes(width * height * 3))


@cache
def landscape(seed: int, width: int = 420, height: int = 400) -> Image.Image:
    """Something like a photo: large shapes, smaller ones in them, and fainter the smaller they are."""
    random = Random(seed)
    picture = Image.new("RGB", (width, height), "grey")
    for cells in (3, 5, 9, 17, 33, 65):
        coarse = Image.frombytes("RGB", (cells, cells), random.randbytes(cells * cells * 3))
        layer = coarse.resize((width, height), Image.Resampling.BICUBIC)
        picture = Image.blend(picture, layer, 1 / math.sqrt(cells))
    return picture


def likeness_in(picture: Image.Image) -> Likeness:
    """The likeness of a picture, without a file between."""
    return likeness_of(picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR).convert("L").tobytes())


def encoded(picture: Image.Image, format: str, **how: Any) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    picture.save(file, format, **how)
    return file.getvalue()


def jpeg(picture: Image.Image | None = None, **how: Any) -> bytes:
    return encoded(picture or quarters(), "JPEG", **how)


def png(picture: Image.Image | None = None, **how: Any) -> bytes:
    return encoded(picture or quarters(), "PNG", **how)


def webp(picture: Image.Image | None = None, **how: Any) -> bytes:
    return encoded(picture or quarters(), "WEBP", **how)


def turned(orientation: int, format: str = "JPEG", size: tuple[int, int] = (320, 400), **how: Any) -> bytes:
    """An upright `quarters` as a phone writes it: stored as the sensor saw it, with a tag that says how to turn it."""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    exif[_MAKER] = "a telltale maker"
    exif.get_ifd(_GPS)[1] = "N"
    stored = quarters(*size)
    if orientation in _TO_STORED:
        stored = stored.transpose(_TO_STORED[orientation])
    return encoded(stored, format, exif=exif, **how)


@cache
def phone_photo() -> bytes:
    """A portrait photo: stored lying on its side, tagged, with a position in it."""
    return turned(6, size=(720, 1280))


def corners(picture: Image.Image) -> tuple[Colour, ...]:
    """The colours of the four quarters, row by row, as pure as they were before an encoder."""
    right, bottom = picture.width * 3 // 4, picture.height * 3 // 4
    places = ((right // 3, bottom // 3), (right, bottom // 3), (right // 3, bottom), (right, bottom))
    seen = (picture.convert("RGB").getpixel(place) for place in places)
    return tuple(tuple(255 if level > 127 else 0 for level in pixel) for pixel in seen)  # type: ignore[union-attr, misc]


def animated(format: str) -> bytes:
    """Two frames."""
    frames = [quarters(), quarters().transpose(Image.Transpose.ROTATE_180)]
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100, lossless=True)


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with(*chunks: bytes) -> bytes:
    """A good PNG with more chunks between its header and its picture."""
    head = len(PNG_SIGNATURE) + 25
    return png()[:head] + b"".join(chunks) + png()[head:]


def png_claiming(width: int, height: int, content: bytes = b"\0") -> bytes:
    """A PNG that announces any size."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return PNG_SIGNATURE + header + png_chunk(b"IDAT", zlib.compress(content)) + png_chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int, *, filler: int = 0) -> bytes:
    """A JPEG whose frame header announces another size than its scan has. filler: bytes behind its end."""
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data) + bytes(filler)


def webp_claiming(width: int, height: int) -> bytes:
    """An extended WebP whose canvas is of any size."""
    data = bytearray(webp(quarters(mode="RGBA"), quality=50, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"))
    assert data[12:16] == b"VP8X"
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def _boxed(major: bytes, *compatible: bytes) -> bytes:
    brands = b"".join((major, b"\0\0\0\0", *compatible))
    return struct.pack(">I", len(brands) + 8) + b"ftyp" + brands + b"\0" * 200


FOREIGN: dict[Kind, bytes] = {
    Kind.HEIC: _boxed(b"heic", b"mif1", b"heic"),
    Kind.AVIF: _boxed(b"avif", b"mif1", b"miaf"),
    Kind.GIF: encoded(quarters(), "GIF"),
    Kind.BMP: encoded(quarters(), "BMP"),
    Kind.TIFF: encoded(quarters(), "TIFF"),
    Kind.JXL: b"\xff\x0a" + b"\0" * 100,
    Kind.SVG: b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"/>',
    Kind.PDF: b"%PDF-1.7\n" + b"\0" * 100,
    Kind.VIDEO: _boxed(b"isom", b"mp42"),
    Kind.UNKNOWN: b"just a few words",
}


async def normalise_here(source: Path, directory: Path, name: str, file_name: str = "") -> InputImage:
    """What `ImageProcesses.normalise` does, without a process: for tests in which time is not the computer's."""
    return normalise(source, directory, name, file_name)
