"""Charts, drawn beside the bot: one process at a time, bounded in memory and time, with a short line of who waits."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from klapper.charts.chart import Chart, encode
from klapper.child import run_child
from klapper.errors import ChartsNotDrawn

LONGEST_S = 60.0  # a statistic with its five charts takes about two; on a busy computer its low priority makes it slow
MOST_WAITING = 8  # requests
WORKER = "klapper.charts.worker"

_log = logging.getLogger(__name__)


class ChartProcesses:
    """Keeps: one process draws at a time, none takes longer than its time, and a cancelled caller leaves none behind.

    folder: where the plotting library keeps its list of fonts; made when it is not there, and again when it is lost.
    """

    def __init__(self, folder: Path, *, longest_s: float = LONGEST_S, most_waiting: int = MOST_WAITING) -> None:
        self._folder = folder
        self._longest_s = longest_s
        self._most_waiting = most_waiting
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def draw(self, charts: Sequence[Chart]) -> list[bytes]:
        """A PNG of each chart. Raises ChartsNotDrawn: `busy`, `too_slow` or `failed`."""
        if not charts:
            return []
        if self._waiting >= self._most_waiting:
            raise ChartsNotDrawn("busy")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._draw(charts)
        finally:
            self._waiting -= 1

    async def _draw(self, charts: Sequence[Chart]) -> list[bytes]:
        try:
            ended = await run_child(WORKER, str(self._folder), longest_s=self._longest_s, given=encode(charts))
        except TimeoutError:
            _log.warning("charts took too long", extra={"seconds": self._longest_s})
            raise ChartsNotDrawn("too_slow") from None
        if ended.code:  # below 0 a signal: out of memory or time
            _log.warning("charts were not drawn", extra={"code": ended.code, "said": ended.last_line})
            raise ChartsNotDrawn("failed")
        if ended.said:
            _log.warning("charts were drawn with a complaint", extra={"said": ended.last_line})
        return [base64.b64decode(picture) for picture in json.loads(ended.answer)]
