"""A picture as Segmind gets it: JPEG or PNG, upright, 8-bit RGB in sRGB, opaque, at most 10 MB, and nothing but pixels.

Its likeness goes with it. The only file that knows Pillow. It runs in a process of its own (`worker.py`): Pillow holds
the interpreter while it decodes WebP, and a hostile file may take any amount of time.
"""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, BinaryIO, cast

from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from klapper.images.checks import MEGABYTE, admit, broken, too_hard
from klapper.images.files import Header, Kind
from klapper.images.likeness import SIDE_PX, likeness_of
from klapper.kling.picture import InputImage

MOST_WRITTEN_BYTES = 10 * MEGABYTE  # Kling's API reference: image to video
QUALITIES = (95, 90, 85, 80)  # of JPEG, tried in this order before the picture is made smaller
FULL_COLOUR_FROM = 90  # at this quality and above, colour has the resolution of brightness
SHRINK = Fraction(2, 3)  # of each side, as often as it takes

# Opened by name, so that a file cannot choose another decoder by what it looks like.
_DECODERS: dict[Kind, type[ImageFile]] = {
    Kind.JPEG: JpegImageFile,
    Kind.PNG: PngImageFile,
    Kind.WEBP: WebPImageFile,
}
_ORIENTATION = 0x0112  # Exif 2.32, 4.6.4: how the stored picture has to be turned to stand upright
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def normalise(source: Path, directory: Path, name: str, file_name: str = "") -> InputImage:
    """Write the picture of `source` as `directory`/<sha256>, whole or not at all; the same bytes give the same file.

    name: of the option, with which every refusal begins. file_name: what the member called it. Raises RequestRefused
    with a code `image_...` for whatever is wrong with the file, OSError when it cannot be written.
    """
    header = admit(source, name, file_name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata, which is dropped anyway
            picture = _pixels(source, header)
    except MemoryError as error:
        raise too_hard(name) from error
    except Exception as error:  # Pillow's decoders raise whatever they stumble over
        raise broken(header.kind, name) from error
    likeness = _likeness(picture)
    return _write(picture, directory, likeness, lossless=header.is_lossless)


def _pixels(source: Path, header: Header) -> Image.Image:
    with source.open("rb") as file:
        picture: Image.Image = _DECODERS[header.kind](file)
        if picture.size != (header.width, header.height):
            raise ValueError("the file announces two sizes")
        picture.load()
    turn = _TURNS.get(_orientation(picture))
    # One by one: each step frees what the step before it made, so that there are never more than two pictures.
    for step in (_in_eight_bits, _in_srgb, _opaque):
        picture = step(picture)
    return picture if turn is None else picture.transpose(turn)


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # metadata that cannot be read says nothing, and the picture may be fine
        return 1


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """RGB, RGBA, L or CMYK. Only grey keeps 16 bits in Pillow; it would be clipped, not scaled, without the factor."""
    if picture.mode.startswith("I"):
        picture.info.pop("transparency", None)
        return picture.point(lambda level: level * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return picture if picture.mode in ("RGB", "L", "CMYK") else picture.convert("RGB")


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Colours as sRGB numbers. A profile that cannot be used is as good as none."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    target = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, own, srgb, outputMode=target, inPlace=picture.mode == target)
    except Exception:
        return picture
    return converted or picture  # None: in place


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture)
    return white


def _likeness(picture: Image.Image) -> str:
    """Of what is seen, so that it does not depend on how it will be encoded."""
    # With a gap whole pixels are averaged first, which costs less for large pictures.
    small = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR, reducing_gap=2.0).convert("L")
    return str(likeness_of(small.tobytes()))


def _write(picture: Image.Image, directory: Path, likeness: str, *, lossless: bool) -> InputImage:
    picture.info.clear()  # Pillow would write a profile and a comment that it finds here
    with NamedTemporaryFile(dir=directory, prefix=".", suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            written, media_type, (width, height) = _encode(picture, cast("BinaryIO", file), lossless=lossless)
            file.flush()
            os.fsync(file.fileno())
            part.replace(directory / written.sha256)
        finally:
            part.unlink(missing_ok=True)
    _sync(directory)
    return InputImage(written.sha256, media_type, width, height, written.size, likeness)


def _encode(picture: Image.Image, file: BinaryIO, *, lossless: bool) -> tuple[_Written, str, tuple[int, int]]:
    """The first encoding that is small enough: as good as it can be."""
    if lossless and (written := _saved(picture, file, format="PNG")):
        return written, "image/png", picture.size
    for sized, quality in _attempts(picture):
        subsampling = 0 if quality >= FULL_COLOUR_FROM else 2
        if written := _saved(sized, file, format="JPEG", quality=quality, subsampling=subsampling):
            return written, "image/jpeg", sized.size
    raise AssertionError("a picture of 300 pixels is smaller than 10 MB")


def _attempts(picture: Image.Image) -> Iterator[tuple[Image.Image, int]]:
    for quality in QUALITIES:
        yield picture, quality
    short, long = sorted(picture.size)
    factor = SHRINK
    while long * factor >= 1:
        # Rounded towards the square, so that no picture becomes longer than it may be.
        sides = {short: -int(-short * factor // 1), long: int(long * factor)}
        yield picture.resize((sides[picture.width], sides[picture.height]), Image.Resampling.LANCZOS), QUALITIES[-1]
        factor *= SHRINK


def _saved(picture: Image.Image, file: BinaryIO, **how: Any) -> _Written | None:
    """None when it became too large, which ends the encoding early."""
    file.seek(0)
    file.truncate()
    written = _Written(file)
    try:
        picture.save(cast("IO[bytes]", written), **how)
    except _TooMuchError:
        return None
    return written


class _TooMuchError(Exception):
    """More bytes than an image may have."""


class _Written(io.RawIOBase):
    """Counts and hashes what goes into a file, and stops what becomes too large. No fileno: Pillow would go past it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # Pillow writes bytes
        self.size += len(data)
        if self.size > MOST_WRITTEN_BYTES:
            raise _TooMuchError
        self._hash.update(data)
        return self._file.write(data)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
