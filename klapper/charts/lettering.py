"""Text that the font can draw."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font

MISSING = "…"
_NO_LETTERS = "SC"  # symbols, and what is no character
_LEFT_TO_RIGHT = "\u200e"
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")


def drawable(text: str) -> str:
    """The text on one line: without emoji that the font does not have, and an ellipsis instead of such letters."""
    drawn = "".join(map(_drawn, " ".join(_UNSEEN.sub("", text).split())))
    return " ".join(re.sub(f"{MISSING}(?:\\s*{MISSING})+", MISSING, drawn).split())


def line(text: str) -> str:
    """A line that runs from left to right, whatever it says: a name in Hebrew stays right of its number."""
    return f"{_LEFT_TO_RIGHT}{drawable(text)}"


def _drawn(letter: str) -> str:
    if ord(letter) in _known():
        return letter
    return "" if unicodedata.category(letter)[0] in _NO_LETTERS else MISSING


@cache
def _known() -> frozenset[int]:
    """What both weights have: `get_font` opens the first file of what it is given."""
    weights = (FontProperties(family="DejaVu Sans", weight=weight) for weight in ("normal", "bold"))
    normal, bold = (frozenset(get_font(findfont(one)).get_charmap()) for one in weights)
    return normal & bold
