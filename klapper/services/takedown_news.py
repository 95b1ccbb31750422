"""Whose clip was taken down hears of it once: why, and what became of the credits."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.moderation.cases import Case, CaseStore
from klapper.services.case_views import CaseView, CaseViews
from klapper.services.courtesy import Courtesy, News
from klapper.services.media_shelf import MediaShelf
from klapper.services.messenger import CaseMessenger


class TakedownNews(Courtesy[Case, CaseView]):
    """Keeps, beyond what every courtesy does:

    - the file is gone before anybody is told so, also when the process died between the commit and the deletion;
    - who cannot be told sees on their list that the clip is gone.
    """

    kind = "takedown"

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
        super().__init__(database=database, clock=clock)
        self._cases = cases
        self._views = views
        self._messenger = messenger
        self._shelf = shelf

    async def _due(self, tx: Reader) -> Sequence[News[Case]]:
        return [_news(case) for case in await self._cases.with_news(tx)]

    async def _message(self, about: Case) -> CaseView | None:
        self._shelf.remove(about.job_id)
        return await self._views.get(about.case_id)

    async def _was_sent(self, message: CaseView) -> bool:
        return await self._messenger.was_told(message)

    async def _send(self, message: CaseView, nonce: str) -> None:
        await self._messenger.tell_requester(message, nonce)

    async def _try(self, tx: Writer, key: int, now_ms: int) -> None:
        await self._cases.try_news(tx, key, now_ms)

    async def _end(self, tx: Writer, key: int, *, is_told: bool) -> None:
        await self._cases.end_news(tx, key, is_told=is_told)


def _news(case: Case) -> News[Case]:
    assert case.closed_at_ms is not None
    return News(case, case.case_id, case.closed_at_ms, case.news_tried_at_ms)
