"""What the provider makes of the images of a request: it fetches them when the job begins.

Segmind checks before the run only what a page declares a fixed set of values for (Segmind docs: error codes), so a
submit with an unusable image is accepted. The job fails, which /v2 serves as a 422, and nothing is charged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from sandbox.segmind.assets import Asset, AssetStore

LARGEST_BYTES = 10_000_000  # "10 MB" (Kling API: image to video), in the stricter of its two readings
SHORTEST_SIDE = 300  # pixels (the same)
NARROWEST, WIDEST = 0.4, 2.5  # width by height: 1:2.5 to 2.5:1 (the same)


class PictureRefused(Exception):
    """An image cannot be used; the text is what the job fails with."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG or PNG file that decodes; sizes in pixels as they are stored, an orientation tag is not applied."""

    path: Path
    width: int
    height: int


async def fetch(assets: AssetStore, body: Mapping[str, Any]) -> Picture | None:
    """Look at every image of a request; the first frame's is returned, None when there is no image.

    Raises `PictureRefused`, naming the parameter.
    """
    seen = [await asyncio.to_thread(look, name, assets.at(url)) for name, url in _addresses(body)]
    return seen[0] if seen else None


def look(name: str, asset: Asset | None) -> Picture:
    """The image of a parameter. Raises `PictureRefused` unless Kling would take it."""
    if asset is None:
        raise PictureRefused(f"{name}: the image could not be downloaded")
    if asset.size_bytes > LARGEST_BYTES:
        raise PictureRefused(f"{name}: the image is {asset.size_bytes} bytes, at most {LARGEST_BYTES} are allowed")
    try:
        with Image.open(asset.path, formats=("JPEG", "PNG")) as image:
            _check_size(name, image)
            image.load()
            return Picture(asset.path, image.width, image.height)
    except PictureRefused:
        raise
    except Exception as error:  # a decoder raises whatever its parser trips over
        raise PictureRefused(f"{name}: the image is not a valid JPEG or PNG file") from error


def _check_size(name: str, image: Image.Image) -> None:
    width, height = image.size
    if min(width, height) < SHORTEST_SIDE:
        raise PictureRefused(f"{name}: the image is {width}x{height}, each side must be at least {SHORTEST_SIDE} px")
    if not NARROWEST <= width / height <= WIDEST:
        raise PictureRefused(f"{name}: the aspect ratio of the image ({width}x{height}) must be in 1:2.5 to 2.5:1")


def _addresses(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Parameter and URL of every image, the first frame's first."""
    for name in ("image_url", "start_image_url", "end_image_url"):
        if name in body:
            yield name, body[name]
    for number, element in enumerate(body.get("elements", [])):
        yield f"elements[{number}].frontal_image_url", element["frontal_image_url"]
        for place, url in enumerate(element.get("reference_image_urls", [])):
            yield f"elements[{number}].reference_image_urls[{place}]", url
