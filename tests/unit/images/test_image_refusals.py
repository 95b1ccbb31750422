"""What is no picture for Kling is refused by what it is, whatever it is called, in a sentence that says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.errors import RequestRefused
from klapper.images.checks import MOST_READ_BYTES, admit
from klapper.images.files import Kind
from tests import pictures
from tests.unit.images.conftest import Refused


@pytest.mark.parametrize("kind", pictures.FOREIGN)
def test_a_foreign_file_is_refused_by_what_it_is(kind: Kind, refused: Refused) -> None:
    assert refused(pictures.FOREIGN[kind], f"photo.{kind}").code == f"image_{kind}"


@pytest.mark.parametrize("kind", pictures.FOREIGN)
@pytest.mark.parametrize("file_name", ["photo.jpg", "photo.JPEG", "photo.png", "photo.webp"])
def test_a_renamed_file_is_told_from_its_name(kind: Kind, file_name: str, refused: Refused) -> None:
    assert f"image is named `{file_name}` but is " in refused(pictures.FOREIGN[kind], file_name).sentence


@pytest.mark.parametrize("file_name", ["photo.heic", "photo.heif", "photo", ""])
def test_a_file_that_is_honest_about_its_kind_is_not_called_renamed(file_name: str, refused: Refused) -> None:
    said = refused(pictures.FOREIGN[Kind.HEIC], file_name).sentence
    assert said == (
        "image is a HEIC file, and only JPEG, PNG and WebP can be used: save or share it as JPEG and attach that."
    )


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1"])
def test_every_brand_of_phones_is_heic(brand: bytes, refused: Refused) -> None:
    data = b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + brand + b"\0" * 64
    assert refused(data).code == "image_heic"


def test_avif_is_told_from_heic_by_its_compatible_brands(refused: Refused) -> None:
    data = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf" + b"\0" * 64
    assert refused(data).code == "image_avif"


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_an_animated_picture_is_refused_by_its_kind(kind: str, refused: Refused) -> None:
    assert refused(pictures.animated(kind)).code == f"image_animated_{kind}"


def test_an_empty_file_is_refused(refused: Refused) -> None:
    assert refused(b"").code == "image_empty"


@pytest.mark.parametrize("size", [(299, 400), (400, 299)])
def test_a_side_of_less_than_300_pixels_is_refused(size: tuple[int, int], refused: Refused) -> None:
    refusal = refused(pictures.png(pictures.quarters(*size)))
    assert refusal.code == "image_too_small"
    assert f"{size[0]} x {size[1]} pixels" in refusal.sentence


@pytest.mark.parametrize("size", [(751, 300), (300, 751)])
def test_a_picture_longer_than_two_and_a_half_times_its_short_side_is_refused(
    size: tuple[int, int], refused: Refused
) -> None:
    assert refused(pictures.png(pictures.quarters(*size))).code == "image_too_long"


@pytest.mark.parametrize("data", [pictures.png_claiming(8000, 5001), pictures.webp_claiming(8000, 5001)])
def test_more_than_40_megapixels_are_refused_by_the_header_alone(data: bytes, refused: Refused) -> None:
    refusal = refused(data)
    assert refusal.code == "image_too_many_pixels"
    assert "8000 x 5001 pixels, which is more than 40 megapixels" in refusal.sentence


def test_more_bytes_than_are_read_are_refused_unread(tmp_path: Path) -> None:
    source = tmp_path / "attachment"
    source.touch()
    os.truncate(source, MOST_READ_BYTES + 1)
    with pytest.raises(RequestRefused) as caught:
        admit(source, "end_image", "photo.png")
    assert caught.value.code == "image_too_large"
    assert caught.value.sentence.startswith("end_image is a file of more than 50 MB")


@given(file_name=st.text(max_size=200))
def test_no_file_name_breaks_out_of_its_quotation(file_name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    source = tmp_path_factory.mktemp("in") / "attachment"
    source.write_bytes(pictures.FOREIGN[Kind.GIF])
    with pytest.raises(RequestRefused) as caught:
        admit(source, "image", f"{file_name}.jpg")
    _, quoted, after = caught.value.sentence.split("`")
    assert len(quoted) <= 60
    assert after.startswith(" but is a GIF file")
