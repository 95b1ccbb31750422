"""How a member, or a guild, stands with the moderators and with Segmind's content check. Pure.

Every refusal by Segmind and every strike of a moderator weighs one at first and half as much after each HALF_LIFE_MS.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from klapper.clock import DAY_MS

HALF_LIFE_MS = 14 * DAY_MS
REMEMBERED_MS = 8 * HALF_LIFE_MS  # what is older weighs less than 0.004


@dataclass(frozen=True, slots=True)
class Standing:
    """paused_until_ms: while a pause lasts. is_watched: Segmind refused so much that a moderator looks first."""

    is_blocked: bool = False
    paused_until_ms: int | None = None
    is_watched: bool = False


def weight(times_ms: Iterable[int], now_ms: int) -> float:
    """What strikes of these times weigh together now. A time to come weighs one."""
    return sum(math.pow(0.5, max(0, now_ms - at_ms) / HALF_LIFE_MS) for at_ms in times_ms)
