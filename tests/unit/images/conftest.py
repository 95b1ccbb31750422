"""Bytes in, a picture or a refusal out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from klapper.errors import RequestRefused
from klapper.images.normalise import normalise
from klapper.kling.picture import InputImage

Normalised = Callable[[bytes], tuple[InputImage, Image.Image]]
Refused = Callable[..., RequestRefused]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Where pictures are written."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    return folder


@pytest.fixture
def normalised(tmp_path: Path, shelf: Path) -> Normalised:
    """Normalise these bytes; what is said of the picture, and the picture that was written."""

    def make(data: bytes) -> tuple[InputImage, Image.Image]:
        source = tmp_path / "attachment"
        source.write_bytes(data)
        image = normalise(source, shelf, "image", "photo.jpg")
        with Image.open(shelf / image.sha256) as picture:
            picture.load()
        return image, picture

    return make


@pytest.fixture
def refused(tmp_path: Path, shelf: Path) -> Refused:
    """Why these bytes are refused; nothing is written meanwhile."""

    def why(data: bytes, file_name: str = "photo.jpg") -> RequestRefused:
        source = tmp_path / "attachment"
        source.write_bytes(data)
        with pytest.raises(RequestRefused) as caught:
            normalise(source, shelf, "image", file_name)
        assert list(shelf.iterdir()) == []
        assert caught.value.sentence.startswith("image ")
        return caught.value

    return why
