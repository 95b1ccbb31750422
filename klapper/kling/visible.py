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
# Tags, and specials.
_INVISIBLE = frozenset(
    map(chr, (*range(0xE0000, 0xE1000), *range(0xFFF0, 0xFFFC), 0xFFFE, 0xFFFF, *range(0x2060, 0x2070)))
)
# They change the look of what stands before.
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0x180B, 0x1810))))
_LINE_ENDS_AND_TABS = "\t\n\r"


@lru_cache(maxsize=4_096)  # of the million that there are, a text has few
def leaves_nothing(character: str) -> bool:
    """Whether nothing is seen where it stands: control, format, private and blank characters; not white space."""
    if character in _BLANK_LETTERS or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}:
        return True
    # Other unassigned characters count as seen: emoji newer than this Python's tables are among them.
    return character in _INVISIBLE


def is_ignorable(character: str) -> bool:
    """Like `leaves_nothing`, and variation selectors: a word reads the same without it."""
    return leaves_nothing(character) or character in _SELECTORS


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in a text."""
    return all(character.isspace() or is_ignorable(character) for character in text)


def unsendable(text: str) -> str | None:
    """The first control character or half surrogate in a text, which no model can mean; line ends and tabs are fine."""
    wrong = (c for c in text if c not in _LINE_ENDS_AND_TABS and unicodedata.category(c) in {"Cc", "Cs"})
    return next(wrong, None)
