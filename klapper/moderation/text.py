"""The letters of a text: visible characters in one form each, whatever alphabet Unicode has them in twice."""

from __future__ import annotations

import re
import unicodedata

from klapper.kling.visible import JOINERS, SOFT_HYPHEN, is_ignorable

GAP = "\ue000"  # a private character, so never left over from a text: something invisible stood here
_WITHIN_WORDS = frozenset(SOFT_HYPHEN + JOINERS)

_A = ord("a")
_REGIONAL = 0x1F1E6
# Letters that NFKC leaves as they are: negative circled, negative squared, regional indicators.
_FONTS = {chr(first + n): chr(_A + n) for first in (0x1F150, 0x1F170, _REGIONAL) for n in range(26)}
FLAG_LETTERS = "".join(chr(_REGIONAL + n) for n in range(26))
# Two regional indicators in a row are a flag, which nobody reads as letters.
_FLAG_OR_LETTER = re.compile(f"[{FLAG_LETTERS}]{{2}}|[{''.join(_FONTS)}]")


def normalise(text: str) -> str:
    """Visible characters only, in one font, NFKC and case-folded, white space as single blanks.

    Folding can undo composition, hence the second pass.
    """
    return " ".join(folded(unicodedata.normalize("NFKC", _without_ignorable(_in_one_font(text), ""))).split())


def folded(letters: str) -> str:
    """One case for all: what two words must have in common to be the same word."""
    return letters.lower() if letters.isascii() else unicodedata.normalize("NFKC", letters.casefold())


def letters_of(text: str) -> list[str]:
    """A text in NFKC, its case kept: without its invisible characters and, if there are any, with them as gaps.

    A gap may stand in a word or part two.
    """
    if text.isascii() and text.isprintable():
        return [text]
    text = _in_one_font(text)
    whole, parted = (unicodedata.normalize("NFKC", _without_ignorable(text, gap)) for gap in ("", GAP))
    return [whole, parted] if GAP in parted else [whole]


def _in_one_font(text: str) -> str:
    """Terms and texts alike, so that a term is found in the letters that it is written in; flags stay as they are."""
    return _FLAG_OR_LETTER.sub(lambda match: _FONTS.get(match[0], match[0]), text)


def _without_ignorable(text: str, gap: str) -> str:
    seen = {ord(character): _seen(character, gap) for character in set(text)}
    return text.translate(seen)


def _seen(character: str, gap: str) -> str:
    """White space stays, although some of it is control characters."""
    if character.isspace() or not is_ignorable(character):
        return character
    return "" if character in _WITHIN_WORDS else gap
