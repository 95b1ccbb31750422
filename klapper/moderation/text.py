"""Does a text contain one of these terms, as whole words, however it is written?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def normalise(text: str) -> str:
    """NFKC and case-folded, white space as single blanks. Folding can undo composition, hence the second pass."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


class BlockedTerms:
    """Terms of one or more words. `pegboard` does not match `peg`; `Big  FOO` matches `big foo`."""

    def __init__(self, terms: Iterable[str]) -> None:
        words = sorted({normalise(term) for term in terms} - {""}, key=len, reverse=True)
        joined = "|".join(re.escape(word) for word in words)
        self._pattern = re.compile(rf"(?<!\w)(?:{joined})(?!\w)") if words else None

    def found_in(self, text: str) -> str | None:
        """The first blocked term in the text, normalised; None when there is none."""
        match = self._pattern.search(normalise(text)) if self._pattern else None
        return match.group() if match else None
