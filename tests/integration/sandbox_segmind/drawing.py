"""Images for uploads, and what a clip shows of them."""

from __future__ import annotations

import io

import av
from PIL import Image

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 180, 30), (30, 30, 220), (220, 220, 30)


def drawn(
    width: int = 400, height: int = 300, *, form: str = "PNG", mode: str = "RGB", orientation: int | None = None
) -> bytes:
    """Four fields: red and green above, blue and yellow below. `orientation` is only a tag (EXIF 0x0112)."""
    image = Image.new("RGB", (width, height), RED)
    for colour, corner in ((GREEN, (width // 2, 0)), (BLUE, (0, height // 2)), (YELLOW, (width // 2, height // 2))):
        image.paste(colour, (*corner, width, height) if colour != BLUE else (*corner, width // 2, height))
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    file = io.BytesIO()
    image.convert(mode).save(file, form, exif=exif)
    return file.getvalue()


def frame_of(film: bytes) -> Image.Image:
    """One picture out of the middle of a film."""
    with av.open(io.BytesIO(film), "r") as container:
        frames = [frame.reformat(format="rgba") for frame in container.decode(video=0)]
    frame = frames[len(frames) // 2]
    plane = frame.planes[0]
    return Image.frombuffer("RGBA", (frame.width, frame.height), bytes(plane), "raw", "RGBA", plane.line_size, 1)


def field_at(image: Image.Image, across: float, down: float) -> tuple[int, int, int]:
    """Which of the four colours is nearest to the pixel at these parts of the width and height."""
    pixel = image.getpixel((int(image.width * across), int(image.height * down)))
    assert isinstance(pixel, tuple)
    return min(
        (RED, GREEN, BLUE, YELLOW),
        key=lambda colour: sum((a - b) ** 2 for a, b in zip(colour, pixel[:3], strict=True)),
    )
