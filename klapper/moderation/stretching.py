"""Words with letters drawn out, doubled or hidden: `kiiill`, `wweeeedd`, `sh*t`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

_DRAWN_OUT = re.compile(r"(.)\1\1")
_FEWEST_DOUBLED = 6  # letters of a word in which every letter stands twice
_SIGN = re.compile(r"[^\w]")
_MOST_HIDDEN = 0.5  # share of the letters


class Stretched:
    """Finds the words that a drawn out one may stand for: three of a letter are one or two of it."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: defaultdict[str, list[str]] = defaultdict(list)
        for word in words:
            self._words[_once(word)].append(word)

    def find(self, word: str) -> Iterator[str]:
        doubled = len(word) >= _FEWEST_DOUBLED and all(count > 1 for count in _counts(word))
        if doubled or _DRAWN_OUT.search(word):
            fewest = 2 if doubled else 3
            counts = _counts(word)
            yield from (found for found in self._words.get(_once(word), ()) if _fits(counts, _counts(found), fewest))


class Masked:
    """Finds the words of which a sign hides letters, each one; first and last letter must be there."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: defaultdict[tuple[int, str, str], list[str]] = defaultdict(list)
        for word in words:
            self._words[_key(word)].append(word)

    def find(self, word: str) -> Iterator[str]:
        """word: letters, with any other signs where letters are hidden."""
        hidden = len(_SIGN.findall(word))
        if 0 < hidden <= len(word) * _MOST_HIDDEN:
            yield from (found for found in self._words.get(_key(word), ()) if _shows(word, found))


def _once(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))


def _counts(word: str) -> list[int]:
    return [len(list(same)) for _, same in groupby(word)]


def _fits(written: list[int], meant: list[int], fewest: int) -> bool:
    return all(w == m or (w >= fewest and w > m) for w, m in zip(written, meant, strict=True))


def _shows(masked: str, word: str) -> bool:
    return all(seen == letter or _SIGN.match(seen) for seen, letter in zip(masked, word, strict=True))


def _key(word: str) -> tuple[int, str, str]:
    return len(word), word[0], word[-1]
