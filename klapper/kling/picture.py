"""An input image after it was checked and normalised: what is known about it without its bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InputImage:
    """sha256: hex, of the normalised file. media_type: `image/jpeg` or `image/png`. width, height: pixels, upright.

    likeness: text of a `Likeness`, by which it is known again; None for an image from before there were any.
    """

    sha256: str
    media_type: str
    width: int
    height: int
    size_bytes: int
    likeness: str | None = None
