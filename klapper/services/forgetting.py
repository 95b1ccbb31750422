"""What goes after a member has deleted their data: files first, then message after message, then where those were."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database
from klapper.jobs.images import Unused
from klapper.privacy.forgettings import Forgetting, ForgettingStore
from klapper.services.alarm import Alarm
from klapper.services.clearing import Clearing

_log = logging.getLogger(__name__)

LOOK_S = 15.0  # while something is left
IDLE_S = 3600.0
MESSAGES_AT_ONCE = 20  # jobs whose messages go at the same time: other cards are not to wait for thousands of them
CASE_CARDS_AT_ONCE = 5
ADDRESSES_AT_ONCE = 200  # rows in one transaction
CASE_CARDS_TRIED_MS = DAY_MS  # a review channel may be shut to us
GIVEN_UP = Unused(of_jobs_before_ms=1, of_no_job_before_ms=1)  # images that a deletion left to nobody


class ForgottenData:
    """Keeps:

    - what was deleted is gone from the disk and from Discord in the end, restarts included: each round reads what is
      left from the database;
    - only then it is forgotten where it was.

    take_away: called with the id of each job whose messages are to go next. cases_changed: settled cases are to be
    shown anew. wipe: takes what was overwritten out of the database's log.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        forgettings: ForgettingStore,
        clearing: Clearing,
        take_away: Callable[[str], None],
        cases_changed: Callable[[], None],
        wipe: Callable[[], Awaitable[bool]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._forgettings = forgettings
        self._clearing = clearing
        self._take_away = take_away
        self._cases_changed = cases_changed
        self._wipe = wipe
        self._alarm = Alarm(clock)

    def wake(self) -> None:
        """A member has deleted their data."""
        self._alarm.ring()

    async def run(self) -> None:
        """Take away what is left, for ever."""
        while True:
            self._alarm.clear()
            await self._alarm.wait(LOOK_S if await self._round() else IDLE_S)

    async def _round(self) -> bool:
        """Whether something is left."""
        async with self._database.read() as tx:
            found = await self._forgettings.all(tx)
        if not found:
            return False
        await self._clearing.clips_of_deleted()
        await self._clearing.images(GIVEN_UP)
        is_wiped = await self._wipe()
        for forgetting in found:
            if not await self._messages_left(forgetting) and is_wiped:
                await self._end(forgetting)
        async with self._database.read() as tx:
            return bool(await self._forgettings.all(tx))

    async def _messages_left(self, forgetting: Forgetting) -> bool:
        member_ref = forgetting.member_ref
        async with self._database.read() as tx:
            jobs = await self._forgettings.messages_left(tx, member_ref, rows=MESSAGES_AT_ONCE)
            cases = await self._forgettings.case_cards_left(tx, member_ref, rows=CASE_CARDS_AT_ONCE)
        for job_id in jobs:
            self._take_away(job_id)
        if cases:
            async with self._database.write() as tx:
                await self._forgettings.show_anew(tx, cases)
            self._cases_changed()
        return bool(jobs) or bool(cases and not self._is_given_up(forgetting))

    def _is_given_up(self, forgetting: Forgetting) -> bool:
        """Whether the cards of cases may stay as they are."""
        if self._clock.now_ms() - forgetting.at_ms <= CASE_CARDS_TRIED_MS:
            return False
        _log.warning("cards of cases still show a forgotten member", extra={"member_ref": forgetting.member_ref})
        return True

    async def _end(self, forgetting: Forgetting) -> None:
        forgotten = ADDRESSES_AT_ONCE
        while forgotten == ADDRESSES_AT_ONCE:
            async with self._database.write() as tx:
                forgotten = await self._forgettings.forget_addresses(tx, forgetting.member_ref, rows=ADDRESSES_AT_ONCE)
        async with self._database.write() as tx:
            await self._forgettings.end(tx, forgetting)
        _log.info("member forgotten", extra={"member_ref": forgetting.member_ref})
