"""Does a text contain one of these terms, as whole words, however it is written?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from klapper.kling.visible import JOINERS, SOFT_HYPHEN, is_ignorable

_GAP = "\ue000"  # a private character, so never left over from a text: something invisible stood here
_WITHIN_WORDS = frozenset(SOFT_HYPHEN + JOINERS)


def normalise(text: str) -> str:
    """Visible characters only, NFKC and case-folded, white space as single blanks.

    Folding can undo composition, hence the second pass.
    """
    return _folded(_without_ignorable(text, ""))


class BlockedTerms:
    """Terms of one or more words. `pegboard` does not match `peg`; `Big  FOO` matches `big foo`.

    A text is read twice: without its invisible characters, and with them as gaps that may stand in a word or part two.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._words = sorted({normalise(term) for term in terms} - {""}, key=len, reverse=True)
        joined = "|".join(f"({_with_gaps(word)})" for word in self._words)
        # `_` parts words, unlike in \w.
        self._pattern = re.compile(rf"(?<![^\W_])(?:{joined})(?![^\W_])") if self._words else None

    def found_in(self, text: str) -> str | None:
        """The first blocked term in the text, normalised; None when there is none."""
        if self._pattern is None:
            return None
        readings = (normalise(text), _folded(_without_ignorable(text, _GAP)))
        match = next(filter(None, map(self._pattern.search, readings)), None)
        return None if match is None else self._words[(match.lastindex or 1) - 1]


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _without_ignorable(text: str, gap: str) -> str:
    return "".join(_seen(character, gap) for character in text)


def _seen(character: str, gap: str) -> str:
    """White space stays, although some of it is control characters."""
    if character.isspace() or not is_ignorable(character):
        return character
    return "" if character in _WITHIN_WORDS else gap


def _with_gaps(term: str) -> str:
    """Possessive, so that a text full of gaps is read in one go."""
    return f"[ {_GAP}]++".join(f"{_GAP}*+".join(map(re.escape, word)) for word in term.split(" "))
