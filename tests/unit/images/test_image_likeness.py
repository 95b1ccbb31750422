"""A picture is known again after what people and programs do to it, and no other picture is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from klapper.images.likeness import SIDE_PX, likeness_of
from klapper.kling.likeness import FREQUENCIES, HEX_CHARS, LEAST_STRONG, Likeness
from klapper.kling.picture import InputImage
from klapper.moderation.image_block import MOST_APART
from tests.pictures import jpeg, landscape, noise, png, quarters, webp
from tests.unit.images.conftest import Normalised

SEEDS = (1, 2)
Change = Callable[[Image.Image], bytes]


def smaller(picture: Image.Image, part: float) -> Image.Image:
    return picture.resize((round(picture.width * part), round(picture.height * part)))


def cropped(picture: Image.Image, part: float) -> Image.Image:
    """Without so much of each side."""
    (width, height), rest = picture.size, 1 - part
    return picture.crop((round(width * part), round(height * part), round(width * rest), round(height * rest)))


CHANGES: dict[str, Change] = {
    "as PNG": png,
    "jpeg": lambda picture: jpeg(picture, quality=30),
    "webp": lambda picture: webp(picture, quality=40),
    "three quarters": lambda picture: jpeg(smaller(picture, 0.75)),
    "twice as large": lambda picture: jpeg(smaller(picture, 2)),
    "stretched": lambda picture: jpeg(picture.resize((500, 400))),
    "brighter": lambda picture: jpeg(ImageEnhance.Brightness(picture).enhance(1.2)),
    "darker": lambda picture: jpeg(ImageEnhance.Brightness(picture).enhance(0.7)),
    "flatter": lambda picture: jpeg(ImageEnhance.Contrast(picture).enhance(0.7)),
    "without colour": lambda picture: jpeg(picture.convert("L")),
    "1 % cropped": lambda picture: jpeg(cropped(picture, 0.01)),
    "2 % cropped": lambda picture: jpeg(cropped(picture, 0.02)),
    "mirrored": lambda picture: jpeg(ImageOps.mirror(picture)),
    "all at once": lambda picture: jpeg(
        smaller(cropped(ImageOps.mirror(ImageEnhance.Brightness(picture).enhance(1.1)), 0.01), 0.8), quality=50
    ),
}


def likeness(image: InputImage) -> Likeness:
    assert image.likeness is not None
    return Likeness.from_text(image.likeness)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_is_the_same_picture(normalised: Normalised, change: Change, seed: int) -> None:
    original, _ = normalised(jpeg(landscape(seed)))
    copy, _ = normalised(change(landscape(seed)))
    assert likeness(original).apart(likeness(copy)) <= MOST_APART


def test_other_pictures_are_others(normalised: Normalised) -> None:
    pictures = [*(landscape(seed) for seed in range(1, 13)), noise(400, 400), quarters()]
    likenesses = [likeness(normalised(jpeg(picture))[0]) for picture in pictures]
    assert min(one.apart(other) for one, other in combinations(likenesses, 2)) > MOST_APART


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (400, 300), "black"),
        Image.new("RGB", (400, 300), "teal"),
        Image.linear_gradient("L").resize((400, 300)),
    ],
    ids=["black", "teal", "a gradient"],
)
def test_what_has_nothing_in_it_is_plain(normalised: Normalised, picture: Image.Image) -> None:
    assert likeness(normalised(png(picture))[0]).is_plain


def test_pictures_that_are_not_plain_are_not_alike_for_want_of_content() -> None:
    assert 2 * LEAST_STRONG > MOST_APART


def test_how_an_image_lies_in_its_file_does_not_matter(normalised: Normalised) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = jpeg(landscape(1).transpose(Image.Transpose.ROTATE_90), exif=exif)
    upright, _ = normalised(jpeg(landscape(1)))
    assert likeness(normalised(lying)[0]).apart(likeness(upright)) <= MOST_APART


levels = st.binary(min_size=SIDE_PX * SIDE_PX, max_size=SIDE_PX * SIDE_PX)


@given(levels)
def test_a_likeness_survives_its_text(levels: bytes) -> None:
    found = likeness_of(levels)
    assert len(str(found)) == HEX_CHARS
    assert Likeness.from_text(str(found)) == found
    assert not found.bits & found.bits >> len(FREQUENCIES)


@given(levels)
def test_the_mirrored_likeness_is_that_of_the_mirrored_picture(levels: bytes) -> None:
    rows = [levels[start : start + SIDE_PX] for start in range(0, len(levels), SIDE_PX)]
    mirrored = likeness_of(b"".join(row[::-1] for row in rows))
    assert likeness_of(levels).apart(mirrored) <= 2  # sums in another order can fall to the other side of a limit


bits = st.integers(min_value=0, max_value=2 ** len(FREQUENCIES) - 1)


@given(bits, bits, bits, bits)
def test_how_far_two_are_apart_depends_on_no_order_and_no_mirror(a: int, b: int, c: int, d: int) -> None:
    one = Likeness.of(positive=a, negative=b & ~a)
    other = Likeness.of(positive=c, negative=d & ~c)
    assert one.apart(other) == other.apart(one) == one.mirrored().apart(other)
    assert one.apart(one) == one.apart(one.mirrored()) == 0
    assert one.mirrored().mirrored() == one


def test_what_is_no_likeness_is_not_read() -> None:
    with pytest.raises(ValueError, match="no likeness"):
        Likeness.from_text("00")
