"""The check that every way of making a video passes: small pure steps, each with a reason code.

A step that refuses decides; a step that wants a moderator is remembered while the others are asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from klapper.moderation.appealable import is_appealable
from klapper.moderation.builtin import MINORS_CATEGORY
from klapper.moderation.reasons import Reason
from klapper.moderation.rules import ADULT, NOWHERE, GuildRules, Level, Mode, Place
from klapper.moderation.standing import Standing
from klapper.moderation.terms import Match
from klapper.moderation.text_rules import TextRules


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
class Objection:
    """What a step has against a request.

    rule: its code. sentence: for the member, where the step refuses. detail: which term or category it is about.
    is_unsure: the step could not answer, which a guild may want a moderator for instead.
    """

    verdict: Verdict
    rule: str
    sentence: str = ""
    detail: str = ""
    is_unsure: bool = False

    @property
    def reason(self) -> Reason:
        return Reason(self.rule, self.detail)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the steps are told besides the content.

    standing: of the member. found: by checks that were made elsewhere, of images or by a remote service. is_appeal: the
    member wants moderators to decide what was refused before.
    """

    rules: GuildRules = field(default_factory=GuildRules)
    place: Place = NOWHERE
    standing: Standing = field(default_factory=Standing)
    found: tuple[Objection, ...] = ()
    is_appeal: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with the code of the rule that decided, and a sentence for the member when it is no.

    reasons: every rule that objected. detail: what the one that decided is about. rules_version: of the guild's rules.
    level: what the channel had to allow for it.
    """

    verdict: Verdict
    rule: str
    sentence: str = ""
    reasons: tuple[Reason, ...] = ()
    detail: str = ""
    rules_version: int = 0
    level: Level = Level.GENERAL


NO_OBJECTION = "no_objection"
# Refusals that judge no request: of who asks or where, and of checks that could not say anything.
JUDGE_NO_REQUEST = frozenset(
    {
        "blocked_member",
        "paused_member",
        "channel_closed",
        "role_closed",
        "guild_closed",
        "image_not_compared",
        "check_unavailable",
    }
)
APPEAL = "appeal"  # the rule of a review that was a refusal; which one is the next of its reasons


class Policy:
    """The steps in their order: the member, the place, the text, the images, the mode, the member's history."""

    def __init__(self, blocked_terms: Iterable[str]) -> None:
        self._texts = TextRules(blocked_terms)

    def decide(self, content: Content, situation: Situation) -> Decision:
        """The verdict about exactly this content. Never raises: a step that cannot say is an objection.

        In an appeal, what may be appealed wants a moderator instead of refusing.
        """
        waiting: list[Objection] = []
        appealed: list[Objection] = []
        for objection in self._objections(content, situation):
            if objection.verdict is not Verdict.REFUSED:
                waiting.append(objection)
            elif situation.is_appeal and is_appealable(objection.rule):
                appealed.append(replace(objection, verdict=Verdict.REVIEW))
            else:
                return self._decided(objection, [*waiting, objection], situation)
        if appealed:
            waiting = [Objection(Verdict.REVIEW, APPEAL), *appealed, *waiting]
        first = waiting[0] if waiting else Objection(Verdict.ALLOWED, NO_OBJECTION)
        if appealed:
            first = replace(first, detail=appealed[0].detail)
        return self._decided(first, waiting, situation, level=self._level(content, situation))

    @property
    def texts(self) -> TextRules:
        return self._texts

    def _objections(self, content: Content, situation: Situation) -> Iterator[Objection]:
        """In the order of the steps; each is asked only when nobody before it has refused."""
        yield from _of_member(situation.standing)
        yield from _of_place(situation)
        yield from self._of_texts(content, situation)
        yield from _found(situation)
        yield from _of_mode(situation)
        yield from _of_history(situation.standing)

    def _of_texts(self, content: Content, situation: Situation) -> Iterator[Objection]:
        if (match := self._texts.builtin(content.texts)) is not None:
            yield Objection(Verdict.REFUSED, MINORS_CATEGORY, _MINORS, match.words)
        yield from _blocked(self._texts.operators(content.texts), "blocked_term", _BLOCKED_TERM)
        found = self._texts.guilds(content.texts, situation.rules, may_be_adult=_is_for_adults(situation))
        blocked = [match for match in found if match.term.action == "block"]
        elsewhere = [match for match in blocked if match.term.category == ADULT and _has_adult_channel(situation)]
        yield from _blocked([match for match in blocked if match not in elsewhere], "guild_term", _TERM)
        yield from _blocked(elsewhere, "adult_term", _ADULT)
        for match in found:
            if match.term.action == "review":
                yield Objection(Verdict.REVIEW, "review_term", detail=match.words)

    def _level(self, content: Content, situation: Situation) -> Level:
        """What the channel had to allow for what nobody refused."""
        is_adult = _is_for_adults(situation) and self._texts.is_adult(content.texts, situation.rules)
        return Level.ADULT if is_adult else Level.GENERAL

    def _decided(
        self, decisive: Objection, every: list[Objection], situation: Situation, level: Level = Level.GENERAL
    ) -> Decision:
        return Decision(
            decisive.verdict,
            decisive.rule,
            decisive.sentence,
            reasons=tuple(dict.fromkeys(objection.reason for objection in every)),
            detail=decisive.detail,
            rules_version=situation.rules.version,
            level=level,
        )


_MINORS = "This text can be read as sexual content with a minor, which is never made here: change it and ask again."
_ADULT = "This channel does not allow the {terms}: change the text, or ask in a channel that allows it."
_TERM = "This server does not allow the {terms} in requests: change the text and ask again."
_BLOCKED_TERM = "The {terms} {are} not allowed in requests: change the text and ask again."
MOST_NAMED = 5  # terms in a sentence
_BLOCKED = "The moderators of this server have blocked you from making clips; they can tell you more."
_PAUSED = "You can make clips here again <t:{seconds}:R>: the moderators of this server can tell you more."
_PAUSED_BY_REFUSALS = "Segmind refused several of your requests: you can make clips here again <t:{seconds}:R>."
_CLOSED_GUILD = "This server makes no clips at the moment: its managers can tell you more."
_CLOSED_CHANNEL = "No clips are made in this channel: ask in another one."
_CLOSED_ROLE = "Your roles do not let you make clips in this channel: a moderator can tell you more."


def _of_member(standing: Standing) -> Iterator[Objection]:
    if standing.is_blocked:
        yield Objection(Verdict.REFUSED, "blocked_member", _BLOCKED)
    if standing.paused_until_ms is not None:
        seconds = -(-standing.paused_until_ms // 1000)
        sentence = _PAUSED_BY_REFUSALS if standing.by_refusals else _PAUSED
        yield Objection(Verdict.REFUSED, "paused_member", sentence.format(seconds=seconds))


def _of_place(situation: Situation) -> Iterator[Objection]:
    rules, place = situation.rules, situation.place
    if rules.is_closed_here(place):
        yield Objection(Verdict.REFUSED, "channel_closed", _CLOSED_CHANNEL)
    elif rules.mode_of(place) is Mode.CLOSED:
        is_guild = rules.mode is Mode.CLOSED
        yield (
            Objection(Verdict.REFUSED, "guild_closed", _CLOSED_GUILD)
            if is_guild
            else Objection(Verdict.REFUSED, "role_closed", _CLOSED_ROLE)
        )


def _found(situation: Situation) -> Iterator[Objection]:
    for objection in situation.found:
        to_review = objection.is_unsure and situation.rules.unsure == "review"
        yield replace(objection, verdict=Verdict.REVIEW) if to_review else objection


def _of_mode(situation: Situation) -> Iterator[Objection]:
    if situation.rules.mode_of(situation.place) is Mode.REVIEW:
        yield Objection(Verdict.REVIEW, "review_mode")


def _of_history(standing: Standing) -> Iterator[Objection]:
    if standing.is_watched:
        yield Objection(Verdict.REVIEW, "provider_history")


def _is_for_adults(situation: Situation) -> bool:
    return situation.rules.level_of(situation.place) is Level.ADULT


def _has_adult_channel(situation: Situation) -> bool:
    """Whether some channel of the guild is of that level, so that the advice to go there is true."""
    return any(rule.level is Level.ADULT for rule in situation.rules.channels.values())


def _blocked(found: Sequence[Match], rule: str, sentence: str) -> Iterator[Objection]:
    """An objection for each term; every one names all of them, as the first decides."""
    terms = list(dict.fromkeys(match.words for match in found))
    is_one = len(terms) == 1 and " " not in terms[0]
    said = sentence.format(terms=f"{'word' if is_one else 'words'} {_named(terms)}", are="is" if is_one else "are")
    for term in terms:
        yield Objection(Verdict.REFUSED, rule, said, term)


def _named(terms: Sequence[str]) -> str:
    shown = [f"“{term}”" for term in terms[:MOST_NAMED]]
    if len(terms) > MOST_NAMED:
        shown.append(f"{len(terms) - MOST_NAMED} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
