"""What a guild decided about who may make what, where; and where a request comes from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from klapper.moderation.terms import Term

ADULT = "adult"  # the category of terms that channels of that level let through

Unsure = Literal["refuse", "review"]


class Mode(StrEnum):
    """How a guild, a channel or a role makes clips."""

    OPEN = "open"  # at once
    REVIEW = "review"  # when a moderator has approved
    CLOSED = "closed"  # not at all

    def is_stricter_than(self, other: Mode) -> bool:
        return _OPENNESS[self] < _OPENNESS[other]


class Level(StrEnum):
    """What a channel's clips may show."""

    GENERAL = "general"
    ADULT = "adult"  # counts only while Discord has the channel as age-restricted


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member asks, and as who.

    channel_ids: the channel, then what it is part of: a thread's channel, its category. What is not known allows
    nothing: no roles, no age restriction, not joined yet.
    """

    channel_ids: tuple[int, ...] = ()
    role_ids: frozenset[int] = frozenset()
    is_age_restricted: bool = False
    joined_at_ms: int | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """mode: None for the guild's."""

    mode: Mode | None = None
    level: Level = Level.GENERAL
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class RoleRule:
    """mode: None for the channel's or the guild's. is_trusted: skips review. reviews: may decide cases."""

    mode: Mode | None = None
    is_trusted: bool = False
    reviews: bool = False
    spoiler: bool = False


_OPENNESS = {Mode.CLOSED: 0, Mode.REVIEW: 1, Mode.OPEN: 2}


@dataclass(frozen=True, slots=True)
class GuildRules:
    """version: grows with every change; every decision names the one it was made under.

    unsure: what a check that cannot answer leads to. terms: of its filter, allowed: phrases that shield what stands
    in them.
    """

    version: int = 0
    mode: Mode = Mode.OPEN
    unsure: Unsure = "refuse"
    review_channel_id: int | None = None
    audit_channel_id: int | None = None
    channels: Mapping[int, ChannelRule] = field(default_factory=dict)
    roles: Mapping[int, RoleRule] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    allowed: tuple[str, ...] = ()

    def mode_of(self, place: Place) -> Mode:
        """A closed channel is closed to everybody; else the most open of the member's roles counts, then the channel,
        then the guild. Who is trusted skips review.
        """
        channel = self._channel_mode(place)
        if channel is Mode.CLOSED:
            return Mode.CLOSED
        roles = [rule.mode for rule in self._roles(place) if rule.mode is not None]
        mode = max(roles, key=_OPENNESS.__getitem__, default=channel or self.mode)
        return Mode.OPEN if mode is Mode.REVIEW and self.trusts(place) else mode

    def is_closed_here(self, place: Place) -> bool:
        """Whether it is the channel that is closed, whoever asks."""
        return self._channel_mode(place) is Mode.CLOSED

    def level_of(self, place: Place) -> Level:
        """What may be shown there now."""
        rules = [rule for rule in self._channel_rules(place) if rule.level is Level.ADULT]
        return Level.ADULT if rules and place.is_age_restricted else Level.GENERAL

    def hides_clips(self, place: Place) -> bool:
        """Whether clips are spoilers there, or of this member, whatever they choose."""
        channels, roles = self._channel_rules(place), self._roles(place)
        return any(rule.spoiler for rule in channels) or any(rule.spoiler for rule in roles)

    def blocks(self, place: Place) -> int:
        """How many of its terms may not be in a request from there."""
        is_adult = self.level_of(place) is Level.ADULT
        return sum(term.action == "block" and not (is_adult and term.category == ADULT) for term in self.terms)

    def trusts(self, place: Place) -> bool:
        return any(rule.is_trusted for rule in self._roles(place))

    def reviewer_roles(self) -> frozenset[int]:
        """Who decides cases; empty: whoever may time members out."""
        return frozenset(role_id for role_id, rule in self.roles.items() if rule.reviews)

    def trusted_roles(self) -> frozenset[int]:
        """Who skips review."""
        return frozenset(role_id for role_id, rule in self.roles.items() if rule.is_trusted)

    def _channel_mode(self, place: Place) -> Mode | None:
        """Of the nearest that has one: a thread's own, its channel's, its category's."""
        return next((rule.mode for rule in self._channel_rules(place) if rule.mode is not None), None)

    def _channel_rules(self, place: Place) -> list[ChannelRule]:
        return [self.channels[channel_id] for channel_id in place.channel_ids if channel_id in self.channels]

    def _roles(self, place: Place) -> list[RoleRule]:
        return [self.roles[role_id] for role_id in place.role_ids if role_id in self.roles]
