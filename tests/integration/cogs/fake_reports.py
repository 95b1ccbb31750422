"""Reports where there is no clip to report; they go with the services of `fakes`."""

from __future__ import annotations

from klapper.services.case_views import CaseView
from klapper.services.desk import Viewer
from klapper.services.open_cases import Moderator
from klapper.services.refusals import no_job_here, no_such_case, no_such_clip
from klapper.services.report_desk import Takedown


class FakeReporting:
    async def job_of(self, message_id: int) -> str | None:
        return None

    async def check(self, job_id: str, who: Viewer) -> None:
        raise no_such_clip()

    async def report(self, job_id: str, who: Viewer, words: str) -> None:
        raise no_such_clip()


class FakeReports:
    async def check(self, case_id: int, moderator: Moderator) -> None:
        raise no_such_case()

    async def dismiss(self, case_id: int, moderator: Moderator) -> CaseView:
        raise no_such_case()

    async def take_down(self, case_id: int, moderator: Moderator, order: Takedown) -> CaseView:
        raise no_such_case()

    async def take_down_job(self, job_id: str, moderator: Moderator, order: Takedown) -> CaseView:
        raise no_job_here()
