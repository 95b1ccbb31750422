"""What no guild can switch off: sexual content with minors.

A text is refused when a word for a minor and a sexual word stand in it, near or far, in any language of the list: who
decides weighs the one mistake against the other, and refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from klapper.moderation.builtin_words import ALONE, HARMLESS, MINORS, SEXUAL
from klapper.moderation.looks import script
from klapper.moderation.terms import Match, Term, TextFilter
from klapper.moderation.text import normalise

MINORS_CATEGORY = "minors"

_ROLES = {"minor": MINORS, "sexual": SEXUAL, "alone": ALONE}
_WITH_ENDINGS = frozenset({"CYRILLIC", "HANGUL"})  # the lists have the forms of the others
_OF_AGE = 18

_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
_YEARS = (
    r"(?:years?|yrs?)[ -]?(?:old|of age)|y ?/? ?o(?!\w)|jährig\w*|jahre alt|ans(?!\w)|años|anos(?!\w)|anni(?!\w)|"
    r"lat(?!\w)|летн\w+|лет(?!\w)|yaş\w*|歳|才|岁|歲|살"
)
_AGES = (
    re.compile(rf"(?<![\w.,])(\d{{1,2}}|{_NUMBERS})[ -]?(?:{_YEARS})"),
    re.compile(rf"(?<!\w)(?:age|aged|age of) (\d{{1,2}}|{_NUMBERS})(?!\w)"),
)


class BuiltinFilter:
    """Finds what is refused everywhere, in every reading that other terms are found in; its category is `minors`."""

    def __init__(self) -> None:
        terms = [
            Term(word, "block", role, inflected=script(word[-1]) in _WITH_ENDINGS)
            for role, words in _ROLES.items()
            for word in _listed(words)
        ]
        self._words = TextFilter(terms, _listed(HARMLESS))

    def find(self, text: str) -> Match | None:
        """A term of one meaning, or a word for a minor together with a sexual one, named with both."""
        found = {match.term.category: match for match in self._words.every(text)}
        if "alone" in found:
            return _match(found["alone"])
        if "sexual" not in found:
            return None
        if "minor" in found:
            return _match(found["minor"], found["sexual"])
        age = _age_of_a_minor(text)
        return _match(Match(Term(age, "block"), "plain"), found["sexual"]) if age else None


@cache
def builtin_filter() -> BuiltinFilter:
    """The one there is: its words never change, and reading them takes a while."""
    return BuiltinFilter()


def _listed(words: str) -> Iterator[str]:
    return filter(None, (word.strip() for word in words.replace("\n", ",").split(",")))


def _match(*found: Match) -> Match:
    named = " + ".join(match.term.text for match in found)
    return Match(Term(named, "block", MINORS_CATEGORY), "; ".join(match.reading for match in found))


def _age_of_a_minor(text: str) -> str | None:
    """The first age below 18 as it is written, in digits or in English words."""
    plain = normalise(text)
    ages = (match for pattern in _AGES for match in pattern.finditer(plain))
    return next((age[0] for age in ages if not age[1].isdecimal() or int(age[1]) < _OF_AGE), None)
