"""Which characters can be seen. What a card does not show must not count as a description, nor hide a word. Pure.

Source: Unicode's property Default_Ignorable_Code_Point and its general categories.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

SOFT_HYPHEN = "\u00ad"
JOINERS = "\u200c\u200d"
_BLANK_LETTERS = frozenset(
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f"
)  # nothing to see, yet no format characters
_INVISIBLE_RANGES = ((0xE0000, 0xE0FFF), (0xFFF0, 0xFFFB), (0xFFFE, 0xFFFF), (0x2060, 0x206F))  # tags, specials
_SELECTORS = ((0xFE00, 0xFE0F), (0x180B, 0x180F))  # they change the look of what stands before
_LINE_ENDS_AND_TABS = "\t\n\r"


@lru_cache(maxsize=4_096)  # of the million that there are, a text has few
def leaves_nothing(character: str) -> bool:
    """Whether nothing is seen where it stands: control, format, private and blank characters; not white space."""
    if character in _BLANK_LETTERS or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}:
        return True
    # Other unassigned characters count as seen: emoji newer than this Python's tables are among them.
    return _within(character, _INVISIBLE_RANGES)


def is_ignorable(character: str) -> bool:
    """Like `leaves_nothing`, and variation selectors: a word reads the same without it."""
    return leaves_nothing(character) or _within(character, _SELECTORS)


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in a text."""
    return all(character.isspace() or is_ignorable(character) for character in text)


def unsendable(text: str) -> str | None:
    """The first control character or half surrogate in a text, which no model can mean; line ends and tabs are fine."""
    wrong = (c for c in text if c not in _LINE_ENDS_AND_TABS and unicodedata.category(c) in {"Cc", "Cs"})
    return next(wrong, None)


def _within(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)
