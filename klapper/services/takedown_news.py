"""Whose clip was taken down hears of it once, by direct message: why, and what became of the credits."""

from __future__ import annotations

import hashlib
import logging

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.moderation.cases import Case, CaseStore
from klapper.services.alarm import Alarm
from klapper.services.case_views import CaseView, CaseViews
from klapper.services.media_shelf import MediaShelf
from klapper.services.messenger import CaseMessenger
from klapper.services.telling import NONCE_HOLDS_MS

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 300.0
RETRY_S = 60.0
GIVE_UP_AFTER_MS = DAY_MS  # it is a courtesy: who cannot be told sees on their list that the clip is gone


class TakedownNews:
    """Keeps:

    - the file is gone before anybody is told so, also when the process died between the commit and the deletion;
    - one message per takedown: what was sent although the answer was lost is looked for before it is sent again;
    - a member who takes no direct messages is not tried again.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        cases: CaseStore,
        views: CaseViews,
        messenger: CaseMessenger,
        shelf: MediaShelf,
    ) -> None:
        self._database = database
        self._clock = clock
        self._cases = cases
        self._views = views
        self._messenger = messenger
        self._shelf = shelf
        self._alarm = Alarm(clock)

    def wake(self) -> None:
        """A clip was taken down."""
        self._alarm.ring()

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            self._alarm.clear()
            await self._alarm.wait(await self._tell_all())

    async def _tell_all(self) -> float:
        async with self._database.read() as tx:
            due = await self._cases.with_news(tx)
        again_in_s = LOOK_EVERY_S
        for case in due:
            try:
                await self._tell(case)
            except DeliveryError as error:
                _log.warning("a takedown is not told yet", extra={"job_id": case.job_id, "reason": error.reason})
                again_in_s = RETRY_S
        return again_in_s

    async def _tell(self, case: Case) -> None:
        """Raises DeliveryError (`try_later`)."""
        self._shelf.remove(case.job_id)
        view = await self._views.get(case.case_id)
        assert view is not None
        try:
            if not await self._was_told(view):
                await self._send(view)
        except DeliveryError as error:
            if error.reason == "try_later" and not self._is_hopeless(case):
                raise
            _log.info("a takedown cannot be told", extra={"job_id": case.job_id, "reason": error.reason})
            await self._end(case, is_told=False)
        else:
            await self._end(case, is_told=True)

    async def _was_told(self, view: CaseView) -> bool:
        """Whether an earlier try got through."""
        tried_at_ms = view.case.news_tried_at_ms
        if tried_at_ms is None:
            return False
        try:
            return await self._messenger.was_told(view)
        except DeliveryError as error:
            if error.reason == "try_later":
                raise
            # Perhaps. Repeated soon, it is the same message; later, better not at all than twice.
            return self._clock.now_ms() - tried_at_ms > NONCE_HOLDS_MS

    async def _send(self, view: CaseView) -> None:
        async with self._database.write() as tx:
            await self._cases.try_news(tx, view.case.case_id, self._clock.now_ms())
        await self._messenger.tell_requester(view, _nonce(view.case.case_id))

    async def _end(self, case: Case, *, is_told: bool) -> None:
        async with self._database.write() as tx:
            await self._cases.end_news(tx, case.case_id, is_told=is_told)

    def _is_hopeless(self, case: Case) -> bool:
        assert case.closed_at_ms is not None
        return self._clock.now_ms() - case.closed_at_ms > GIVE_UP_AFTER_MS


def _nonce(case_id: int) -> str:
    """Equal for repeated messages about one takedown. 25 characters at most."""
    return hashlib.sha256(f"takedown:{case_id}".encode()).hexdigest()[:24]
