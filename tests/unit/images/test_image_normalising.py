"""A taken picture stands upright, looks the same, and carries nothing but its pixels."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from klapper.images.normalise import normalise
from tests import pictures
from tests.pictures import BLUE, GREEN, RED, YELLOW
from tests.unit.images.conftest import Normalised

UPRIGHT = (RED, GREEN, BLUE, YELLOW)
WHITE = (255, 255, 255)


def sixteen_bit_grey() -> Image.Image:
    """Dark on the left, bright on the right."""
    row = b"\x00\x20" * 200 + b"\x00\xe0" * 200
    return Image.frombytes("I;16", (400, 320), row * 320)


def half_transparent(mode: str) -> Image.Image:
    """Black on the left, nothing on the right."""
    alpha = Image.new("L", (400, 320), 255)
    alpha.paste(0, (200, 0, 400, 320))
    picture = Image.new("RGB", (400, 320), "black").convert("RGBA")
    picture.putalpha(alpha)
    return picture.convert(mode)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_after_any_orientation(format: str, orientation: int, normalised: Normalised) -> None:
    image, picture = normalised(pictures.turned(orientation, format))
    assert pictures.corners(picture) == UPRIGHT
    assert (image.width, image.height) == picture.size == (320, 400)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int, normalised: Normalised) -> None:
    _, picture = normalised(pictures.turned(orientation))
    assert pictures.corners(picture) == UPRIGHT


def test_metadata_that_cannot_be_read_does_not_spoil_the_picture(normalised: Normalised) -> None:
    _, picture = normalised(pictures.jpeg(exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\x01\x12"))
    assert pictures.corners(picture) == UPRIGHT


def test_a_jpeg_stays_a_jpeg(normalised: Normalised) -> None:
    image, picture = normalised(pictures.jpeg())
    assert (image.media_type, picture.format) == ("image/jpeg", "JPEG")


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"optimize": True}])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_of_one_colour_is_not_too_small_to_be_true(
    mode: str, how: dict[str, bool], normalised: Normalised
) -> None:
    image, _ = normalised(pictures.jpeg(Image.new(mode, (1600, 1600)), quality=1, **how))
    assert image.width == 1600


def test_a_png_stays_a_png_pixel_for_pixel(normalised: Normalised) -> None:
    image, picture = normalised(pictures.png(pictures.noise(400, 320)))
    assert (image.media_type, picture.format) == ("image/png", "PNG")
    assert picture.tobytes() == pictures.noise(400, 320).tobytes()


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (pictures.webp(quality=80), "JPEG"),
        (pictures.webp(lossless=True), "PNG"),
        (pictures.webp(half_transparent("RGBA"), quality=80), "PNG"),
        (pictures.turned(1, "WEBP", quality=80), "JPEG"),
        (pictures.turned(1, "WEBP", lossless=True), "PNG"),
    ],
    ids=["lossy", "lossless", "transparent", "lossy with metadata", "lossless with metadata"],
)
def test_a_webp_becomes_what_it_is_most_like(data: bytes, format: str, normalised: Normalised) -> None:
    _, picture = normalised(data)
    assert picture.format == format


@pytest.mark.parametrize(
    "data",
    [
        pictures.png(half_transparent("RGBA")),
        pictures.png(half_transparent("LA")),
        pictures.png(half_transparent("RGBA").quantize(4)),
        pictures.png(pictures.quarters(mode="RGB"), transparency=GREEN),
        pictures.webp(half_transparent("RGBA"), lossless=True),
    ],
    ids=["RGBA", "grey", "palette", "one colour", "WebP"],
)
def test_what_is_transparent_becomes_white(data: bytes, normalised: Normalised) -> None:
    _, picture = normalised(data)
    assert picture.mode == "RGB"
    assert pictures.corners(picture)[1] == WHITE


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_every_mode_becomes_rgb_of_eight_bits(mode: str, normalised: Normalised) -> None:
    format = "JPEG" if mode == "CMYK" else "PNG"
    _, picture = normalised(pictures.encoded(pictures.quarters(mode=mode), format))
    assert picture.mode == "RGB"
    assert pictures.corners(picture) == pictures.corners(pictures.quarters(mode=mode))


def test_sixteen_bit_grey_keeps_its_levels(normalised: Normalised) -> None:
    _, picture = normalised(pictures.png(sixteen_bit_grey()))
    assert (picture.getpixel((10, 10)), picture.getpixel((390, 10))) == ((0x20,) * 3, (0xE0,) * 3)


def test_a_colour_profile_is_applied_and_dropped(normalised: Normalised) -> None:
    swapped = _profile_of_swapped_colours()
    _, plain = normalised(pictures.png())
    _, picture = normalised(pictures.png(icc_profile=swapped))
    assert "icc_profile" not in picture.info
    assert picture.getpixel((300, 80)) != plain.getpixel((300, 80))


def test_the_usual_profile_changes_nothing_to_speak_of(normalised: Normalised) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    _, picture = normalised(pictures.png(icc_profile=profile))
    assert pictures.corners(picture) == UPRIGHT


def test_a_profile_that_is_none_is_ignored(normalised: Normalised) -> None:
    _, picture = normalised(pictures.jpeg(icc_profile=b"no profile at all" * 10))
    assert pictures.corners(picture) == UPRIGHT


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_was_hidden_in_the_file_is_kept(format: str, normalised: Normalised, shelf: Path) -> None:
    data = pictures.turned(6, format, xmp=b"<x>telltale</x>", comment=b"telltale")
    assert data.count(b"telltale") >= 1
    image, _ = normalised(data + b"telltale")
    written = (shelf / image.sha256).read_bytes()
    assert not any(mark in written for mark in (b"telltale", b"Exif", b"eXIf", b"ICC", b"iCCP", b"tEXt", b"xmp"))


@pytest.mark.parametrize("data", [pictures.jpeg(), pictures.png(), pictures.webp()], ids=["JPEG", "PNG", "WebP"])
def test_the_file_has_the_name_of_its_content(data: bytes, normalised: Normalised, shelf: Path) -> None:
    image, _ = normalised(data)
    written = (shelf / image.sha256).read_bytes()
    assert image.sha256 == hashlib.sha256(written).hexdigest()
    assert image.size_bytes == len(written)
    assert [path.name for path in shelf.iterdir()] == [image.sha256]


@pytest.mark.parametrize("data", [pictures.phone_photo(), pictures.png()], ids=["JPEG", "PNG"])
def test_the_same_bytes_give_the_same_file(data: bytes, normalised: Normalised) -> None:
    assert normalised(data)[0] == normalised(data)[0]


@pytest.mark.parametrize("size", [(300, 300), (750, 300), (300, 750)])
def test_a_picture_at_a_limit_is_taken(size: tuple[int, int], normalised: Normalised) -> None:
    image, _ = normalised(pictures.jpeg(pictures.quarters(*size)))
    assert (image.width, image.height) == size


def test_a_picture_that_stays_large_becomes_a_jpeg_of_less_quality(normalised: Normalised) -> None:
    image, picture = normalised(pictures.png(pictures.noise(2400, 1600), compress_level=1))
    assert image.media_type == "image/jpeg"
    assert 1_000_000 < image.size_bytes <= 10_000_000
    assert picture.size == (2400, 1600)


def test_a_picture_that_no_quality_makes_small_is_made_smaller_and_no_longer(normalised: Normalised) -> None:
    image, picture = normalised(pictures.png(pictures.noise(6250, 2500), compress_level=0))
    assert 1_000_000 < image.size_bytes <= 10_000_000
    assert 1500 < picture.width < 6250
    assert picture.width * 2 <= picture.height * 5


def test_a_file_that_cannot_be_written_is_no_refusal(tmp_path: Path) -> None:
    source = tmp_path / "attachment"
    source.write_bytes(pictures.jpeg())
    with pytest.raises(OSError, match="No such file"):
        normalise(source, tmp_path / "nowhere", "image")


def _profile_of_swapped_colours() -> bytes:
    """sRGB with the columns of red and green exchanged (ICC.1: the tags rXYZ and gXYZ)."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")
