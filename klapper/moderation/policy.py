"""The check that every way of making a video passes: small pure steps, each with a reason code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from klapper.moderation.builtin import MINORS_CATEGORY, BuiltinFilter
from klapper.moderation.terms import Term, TextFilter


class Verdict(StrEnum):
    ALLOWED = "allowed"
    REVIEW = "review"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Content:
    """What is judged: every text and the hash of every image of one request."""

    texts: tuple[str, ...]
    images: tuple[str, ...] = ()

    def hash(self) -> str:
        """Names exactly this content; any edit gives another hash."""
        plain = json.dumps([self.texts, self.images], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with the code of the rule that decided and a sentence for the member when it is no."""

    verdict: Verdict
    rule: str
    sentence: str = ""


ALLOWED = Decision(Verdict.ALLOWED, "no_objection")


class Policy:
    """The steps in their order: the member, what is refused everywhere, the terms. The first that objects decides."""

    def __init__(self, blocked_terms: Iterable[str]) -> None:
        self._builtin = BuiltinFilter()
        self._terms = TextFilter(Term(term, "block") for term in blocked_terms)

    def decide(self, content: Content, *, member_blocked: bool) -> Decision:
        return _member(member_blocked) or self._everywhere(content) or self._text(content) or ALLOWED

    def _everywhere(self, content: Content) -> Decision | None:
        if self._builtin.find_in(content.texts) is None:
            return None
        return Decision(
            Verdict.REFUSED,
            MINORS_CATEGORY,
            "This text can be read as sexual content with a minor, which is never made here: change it and ask again.",
        )

    def _text(self, content: Content) -> Decision | None:
        match = self._terms.find_in(content.texts)
        if match is None:
            return None
        words = "words" if " " in match.words else "word"
        return Decision(
            Verdict.REFUSED,
            "blocked_term",
            f"This server does not allow the {words} “{match.words}” in requests: change the text and ask again.",
        )


def _member(blocked: bool) -> Decision | None:
    if not blocked:
        return None
    return Decision(
        Verdict.REFUSED, "blocked_member", "The moderators of this server have blocked you from making clips."
    )
