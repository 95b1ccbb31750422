"""The check that every way of making a video passes: small pure steps, each with a reason code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from klapper.moderation.image_block import ImageObjection
from klapper.moderation.text import BlockedTerms


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
    """The steps in their order: the member, the text, the images. The first that objects decides."""

    def __init__(self, blocked_terms: Iterable[str]) -> None:
        self._terms = BlockedTerms(blocked_terms)

    def decide(
        self, content: Content, *, member_blocked: bool, image_objection: ImageObjection | None = None
    ) -> Decision:
        return _member(member_blocked) or self._text(content) or _images(image_objection) or ALLOWED

    def _text(self, content: Content) -> Decision | None:
        term = next(filter(None, map(self._terms.found_in, content.texts)), None)
        if term is None:
            return None
        words = "words" if " " in term else "word"
        return Decision(
            Verdict.REFUSED,
            "blocked_term",
            f"This server does not allow the {words} “{term}” in requests: change the text and ask again.",
        )


def _member(blocked: bool) -> Decision | None:
    if not blocked:
        return None
    return Decision(
        Verdict.REFUSED, "blocked_member", "The moderators of this server have blocked you from making clips."
    )


def _images(objection: ImageObjection | None) -> Decision | None:
    return None if objection is None else Decision(Verdict.REFUSED, objection.rule, objection.sentence)
