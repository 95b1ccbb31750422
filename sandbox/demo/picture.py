"""The picture that Mira brings: drawn by the demo, shown in the terminal."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw
from rich.text import Text

SIZE = (480, 640)  # upright, as from a phone
DESCRIPTION = "a red boat with white sails under a full moon"

_NIGHT, _SEA, _MOON, _SAIL, _HULL = (24, 32, 72), (16, 92, 128), (250, 236, 170), (244, 244, 244), (196, 64, 52)
_HORIZON = 420
_ROWS = 14  # of text; each is two pixels high


def draw(path: Path) -> Path:
    """Write the picture there as PNG."""
    picture = Image.new("RGB", SIZE, _NIGHT)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((320, 60, 420, 160), fill=_MOON)
    pen.rectangle((0, _HORIZON, *SIZE), fill=_SEA)
    pen.polygon([(230, 180), (230, 400), (350, 400)], fill=_SAIL)
    pen.polygon([(215, 230), (215, 400), (120, 400)], fill=_SAIL)
    pen.polygon([(100, 415), (380, 415), (330, 480), (150, 480)], fill=_HULL)
    picture.save(path, "PNG")
    return path


def preview(path: Path) -> Text:
    """The picture as coloured text: an upper half block is one pixel above another."""
    with Image.open(path) as picture:
        columns = round(2 * _ROWS * picture.width / picture.height)
        small = picture.convert("RGB").resize((columns, 2 * _ROWS), Image.Resampling.BOX)
    lines = (_line(small, row) for row in range(_ROWS))
    return Text("\n").join(lines)


def _line(small: Image.Image, row: int) -> Text:
    cells = Text("  ")
    for column in range(small.width):
        above, below = (_colour(small, column, 2 * row + part) for part in (0, 1))
        cells.append("▀", style=f"{above} on {below}")
    return cells


def _colour(picture: Image.Image, column: int, row: int) -> str:
    pixel = picture.getpixel((column, row))
    assert isinstance(pixel, tuple)
    return "#{:02x}{:02x}{:02x}".format(*pixel)
