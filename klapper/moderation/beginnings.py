"""How the words of terms begin: pieces of a text are joined only as far as they may become one of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import filterfalse

from klapper.moderation.leet import ALIKE

_REPEATED = re.compile(r"(.)\1+", re.DOTALL)


class Beginnings:
    """Keeps: letters that a word begins with are in it, whatever case, marks, digits and signs they are written with.

    drawn_out: also however often each of them stands in a row. Others may be in it too.
    """

    def __init__(self, words: Iterable[str], *, drawn_out: bool) -> None:
        known = list(words)
        self.longest = max(map(len, known), default=0)
        self._drawn_out = drawn_out
        self._all = {letters[:end] for letters in map(self.letters, known) for end in range(len(letters) + 1)}

    def __contains__(self, letters: str) -> bool:
        return letters in self._all

    def letters(self, word: str) -> str:
        """What is to be looked for here, and added up with `joined`."""
        return _REPEATED.sub(r"\1", _rough(word)) if self._drawn_out else _rough(word)

    def joined(self, begun: str, letters: str) -> str:
        return begun + letters[1:] if self._drawn_out and begun[-1:] == letters[:1] else begun + letters


def _rough(word: str) -> str:
    """Letters in one case, without marks, and one for all that a sign may be: of parts the same as of the whole."""
    if word.isascii():
        return word.lower().translate(ALIKE)
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return "".join(filterfalse(_is_mark, decomposed)).translate(ALIKE)


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    """Whatever composes with a letter before it: also the vowels and ends of Korean syllables."""
    return unicodedata.category(character).startswith("M") or "\u1160" <= character <= "\u11ff"
