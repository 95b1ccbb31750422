"""What is said about texts by what no guild can switch off, by the operator's terms and by a guild's."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from klapper.moderation.builtin import builtin_filter
from klapper.moderation.rules import ADULT, GuildRules
from klapper.moderation.terms import Match, Term, TextFilter, each_once

KEPT_FILTERS = 64  # guilds whose terms are kept ready
KEPT_TEXTS = 128  # what one filter found in one text
LONG = 200  # characters of which the most hostile text takes some hundredths of a second


class TextRules:
    """Remembers what it found in the last texts, as each is asked about several times.

    May be used in any thread, so that long texts can be read beside the event loop before somebody waits for them.
    """

    def __init__(self, blocked_terms: Iterable[str]) -> None:
        self._operators = TextFilter(Term(term, "block") for term in blocked_terms)
        self._filter_of = lru_cache(KEPT_FILTERS)(_filter_of)
        self._builtin = lru_cache(KEPT_TEXTS)(builtin_filter().find)
        self._every = lru_cache(KEPT_TEXTS)(_every)

    def read(self, texts: Iterable[str], rules: GuildRules) -> None:
        """Find everything in them now, so that all else is answered at once."""
        for text in texts:
            self.every(text, rules)

    def builtin(self, texts: Iterable[str]) -> Match | None:
        """What is refused everywhere, in the first text that has it, each for itself: what a negative prompt keeps out
        is no content of the prompt.
        """
        return next(filter(None, map(self._builtin, texts)), None)

    def operators(self, texts: Iterable[str]) -> list[Match]:
        """The operator's terms, the most severe first."""
        return each_once(match for text in texts for match in self._every(self._operators, text))

    def guilds(self, texts: Iterable[str], rules: GuildRules, *, may_be_adult: bool) -> list[Match]:
        """The guild's terms, the most severe first. may_be_adult: those of the category `adult` do not count."""
        text_filter = self._guilds(rules)
        every = (match for text in texts for match in self._every(text_filter, text))
        return each_once(match for match in every if not (may_be_adult and _is_adult(match)))

    def is_adult(self, texts: Iterable[str], rules: GuildRules) -> bool:
        """Whether one of the guild's terms of the category `adult` stands in one of them."""
        text_filter = self._guilds(rules)
        return any(_is_adult(match) for text in texts for match in self._every(text_filter, text))

    def every(self, text: str, rules: GuildRules) -> list[Match]:
        """Each term in a text once, whether it counts there or not."""
        builtin = self.builtin((text,))
        return [
            *((builtin,) if builtin is not None else ()),
            *each_once(self._every(self._operators, text)),
            *each_once(self._every(self._guilds(rules), text)),
        ]

    def _guilds(self, rules: GuildRules) -> TextFilter:
        return self._filter_of(rules.terms, rules.allowed)


def _filter_of(terms: tuple[Term, ...], allowed: tuple[str, ...]) -> TextFilter:
    return TextFilter(terms, allowed)


def _every(text_filter: TextFilter, text: str) -> tuple[Match, ...]:
    return tuple(text_filter.every(text))


def _is_adult(match: Match) -> bool:
    return match.term.category == ADULT
