"""How a member, or a guild, stands with the moderators and with Segmind's content check. Pure.

Every refusal by Segmind and every strike of a moderator weighs one at first and half as much after each HALF_LIFE_MS.
A bound is reached by the weight to the nearest whole: by so many refusals in a row, or by some more that are older.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from klapper.clock import DAY_MS

HALF_LIFE_MS = 14 * DAY_MS
REMEMBERED_MS = 8 * HALF_LIFE_MS  # what is older weighs less than 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """paused_until_ms: while a pause lasts. by_refusals: it follows from refusals by Segmind, and no moderator set it.

    is_watched: Segmind refused so much that a moderator looks first.
    """

    is_blocked: bool = False
    paused_until_ms: int | None = None
    by_refusals: bool = False
    is_watched: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many refusals by Segmind lead to what; 0: never.

    to_review: a member's requests are reviewed first. to_pause: the member is paused for pause_ms. guild_to_pause: the
    whole guild is paused.
    """

    to_review: int = 2
    to_pause: int = 4
    guild_to_pause: int = 20
    pause_ms: int = DAY_MS


@dataclass(frozen=True, slots=True)
class Outlook:
    """What refusals by Segmind mean for what a member asks for next.

    paused_until_ms: while a pause lasts that follows from them. is_watched: a moderator looks first. can_review,
    can_pause: what more of them can lead to.
    """

    paused_until_ms: int | None = None
    is_watched: bool = False
    can_review: bool = False
    can_pause: bool = False


@dataclass(frozen=True, slots=True)
class Consequences:
    """What follows from a refusal. member_until_ms: the end of the member's pause, None for no pause."""

    member_until_ms: int | None = None
    pauses_guild: bool = False


def is_watched(times_ms: Iterable[int], now_ms: int, bounds: Bounds) -> bool:
    """Whether a moderator looks first at what a member asks for. times_ms: of the member's refusals by Segmind."""
    return _reaches(times_ms, now_ms, bounds.to_review)


def after_refusal(of_member_ms: Iterable[int], of_guild_ms: Iterable[int], now_ms: int, bounds: Bounds) -> Consequences:
    """What follows from the refusal that is the newest of these."""
    is_paused = _reaches(of_member_ms, now_ms, bounds.to_pause)
    return Consequences(
        member_until_ms=now_ms + bounds.pause_ms if is_paused else None,
        pauses_guild=_reaches(of_guild_ms, now_ms, bounds.guild_to_pause),
    )


def weight(times_ms: Iterable[int], now_ms: int) -> float:
    """What strikes of these times weigh together now. A time to come weighs one."""
    return sum(math.pow(0.5, max(0, now_ms - at_ms) / HALF_LIFE_MS) for at_ms in times_ms)


def _reaches(times_ms: Iterable[int], now_ms: int, bound: int) -> bool:
    return bound > 0 and weight(times_ms, now_ms) >= bound - 0.5
