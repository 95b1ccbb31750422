"""Pieces of a text that may be one word: `k i l l`, `co-caine`, `gu n`, `sh*it`; not `s k i l l` for its end.

What is offered is only looked up: a candidate that is no term costs nothing but the look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from klapper.moderation.beginnings import Beginnings
from klapper.moderation.languages import CONNECTING, LETTERS_THAT_ARE_WORDS, frequent
from klapper.moderation.readings import Reading
from klapper.moderation.text import folded


@dataclass(frozen=True, slots=True)
class Candidate:
    """`word` may be what stands from `start` to `end` of a reading; `trick` says how it was hidden, empty: not."""

    start: int
    end: int
    word: str
    trick: str


Place = tuple[int, int]  # start and end of a piece

_SINGLE = "[w$]d*+"
# Possessive, and from the start of a word only, so that no text is read more than once.
_SPELLED = re.compile(f"(?<![wd$]){_SINGLE}(?:[^wdkc$%]{{1,3}}{_SINGLE}(?![wd$]))+")
_ONE = re.compile(_SINGLE)
_OF_A_ROW = frozenset("wd$ g-*")
_HYPHENED = re.compile("(?<![wd])[wd]++(?:-{1,2}[wd]++)++")
_STARRED = re.compile(r"(?<![wd])[wd]++(?:\*{1,2}[wd]++)++")
_PARTED = re.compile("(?<![wdkc])[wdkc]++(?:g++[wdkc]++)++")
_SPACED = re.compile("(?<![wd])[wd]++(?: [wd]++)++")
_WORD = re.compile("[wd]+")
_OF_ANY_WRITING = re.compile("[wd]+|k+|c")

_FEWEST_SPELLED = 3  # letters
_FEWEST_JOINED = 4
_FEWEST_OF_WORDS = 8  # torn into what could be two words
_MOST_SPACED = 3  # pieces
_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœąęıаеёиоуыэюяіїєαεηιουωάέήίόύώ")


def spelled(reading: Reading) -> Iterator[Candidate]:
    """Single letters with something between them, as `s p e l l e d`.

    What is parted alike, and the whole row when only blanks and hyphens part it; both also without the words of one
    letter at their ends. Never any other part of a row: `s k i l l` is a skill.
    """
    for match in _SPELLED.finditer(reading.shape):
        row = [one.span() for one in _ONE.finditer(reading.shape, *match.span())]
        whole = [row] if _OF_A_ROW.issuperset(match[0]) else []
        for places in (*whole, *_parted_alike(reading, row)):
            yield from _trimmed(reading, places)


def hyphened(reading: Reading, beginnings: Beginnings) -> Iterator[Candidate]:
    """Pieces without a blank between them: parted by stars, or by hyphens and dots and then none a word like `in`."""
    for pattern, stop in ((_HYPHENED, CONNECTING), (_STARRED, frozenset[str]())):
        for match in pattern.finditer(reading.shape):
            row = _places(_WORD, reading, match)
            lone = [end - start == 1 for start, end in row]
            for first, last, word in _runs(reading, row, beginnings, stop=stop):
                if last > first and len(word) >= _FEWEST_JOINED and not _cuts_a_row(lone, first, last):
                    yield Candidate(row[first][0], row[last][1], word, "joined")


def parted(reading: Reading, beginnings: Beginnings) -> Iterator[Candidate]:
    """Pieces with gaps between them, which nobody sees: each row of them is a word as it stands."""
    for match in _PARTED.finditer(reading.shape):
        row = _places(_OF_ANY_WRITING, reading, match)
        for first, last, word in _runs(reading, row, beginnings):
            yield Candidate(row[first][0], row[last][1], word, "")


def spaced(reading: Reading, beginnings: Beginnings) -> Iterator[Candidate]:
    """Pieces with a blank between them that are no words: one of one letter or without a vowel, or two unknown ones."""
    for match in _SPACED.finditer(reading.shape):
        row = _places(_WORD, reading, match)
        for first, last, word in _runs(reading, row, beginnings, most=_MOST_SPACED):
            if last > first and _is_torn(reading, row[first : last + 1], word):
                yield Candidate(row[first][0], row[last][1], word, "joined")


def _parted_alike(reading: Reading, row: list[Place]) -> Iterator[list[Place]]:
    gaps = [reading.text[end:start] for (_, end), (start, _) in pairwise(row)]
    first = 0
    for _, same in groupby(gaps):
        last = first + len(list(same))
        yield row[first : last + 1]
        first = last


def _trimmed(reading: Reading, places: list[Place]) -> Iterator[Candidate]:
    word = "".join(reading.word(*place) for place in places)
    heads = (0, 1) if word[:1].casefold() in LETTERS_THAT_ARE_WORDS else (0,)
    tails = (0, 1) if word[-1:].casefold() in LETTERS_THAT_ARE_WORDS else (0,)
    for head in heads:
        for tail in tails:
            kept = places[head : len(places) - tail]
            if len(kept) >= _FEWEST_SPELLED:
                yield Candidate(kept[0][0], kept[-1][1], word[head : len(word) - tail], "spelled")


def _places(pattern: re.Pattern[str], reading: Reading, match: re.Match[str]) -> list[Place]:
    return [piece.span() for piece in pattern.finditer(reading.shape, *match.span())]


def _cuts_a_row(lone: list[bool], first: int, last: int) -> bool:
    """Whether the run begins or ends within single letters: `s-k-i-l-l`."""
    begins = first > 0 and lone[first - 1] and lone[first]
    return begins or (last + 1 < len(lone) and lone[last] and lone[last + 1])


def _runs(
    reading: Reading, row: list[Place], beginnings: Beginnings, *, most: int = 10**9, stop: frozenset[str] = frozenset()
) -> Iterator[tuple[int, int, str]]:
    """First piece, last piece and letters of every run of pieces that a word may begin with."""
    words = [reading.word(*place) for place in row]
    letters = [beginnings.letters(word) for word in words]
    stops = [folded(word) in stop for word in words] if stop else [False] * len(row)
    for first in range(len(row)):
        run = begun = ""
        for last in range(first, min(len(row), first + most)):
            run += words[last]
            begun = beginnings.joined(begun, letters[last])
            if stops[last] or len(run) > beginnings.longest or begun not in beginnings:
                break
            yield first, last, run


def _is_torn(reading: Reading, places: list[Place], word: str) -> bool:
    start, end = places[0][0], places[-1][1]
    if "'" in (reading.shape[start - 1 : start], reading.shape[end : end + 1]):
        return False  # the s of "it's hit" belongs to the word before
    pieces = [folded(reading.word(*place)) for place in places]
    if not all(piece.isalpha() and not frequent(piece) for piece in pieces):
        return False
    return any(map(_is_no_word, pieces)) or (len(pieces) == 2 and len(word) >= _FEWEST_OF_WORDS)


def _is_no_word(piece: str) -> bool:
    if len(piece) == 1:
        return piece not in LETTERS_THAT_ARE_WORDS
    return _VOWELS.isdisjoint(piece)
