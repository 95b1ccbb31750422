"""A case as a moderator sees it: the job, who asked for it, why it is here, read in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from klapper.database.database import Database, Reader
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_of_actor
from klapper.moderation.cases import Case, CaseStore
from klapper.moderation.decisions import DecisionStore, Recorded
from klapper.services.input_shelf import InputShelf
from klapper.services.member_record import MemberRecord, MemberRecords
from klapper.services.views import JobView, JobViews


@dataclass(frozen=True, slots=True)
class CaseImage:
    """An image of the request that is still kept."""

    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A snapshot of a case. Its rendering depends on nothing else.

    decision: the one that brought it here, or that settled it. record: of who asked, None for who is forgotten.
    opened_by, closed_by: Discord ids, None for Klapper and for who is forgotten. ends_at_ms: when an open review
    expires.
    """

    case: Case
    job: JobView
    decision: Recorded | None
    record: MemberRecord | None = None
    images: tuple[CaseImage, ...] = ()
    opened_by: int | None = None
    closed_by: int | None = None
    ends_at_ms: int | None = None


class CaseViews:
    """Reads views."""

    def __init__(
        self,
        *,
        database: Database,
        cases: CaseStore,
        jobs: JobStore,
        decisions: DecisionStore,
        ledger: Ledger,
        records: MemberRecords,
        views: JobViews,
        shelf: InputShelf,
    ) -> None:
        self._database = database
        self._cases = cases
        self._jobs = jobs
        self._decisions = decisions
        self._ledger = ledger
        self._records = records
        self._views = views
        self._shelf = shelf

    async def get(self, case_id: int) -> CaseView | None:
        """The case as it is now, None when there is none of that id."""
        async with self._database.read() as tx:
            case = await self._cases.get(tx, case_id)
            return None if case is None else await self.of(tx, case)

    async def of(self, tx: Reader, case: Case) -> CaseView:
        """The view of a case that was read in the same transaction."""
        job = await self._jobs.get(tx, case.job_id)
        assert job is not None
        view = await self._views.of(tx, job)
        return CaseView(
            case=case,
            job=view,
            decision=await self._decisions.get(tx, job.decision_id),
            record=None if job.user_id is None else await self._records.of(tx, job.guild_id, job.user_id),
            images=tuple(CaseImage(self._shelf.path(image.sha256), image.media_type) for image in view.images),
            opened_by=await self._user(tx, case.opened_by),
            closed_by=None if case.closed_by is None else await self._user(tx, case.closed_by),
            ends_at_ms=view.review_ends_at_ms if case.is_open and case.kind == "review" else None,
        )

    async def _user(self, tx: Reader, actor: str) -> int | None:
        member_ref = member_of_actor(actor)
        return None if member_ref is None else await self._ledger.user_of(tx, member_ref)
