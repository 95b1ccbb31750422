"""Text that the font can draw."""

from __future__ import annotations

import re
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font

MISSING = "…"
_LEFT_TO_RIGHT = "\u200e"
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")


def drawable(text: str) -> str:
    """The text on one line; an ellipsis where the font has no letters for what stands there."""
    known = _known()
    drawn = "".join(letter if ord(letter) in known else MISSING for letter in " ".join(_UNSEEN.sub("", text).split()))
    return re.sub(f"{MISSING}(?:\\s*{MISSING})+", MISSING, drawn)


def line(text: str) -> str:
    """A line that runs from left to right, whatever it says: a name in Hebrew stays right of its number."""
    return f"{_LEFT_TO_RIGHT}{drawable(text)}"


@cache
def _known() -> frozenset[int]:
    """What both weights have: `get_font` opens the first file of what it is given."""
    weights = (FontProperties(family="DejaVu Sans", weight=weight) for weight in ("normal", "bold"))
    normal, bold = (frozenset(get_font(findfont(one)).get_charmap()) for one in weights)
    return normal & bold
