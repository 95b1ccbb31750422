"""The readings of a text that are compared with terms: as it is written, and as people read what somebody disguised.

Every reading has a character for each character of the first, so that a place in one is the same place in all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from klapper.moderation import looks
from klapper.moderation.languages import Language, fitting, spoken
from klapper.moderation.shapes import DROPPED, WORD, shape_of
from klapper.moderation.text import folded

_WESTERN = frozenset({"LATIN", "CYRILLIC", "GREEK"})


@dataclass(frozen=True, slots=True)
class Reading:
    """name: `plain`, `marks`, `latin` or `cyrillic`. shape: the kind of each character, see `shape_of`."""

    name: str
    text: str
    shape: str

    def word(self, start: int, end: int) -> str:
        """What stands there, as written but for marks that do not count."""
        return self.text[start:end].replace(DROPPED, "")


def readings(text: str) -> Iterator[Reading]:
    """A text of `letters_of` as it is, then each reading that differs.

    - `marks`: without combining marks that belong to no letter, as in a struck-out word;
    - `latin`: also without accents where no language of the text writes them, and with letters of other alphabets as
      the Latin ones that they resemble, in words that mix alphabets or could be taken for Latin as a whole;
    - `cyrillic`: the other way round, in words that mix the two.
    """
    shape = shape_of(text)
    yield Reading("plain", text, shape)
    if text.isascii():
        return
    bare = _changed(text, shape, _without_loose_marks)
    if bare != text:
        yield Reading("marks", bare, shape_of(bare))
    disguises = _Disguises(text, shape)
    for name, change in (("latin", disguises.latin), ("cyrillic", disguises.cyrillic)):
        undone = _changed(bare, shape, change)
        if undone != bare:
            yield Reading(name, undone, shape_of(undone))


class _Disguises:
    """Takes words of one text for what they look like, unless the rest of the text says that they are themselves."""

    def __init__(self, text: str, shape: str) -> None:
        self._words = [text[match.start() : match.end()] for match in WORD.finditer(shape)]

    def latin(self, word: str) -> str:
        alphabets = _alphabets(word)
        if "LATIN" not in alphabets:
            return self._foreign(word, alphabets)
        if len(alphabets) > 1:
            return _each(word, looks.latin_in_a_mix)
        return _each(word, looks.latin) if self._marked_on_purpose(word) else word

    def cyrillic(self, word: str) -> str:
        return "".join(map(looks.cyrillic, word)) if {"LATIN", "CYRILLIC"} <= _alphabets(word) else word

    def _foreign(self, word: str, alphabets: set[str]) -> str:
        """A word wholly of look-alikes, in a text where nothing else is of its alphabet, is Latin."""
        if len(alphabets) != 1 or alphabets & self._spoken_alphabets or not _could_be_latin(word):
            return word
        return _each(word, looks.latin)

    def _marked_on_purpose(self, word: str) -> bool:
        if DROPPED in word:
            return True
        plain = folded(word)
        languages = fitting(plain)
        if any(plain in language.words for language in languages):
            return False
        return not any(language in self._spoken_languages for language in languages)

    @cached_property
    def _spoken_languages(self) -> list[Language]:
        return spoken(map(folded, self._words))

    @cached_property
    def _spoken_alphabets(self) -> set[str]:
        """The alphabets of which there is a word that nobody could take for Latin."""
        own = [
            alphabets for word in self._words if len(alphabets := _alphabets(word)) == 1 and not _could_be_latin(word)
        ]
        return set[str]().union(*own)


def _changed(text: str, shape: str, change: Callable[[str], str]) -> str:
    """The text with every word that is not ASCII changed; a change keeps the length."""

    def replace(match: re.Match[str]) -> str:
        word = text[match.start() : match.end()]
        return word if word.isascii() else change(word)

    parts, end = [], 0
    for match in WORD.finditer(shape):
        parts += [text[end : match.start()], replace(match)]
        end = match.end()
    return "".join((*parts, text[end:]))


def _without_loose_marks(word: str) -> str:
    """In Indic, Arabic and other alphabets marks are letters."""
    if not _alphabets(word) <= _WESTERN:
        return word
    return "".join(DROPPED if unicodedata.category(character) in {"Mn", "Me"} else character for character in word)


def _alphabets(word: str) -> set[str]:
    return set(map(looks.script, word)) - {""}


def _could_be_latin(word: str) -> bool:
    return all(looks.latin(character) for character in word if character.isalpha())


def _each(word: str, alike: Callable[[str], str | None]) -> str:
    return "".join(c if c.isascii() else alike(c) or _without_mark(c) for c in word)


def _without_mark(character: str) -> str:
    """The letter below an accent, if that is a Latin one."""
    letter = unicodedata.normalize("NFD", character)[0]
    return letter if letter.isascii() else character
