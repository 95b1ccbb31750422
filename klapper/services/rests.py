"""How long a job that Segmind did not take is left alone. Pure."""

from __future__ import annotations

from klapper.clock import SECOND_MS
from klapper.errors import NotTaken, PauseScope

FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 300.0
_MOST_DOUBLINGS = 16  # far over the longest


def rest_until_ms(error: NotTaken, *, tries: int, now_ms: int) -> int:
    """When a job may be tried again after its so-many-th try (from 1); longer each time, as long as Segmind asks."""
    if error.pause is not PauseScope.NONE:
        return now_ms  # the pause holds it; it goes on with the pause's end
    retry_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(tries - 1, _MOST_DOUBLINGS))
    return now_ms + round(max(retry_s, error.retry_after_s or 0.0) * SECOND_MS)
