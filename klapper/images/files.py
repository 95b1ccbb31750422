"""What an image file says about itself in its first bytes. Reading only: nothing is decoded, whatever the file claims.

Sources: PNG specification 5 and 11; ITU-T T.81 (JPEG) B.2; RFC 9649 (WebP) and RFC 6386 9.1; ISO 14496-12 4.3 and
ISO 23008-12 (brands of HEIF and AVIF).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

HEAD_BYTES = 1024  # where an SVG has to show its element
MOST_JPEG_PIXELS_PER_BYTE = 512  # each block of 8 x 8 pixels takes a bit at least (ITU-T T.81 F.1.2)
MOST_PIECES = 10_000  # chunks or segments before the picture; real files have some dozens
BYTES_PER_PIXEL = 4  # Pillow keeps every mode of several channels so
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_CHUNK = struct.Struct(">I4s")
_RIFF_CHUNK = struct.Struct("<4sI")
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}
)
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # these three are tables and an extension
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})  # no length follows
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


class Kind(StrEnum):
    """What a file is. The first three are taken."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    AVIF = "avif"
    GIF = "gif"
    BMP = "bmp"
    TIFF = "tiff"
    JXL = "jxl"
    SVG = "svg"
    PDF = "pdf"
    VIDEO = "video"
    UNKNOWN = "unknown"


class DamagedFile(Exception):
    """The file begins like a picture and does not go on like one."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a JPEG, PNG or WebP file announces. width, height: pixels as stored, before any orientation.

    decoded_bytes: at most so much memory is taken at a time to decode and turn it. is_lossless: PNG is its like.
    """

    kind: Kind
    width: int
    height: int
    decoded_bytes: int
    is_lossless: bool = False
    is_animated: bool = False


def kind_of(path: Path) -> Kind:
    """The kind of a file by its first bytes; its name says nothing."""
    with path.open("rb") as file:
        return _kind(file.read(HEAD_BYTES))


def read_header(path: Path, kind: Kind) -> Header:
    """The header of a file of this kind, one of the three that are taken. Raises DamagedFile."""
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            match kind:
                case Kind.PNG:
                    header = _png(file)
                case Kind.JPEG:
                    header = _jpeg(file, size)
                case Kind.WEBP:
                    header = _webp(file, size)
                case _:
                    raise ValueError(f"{kind} has no header that is read")
        except struct.error as error:
            raise DamagedFile("it ends within its header") from error
    if not header.width or not header.height:
        raise DamagedFile("it announces no size")
    return header


def _kind(head: bytes) -> Kind:
    for kind, starts in _STARTS.items():
        if head.startswith(starts):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[4:8] == b"ftyp":
        return _by_brands(head)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in head:
        return Kind.SVG
    return Kind.UNKNOWN


_STARTS: dict[Kind, tuple[bytes, ...]] = {
    Kind.JPEG: (b"\xff\xd8\xff",),
    Kind.PNG: (PNG_SIGNATURE,),
    Kind.GIF: (b"GIF87a", b"GIF89a"),
    Kind.TIFF: (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    Kind.JXL: (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
    Kind.PDF: (b"%PDF",),
    Kind.VIDEO: (b"\x1aE\xdf\xa3",),
    Kind.BMP: (b"BM",),
}


def _by_brands(head: bytes) -> Kind:
    """The `ftyp` box lists a major brand, a version and compatible brands, four bytes each."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, length, 4))}
    if brands & _AVIF_BRANDS:
        return Kind.AVIF
    return Kind.HEIC if brands & _HEIF_BRANDS else Kind.VIDEO


def _png(file: BinaryIO) -> Header:
    file.seek(len(PNG_SIGNATURE))
    is_animated, width, height = False, 0, 0
    for number, (name, _) in enumerate(_png_chunks(file)):
        if number == 0:
            if name != b"IHDR":
                raise DamagedFile("its header is not first")
            width, height = struct.unpack(">II", file.read(8))
        elif name == b"acTL":
            (frames,) = struct.unpack(">I", file.read(4))
            is_animated = frames > 1
        elif name == b"IDAT":
            decoded = 2 * BYTES_PER_PIXEL * width * height  # the picture, and its opaque or turned copy
            return Header(Kind.PNG, width, height, decoded, is_lossless=True, is_animated=is_animated)
    raise DamagedFile("it has no picture")


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and length of each chunk; the file stands at its content meanwhile."""
    for _ in range(MOST_PIECES):
        length, name = _CHUNK.unpack(file.read(_CHUNK.size))
        start = file.tell()
        yield name, length
        file.seek(start + length + 4)  # a checksum follows
    raise DamagedFile("it has too many parts")


def _jpeg(file: BinaryIO, size: int) -> Header:
    file.seek(2)
    for marker in _jpeg_markers(file):
        if marker in _START_OF_FRAME:
            _, height, width, channels = struct.unpack(">BHHB", file.read(6))
            if width * height > MOST_JPEG_PIXELS_PER_BYTE * size:
                # libjpeg would make up what is missing between here and the end, in grey.
                raise DamagedFile("it is too short for its size")
            decoded = 2 * BYTES_PER_PIXEL * width * height
            if marker in _PROGRESSIVE:
                # libjpeg keeps every coefficient, two bytes each, until the last scan.
                decoded = max(decoded, (BYTES_PER_PIXEL + 2 * channels) * width * height)
            return Header(Kind.JPEG, width, height, decoded)
    raise DamagedFile("it has no picture")


def _jpeg_markers(file: BinaryIO) -> Iterator[int]:
    """Each marker before the first scan; the file stands behind its length meanwhile."""
    for _ in range(MOST_PIECES):
        start, marker = struct.unpack("BB", file.read(2))
        while marker == 0xFF:  # any number of them may stand before a marker
            (marker,) = struct.unpack("B", file.read(1))
        if start != 0xFF or marker in (_START_OF_SCAN, _END_OF_IMAGE):
            raise DamagedFile("it has no picture")
        if marker in _BARE_MARKERS:
            continue
        at = file.tell()
        (length,) = struct.unpack(">H", file.read(2))
        yield marker
        file.seek(at + length)
    raise DamagedFile("it has too many parts")


def _webp(file: BinaryIO, size: int) -> Header:
    file.seek(12)
    name, _ = _RIFF_CHUNK.unpack(file.read(_RIFF_CHUNK.size))
    start, flags, is_lossless = file.tell(), 0, name == b"VP8L"
    match name:
        case b"VP8 ":
            width, height = _lossy_size(file.read(10))
        case b"VP8L":
            width, height = _lossless_size(file.read(5))
        case b"VP8X":
            (flags,) = struct.unpack("B", file.read(1))
            file.seek(start + 4)
            width, height = (int.from_bytes(file.read(3), "little") + 1 for _ in range(2))
            is_lossless = _first_picture(file, start + 10) == b"VP8L"
        case _:
            raise DamagedFile("it has no picture")
    has_alpha, is_animated = bool(flags & 0x10), bool(flags & 0x02)
    # libwebp keeps two canvases beside the picture and a copy of it; the file is in memory twice.
    decoded = 4 * BYTES_PER_PIXEL * width * height + 2 * size
    return Header(Kind.WEBP, width, height, decoded, is_lossless=is_lossless or has_alpha, is_animated=is_animated)


def _lossy_size(head: bytes) -> tuple[int, int]:
    start, width, height = struct.unpack("<3x3sHH", head)
    if start != b"\x9d\x01\x2a":
        raise DamagedFile("its picture has no start")
    return width & 0x3FFF, height & 0x3FFF


def _lossless_size(head: bytes) -> tuple[int, int]:
    signature, bits = struct.unpack("<BI", head)
    if signature != 0x2F:
        raise DamagedFile("its picture has no start")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _first_picture(file: BinaryIO, at: int) -> bytes:
    """The name of the chunk that holds the picture of an extended file."""
    for _ in range(MOST_PIECES):
        file.seek(at)
        name, length = _RIFF_CHUNK.unpack(file.read(_RIFF_CHUNK.size))
        if name in (b"VP8 ", b"VP8L", b"ANMF"):
            return bytes(name)
        at = file.tell() + length + (length & 1)
    raise DamagedFile("it has too many parts")
