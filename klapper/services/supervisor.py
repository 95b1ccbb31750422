"""A loop that crashed is logged, counted and started again: a defect must not end the watch over paid jobs."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from klapper.clock import Clock

_log = logging.getLogger(__name__)

FIRST_REST_S = 1.0
LONGEST_REST_S = 60.0
CALM_AFTER_S = 300.0  # a loop that ran this long was healthy


async def supervise(
    name: str, loop: Callable[[], Awaitable[None]], *, clock: Clock, crashed: Callable[[str], None]
) -> None:
    """Run `loop` for ever; cancelling this ends it. crashed: told the name at each crash."""
    rest_s = FIRST_REST_S
    while True:
        started_s = clock.monotonic_s()
        try:
            await loop()
        except Exception:
            _log.exception("loop crashed", extra={"loop": name})
            crashed(name)
        if clock.monotonic_s() - started_s > CALM_AFTER_S:
            rest_s = FIRST_REST_S
        await clock.sleep(rest_s)
        rest_s = min(LONGEST_REST_S, rest_s * 2)
