"""How long words are kept that nobody deleted, and how long who deleted theirs is known again."""

from __future__ import annotations

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database
from klapper.moderation.standing import REMEMBERED_MS
from klapper.privacy.forgettings import ForgettingStore
from klapper.privacy.scrubbing import Scrubbing

ROWS_AT_ONCE = 50  # in one transaction: a member's request waits for it


class Retention:
    """Keeps: amounts and transfers are never touched.

    prompts_days: how long the texts of an ended job are kept; 0: for ever. watched_ms: how long after it was sent a job
    may still turn up.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        scrubbing: Scrubbing,
        forgettings: ForgettingStore,
        prompts_days: int,
        watched_ms: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._scrubbing = scrubbing
        self._forgettings = forgettings
        self._prompts_days = prompts_days
        self._watched_ms = watched_ms

    async def prompts(self) -> None:
        """Texts of jobs that ended long ago go."""
        if not self._prompts_days:
            return
        now_ms, gone = self._clock.now_ms(), ROWS_AT_ONCE
        while gone == ROWS_AT_ONCE:
            async with self._database.write() as tx:
                gone = await self._scrubbing.forget_old_words(
                    tx,
                    before_ms=now_ms - self._prompts_days * DAY_MS,
                    watched_since_ms=now_ms - self._watched_ms,
                    rows=ROWS_AT_ONCE,
                )

    async def marks(self) -> None:
        """Who is forgotten is not known again when nothing depends on it any more."""
        now_ms, gone = self._clock.now_ms(), ROWS_AT_ONCE
        while gone == ROWS_AT_ONCE:
            async with self._database.write() as tx:
                gone = await self._forgettings.drop_marks(
                    tx, now_ms=now_ms, weighs_since_ms=now_ms - REMEMBERED_MS, rows=ROWS_AT_ONCE
                )
