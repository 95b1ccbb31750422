"""Which images are taken, and the sentence for each that is not: what it is, why not, and what to do.

Source of the limits: Kling's API reference, image to video (JPEG and PNG, 10 MB, 300 pixels, 1:2.5 to 2.5:1). `name` is
the option that the member filled in; every sentence begins with it. `file_name` is what the member called the file.
"""

from __future__ import annotations

from pathlib import Path

from klapper.errors import RequestRefused
from klapper.images.files import DamagedFile, Header, Kind, kind_of, read_header

MEGABYTE = 1_000_000
MOST_READ_BYTES = 50 * MEGABYTE
MOST_PIXELS = 40_000_000
LEAST_SIDE_PX = 300
MOST_RATIO = (5, 2)  # of the longer side to the shorter one
FILE_NAME_CHARS = 60

_TAKEN = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP})
_TAKEN_SUFFIXES = frozenset({"jpg", "jpeg", "jfif", "png", "webp"})
_SPOKEN = {
    Kind.WEBP: "a WebP file",
    Kind.HEIC: "a HEIC file",
    Kind.AVIF: "an AVIF file",
    Kind.JXL: "a JPEG XL file",
    Kind.SVG: "an SVG file",
    Kind.VIDEO: "a video",
    Kind.UNKNOWN: "a file of an unknown kind",
}
_ADVICE = {
    Kind.GIF: "save one frame of it as PNG and attach that",
    Kind.VIDEO: "save one frame of it as PNG and attach that",
    Kind.HEIC: "save or share it as JPEG and attach that",
    Kind.UNKNOWN: "attach one of these",
}


def admit(path: Path, name: str, file_name: str = "") -> Header:
    """The header of an image that may be decoded. Raises RequestRefused; reads a few bytes of the file."""
    check_size(path.stat().st_size, name)
    kind = kind_of(path)
    if kind not in _TAKEN:
        raise _wrong_kind(kind, name, file_name)
    try:
        header = read_header(path, kind)
    except DamagedFile as error:
        raise broken(kind, name) from error
    if header.is_animated:
        raise _animated(kind, name)
    _check_shape(header, name)
    return header


def check_size(size_bytes: int, name: str) -> None:
    """The file has bytes, and not too many. Raises RequestRefused."""
    if size_bytes == 0:
        raise RequestRefused("image_empty", f"{name} is an empty file: attach it again, or another image.")
    if size_bytes > MOST_READ_BYTES:
        raise too_large(name)


def too_large(name: str) -> RequestRefused:
    """More bytes than are read."""
    most = MOST_READ_BYTES // MEGABYTE
    return RequestRefused(
        "image_too_large",
        f"{name} is a file of more than {most} MB, which is too much: save it smaller or as JPEG and attach that.",
    )


def broken(kind: Kind, name: str) -> RequestRefused:
    """It cannot be decoded."""
    return RequestRefused(
        "image_broken",
        f"{name} is {spoken(kind)} that is damaged or incomplete, so it cannot be read: open it, save it anew and "
        "attach that.",
    )


def too_hard(name: str) -> RequestRefused:
    """Decoding it would take more time or memory than an image of its size does."""
    return RequestRefused(
        "image_too_hard",
        f"{name} cannot be read in the time and memory that an image gets: save it smaller or as a plain JPEG and "
        "attach that.",
    )


def spoken(kind: Kind) -> str:
    """`a PNG file`."""
    return _SPOKEN.get(kind, f"a {kind.upper()} file")


def _wrong_kind(kind: Kind, name: str, file_name: str) -> RequestRefused:
    advice = _ADVICE.get(kind, "save it as JPEG or PNG and attach that")
    suffix = file_name.rpartition(".")[2].lower()
    what = f"is named `{_readable(file_name)}` but is" if suffix in _TAKEN_SUFFIXES else "is"
    return RequestRefused(
        f"image_{kind}", f"{name} {what} {spoken(kind)}, and only JPEG, PNG and WebP can be used: {advice}."
    )


def _animated(kind: Kind, name: str) -> RequestRefused:
    what = "an animated PNG" if kind is Kind.PNG else "an animated WebP"
    return RequestRefused(
        f"image_animated_{kind}",
        f"{name} is {what}, and only a still image can be used: save one frame of it as PNG and attach that.",
    )


def _check_shape(header: Header, name: str) -> None:
    """Neither limit depends on which side is up, so the orientation need not be known yet."""
    width, height = header.width, header.height
    size = f"{width} x {height} pixels"
    if width * height > MOST_PIXELS:
        raise RequestRefused(
            "image_too_many_pixels",
            f"{name} has {size}, which is more than {MOST_PIXELS // 1_000_000} megapixels: make it smaller and attach "
            "that.",
        )
    if min(width, height) < LEAST_SIDE_PX:
        raise RequestRefused(
            "image_too_small",
            f"{name} has {size} and needs at least {LEAST_SIDE_PX} on each side: attach a larger image.",
        )
    if max(width, height) * MOST_RATIO[1] > min(width, height) * MOST_RATIO[0]:
        raise RequestRefused(
            "image_too_long",
            f"{name} has {size}, and the long side may be at most {MOST_RATIO[0] / MOST_RATIO[1]:g} times the short "
            "one: crop it and attach that.",
        )


def _readable(file_name: str) -> str:
    """A name that cannot end its code span."""
    kept = "".join(character for character in file_name if character.isprintable() and character != "`")
    return kept if len(kept) <= FILE_NAME_CHARS else f"…{kept[1 - FILE_NAME_CHARS :]}"
