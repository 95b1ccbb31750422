"""Whatever the bytes are: a picture or a refusal, never another error and never memory without bound."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from klapper.errors import RequestRefused
from klapper.images.normalise import normalise
from tests import pictures
from tests.unit.images.conftest import Refused

WHOLE = {
    "jpeg": pictures.jpeg(pictures.noise(320, 320)),
    "progressive": pictures.jpeg(pictures.noise(320, 320), progressive=True),
    "png": pictures.png(pictures.noise(320, 320)),
    "interlaced": pictures.png(pictures.noise(320, 320).quantize(8)),
    "webp": pictures.webp(pictures.noise(320, 320), quality=80),
    "lossless": pictures.webp(pictures.noise(320, 320), lossless=True),
    "extended": pictures.turned(6, "WEBP", lossless=True),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_file_that_breaks_off_is_refused(kind: str, tenths: int, refused: Refused) -> None:
    data = WHOLE[kind]
    assert refused(data[: len(data) * tenths // 10]).code in ("image_broken", "image_unknown")


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("length", [3, 8, 12, 16, 20, 24, 29, 33])
def test_a_file_that_is_only_a_beginning_is_refused(kind: str, length: int, refused: Refused) -> None:
    assert refused(WHOLE[kind][:length]).code in ("image_broken", "image_unknown")


@pytest.mark.parametrize(
    "data",
    [
        pictures.png_claiming(2**31 - 1, 2**31 - 1),
        pictures.webp_claiming(2**24, 255),
        pictures.jpeg_claiming(65535, 65535, filler=8_500_000),
    ],
    ids=["PNG", "WebP", "JPEG"],
)
def test_a_huge_size_is_refused_before_anything_is_decoded(data: bytes, refused: Refused) -> None:
    assert refused(data).code == "image_too_many_pixels"


@pytest.mark.parametrize(
    "data",
    [
        pictures.png_claiming(6000, 6000),
        pictures.jpeg_claiming(6000, 6000),
        pictures.webp_claiming(6000, 6000),
        pictures.png_claiming(0, 400),
        pictures.jpeg_claiming(400, 0),
    ],
    ids=["PNG", "JPEG", "WebP", "PNG without width", "JPEG without height"],
)
def test_a_size_that_the_content_does_not_have_is_refused(data: bytes, refused: Refused) -> None:
    assert refused(data).code == "image_broken"


def test_a_second_size_in_the_same_file_is_refused(refused: Refused) -> None:
    huge = pictures.png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    assert refused(pictures.png_with(huge)).code == "image_broken"


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP"])
def test_a_compressed_text_that_would_fill_the_memory_is_refused(name: bytes, refused: Refused) -> None:
    bomb = pictures.png_chunk(name, b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9))
    assert refused(pictures.png_with(bomb)).code == "image_broken"


def test_more_parts_than_any_picture_has_are_not_counted_to_the_end(refused: Refused) -> None:
    assert refused(pictures.png_with(pictures.png_chunk(b"teSt", b"") * 20_000)).code == "image_broken"


def test_a_picture_just_under_the_limit_of_pillow_warns_nobody(refused: Refused) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert refused(pictures.png_claiming(9_990, 4_000)).code == "image_broken"


@settings(max_examples=150)
@given(
    kind=st.sampled_from(sorted(WHOLE)),
    at=st.floats(0, 1, exclude_max=True),
    put=st.binary(min_size=1, max_size=12),
    insert=st.booleans(),
)
@example(kind="jpeg", at=0.0, put=b"\xff\xd8\xff", insert=False)
def test_a_damaged_file_is_a_picture_or_a_refusal(
    kind: str, at: float, put: bytes, *, insert: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    data = WHOLE[kind]
    # Most of a file is pixels: half of the damage goes to its first bytes, where the structure is.
    start = int(at * 2 * len(data)) if at >= 0.5 else int(at * 200)
    start %= len(data)
    source = folder / "attachment"
    source.write_bytes(data[:start] + put + data[start + (0 if insert else len(put)) :])
    try:
        image = normalise(source, folder, "image")
    except RequestRefused:
        written = set()
    else:
        written = {image.sha256}
    assert _names(folder) == {"attachment"} | written


@settings(max_examples=100)
@given(
    start=st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"RIFF\0\0\0\0WEBPVP8X", b""]),
    rest=st.binary(max_size=400),
)
def test_bytes_that_only_begin_like_a_picture_are_refused(
    start: bytes, rest: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = tmp_path_factory.mktemp("claimed") / "attachment"
    source.write_bytes(start + rest)
    with pytest.raises(RequestRefused):
        normalise(source, source.parent, "image")


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
