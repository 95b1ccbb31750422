"""The words of all terms, and where a reading has one of them, however it is hidden."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from klapper.moderation.beginnings import Beginnings
from klapper.moderation.joining import Candidate, hyphened, parted, spaced, spelled
from klapper.moderation.leet import unleet
from klapper.moderation.readings import Reading
from klapper.moderation.shapes import PIECE, WORD
from klapper.moderation.stretching import Masked, Stretched
from klapper.moderation.text import folded

_WITH_SIGNS = re.compile("(?<![wd$!])[wd]*+[$!][wd$!]*+")
_BETWEEN = re.compile("[|+]")
_AROUND = "!|+"
_MASKED = re.compile(r"(?<![wd])[wd]++(?:\*{1,3}[wd]++)++")


@dataclass(frozen=True, slots=True)
class Seen:
    """A word of a term ends at `end` of a reading; `trick` says how it was hidden, empty: not at all."""

    end: int
    word: str
    trick: str


class Words:
    """Finds words by looking up, so that the work grows with the text and not with the number of terms."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        lettered = [word for word in self._words if len(word) > 2 and word.isalpha()]
        self._stretched = Stretched(lettered)
        self._masked = Masked(lettered)
        self._beginnings = Beginnings(self._words, drawn_out=False)
        self._drawn_out = Beginnings(self._words, drawn_out=True)

    def plain(self, reading: Reading) -> dict[int, list[Seen]]:
        """By the place where each begins: words that are written as they are, be it with gaps."""
        return self._seen(self._written(reading))

    def all(self, reading: Reading) -> dict[int, list[Seen]]:
        """By the place where each begins: also those that are hidden by any trick."""
        seen = self._seen(self._written(reading))
        meant: dict[str, list[tuple[str, str]]] = {}  # long hostile texts repeat themselves
        for candidate in self._disguised(reading):
            if candidate.word not in meant:
                meant[candidate.word] = list(self._meant(candidate.word))
            for word, trick in meant[candidate.word]:
                how = ", ".join(filter(None, (candidate.trick, trick)))
                seen[candidate.start].append(Seen(candidate.end, word, how))
        for match in _MASKED.finditer(reading.shape):
            for word in self._masked.find(folded(reading.word(*match.span()))):
                seen[match.start()].append(Seen(match.end(), word, "masked"))
        return seen

    def _seen(self, candidates: Iterable[Candidate]) -> defaultdict[int, list[Seen]]:
        seen: defaultdict[int, list[Seen]] = defaultdict(list)
        for candidate in candidates:
            word = folded(candidate.word)
            if word in self._words:
                seen[candidate.start].append(Seen(candidate.end, word, ""))
        return seen

    def _meant(self, written: str) -> Iterator[tuple[str, str]]:
        """The words of terms that a candidate can stand for, and what has to be undone for each."""
        word = folded(written)
        if word in self._words:
            yield word, ""
        yield from ((found, "stretched") for found in self._stretched.find(word))
        for letters in map(folded, unleet(written)):
            if letters in self._words:
                yield letters, "leet"
            yield from ((found, "leet, stretched") for found in self._stretched.find(letters))

    def _written(self, reading: Reading) -> Iterator[Candidate]:
        yield from _pieces(reading, PIECE)
        yield from parted(reading, self._beginnings)

    def _disguised(self, reading: Reading) -> Iterator[Candidate]:
        yield from _pieces(reading, WORD)
        yield from _with_signs(reading)
        yield from spelled(reading)
        yield from hyphened(reading, self._drawn_out)
        yield from spaced(reading, self._drawn_out)


def _pieces(reading: Reading, pattern: re.Pattern[str]) -> Iterator[Candidate]:
    for match in pattern.finditer(reading.shape):
        yield Candidate(*match.span(), reading.word(*match.span()), "")


def _with_signs(reading: Reading) -> Iterator[Candidate]:
    """Words with signs that may be letters, `a$$`: also without those at their ends, and each of what they part."""
    for match in _WITH_SIGNS.finditer(reading.shape):
        written = reading.text[match.start() : match.end()]
        yield Candidate(*match.span(), reading.word(*match.span()), "")
        inner = written.strip(_AROUND)
        start = match.start() + written.find(inner)
        if inner and inner != written:
            yield Candidate(start, start + len(inner), reading.word(start, start + len(inner)), "")
        if _BETWEEN.search(inner):
            yield from _parts(reading, start, inner)


def _parts(reading: Reading, start: int, written: str) -> Iterator[Candidate]:
    for part in _BETWEEN.split(written):
        end = start + len(part)
        yield Candidate(start, end, reading.word(start, end), "")
        start = end + 1
