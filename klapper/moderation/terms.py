"""Does a text contain one of these terms, as whole words, however it is written?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from klapper.moderation.phrases import Found, Phrase, Phrases
from klapper.moderation.readings import Reading, readings
from klapper.moderation.text import GAP, letters_of, normalise

Action = Literal["block", "review"]

_AS_WRITTEN = "plain"
_SEVERITY: dict[Action, int] = {"review": 0, "block": 1}


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase. inflected: the endings of `endings.py` count too. note: for moderators alone."""

    text: str
    action: Action
    category: str = ""
    inflected: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """reading: how it was found, `plain` or what had to be undone: `latin, leet`. words: the term, normalised.

    where: the part of the text that was read so, as it is written; empty where there is not one.
    """

    term: Term
    reading: str
    where: str = field(default="", compare=False)

    @property
    def words(self) -> str:
        return normalise(self.term.text)


class TextFilter:
    """Finds terms in every reading of a text. `pegboard` does not match `peg`; `Big  FOO` matches `big foo`.

    An allowed phrase shields what stands within it. The work grows with the text, not with the number of terms.
    """

    def __init__(self, terms: Iterable[Term], allowed: Iterable[str] = ()) -> None:
        self._terms = Phrases(Phrase(term.text, term, term.inflected) for term in terms)
        self._allowed = Phrases(Phrase(phrase, phrase) for phrase in allowed)

    def find(self, text: str) -> Match | None:
        """The most severe term in a text."""
        return most_severe(self.every(text))

    def every(self, text: str) -> Iterator[Match]:
        """Each finding in each reading, some of them twice."""
        if not self._terms:
            return
        for letters in letters_of(text):
            shields: list[Found[str]] = []
            for reading in readings(letters):
                if reading.name == _AS_WRITTEN:
                    shields = list(self._allowed.plain(reading)) if self._allowed else []
                for found in self._terms.all(reading):
                    if not any(shield.start <= found.start and found.end <= shield.end for shield in shields):
                        where = letters[found.start : found.end].replace(GAP, "")
                        yield Match(found.value, _how(reading, found), where)


def most_severe(matches: Iterable[Match]) -> Match | None:
    """The most severe term, of those the longest, of those one that needs the fewest tricks."""
    return max(matches, key=_weight, default=None)


def each_once(matches: Iterable[Match]) -> list[Match]:
    """Each term as it is found with the fewest tricks; the most severe first."""
    best: dict[Term, Match] = {}
    for match in matches:
        if match.term not in best or _weight(match) > _weight(best[match.term]):
            best[match.term] = match
    return sorted(best.values(), key=_weight, reverse=True)


def _how(reading: Reading, found: Found[Term]) -> str:
    named = () if reading.name == _AS_WRITTEN and found.tricks else (reading.name,)
    return ", ".join((*named, *filter(None, (found.tricks,))))


def _weight(match: Match) -> tuple[int, int, int]:
    tricks = 0 if match.reading == _AS_WRITTEN else len(match.reading.split(", "))
    return _SEVERITY[match.term.action], len(match.words), -tricks
