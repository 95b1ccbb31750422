"""A case as a moderator sees it: the job, who asked for it, why it is here, read in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from klapper.clock import Clock
from klapper.database.database import Database, Reader
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_of_actor
from klapper.moderation.appealable import TERM_RULES
from klapper.moderation.cases import Case, CaseStore
from klapper.moderation.decisions import DecisionStore, Recorded
from klapper.moderation.reports import ReportStore
from klapper.moderation.rule_store import RuleStore
from klapper.services.input_shelf import InputShelf
from klapper.services.media_shelf import MediaShelf
from klapper.services.member_record import MemberRecord, MemberRecords
from klapper.services.views import JobView, JobViews

NEWEST_REPORTS = 3
NOTED_RULES = TERM_RULES | {"review_term"}  # of the guild's own filter


@dataclass(frozen=True, slots=True)
class CaseImage:
    """An image of the request that is still kept."""

    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class CaseClip:
    """The reported clip on disk, as members saw it. is_too_large: to be attached where it is to be shown."""

    path: Path
    bytes: int
    is_too_large: bool = False


@dataclass(frozen=True, slots=True)
class SeenReport:
    """What a member wrote about a clip. user_id: None for who is forgotten."""

    user_id: int | None
    at_ms: int
    words: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A snapshot of a case. Its rendering depends on nothing else.

    decision: the one that brought it here, or that settled it. record: of who asked, None for who is forgotten.
    opened_by, closed_by: Discord ids, None for Klapper and for who is forgotten. ends_at_ms: when an open review
    expires. notes: what moderators left with a term of the reasons, by the term. reports: the newest of `reporters`.
    clip: while a case about one is open. link: where Segmind still has it.
    """

    case: Case
    job: JobView
    decision: Recorded | None
    record: MemberRecord | None = None
    images: tuple[CaseImage, ...] = ()
    opened_by: int | None = None
    closed_by: int | None = None
    ends_at_ms: int | None = None
    reporters: int = 0
    reports: tuple[SeenReport, ...] = ()
    clip: CaseClip | None = None
    link: str | None = None
    notes: dict[str, str] = field(default_factory=dict)

    def within(self, most_bytes: int) -> CaseView:
        """The same for a place that takes no larger file."""
        if self.clip is None:
            return self
        return replace(self, clip=replace(self.clip, is_too_large=self.clip.bytes > most_bytes))


class CaseViews:
    """Reads views."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        cases: CaseStore,
        reports: ReportStore,
        jobs: JobStore,
        decisions: DecisionStore,
        ledger: Ledger,
        records: MemberRecords,
        views: JobViews,
        rules: RuleStore,
        inputs: InputShelf,
        clips: MediaShelf,
    ) -> None:
        self._database = database
        self._clock = clock
        self._cases = cases
        self._reports = reports
        self._jobs = jobs
        self._decisions = decisions
        self._ledger = ledger
        self._records = records
        self._views = views
        self._rules = rules
        self._inputs = inputs
        self._clips = clips

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
        seen = CaseView(
            case=case,
            job=view,
            decision=await self._decisions.get(tx, job.decision_id),
            record=None if job.user_id is None else await self._records.of(tx, job.guild_id, job.user_id),
            opened_by=await self._user(tx, case.opened_by),
            closed_by=None if case.closed_by is None else await self._user(tx, case.closed_by),
        )
        if case.kind == "report":
            return await self._with_reports(tx, seen)
        images = tuple(CaseImage(self._inputs.path(image.sha256), image.media_type) for image in view.images)
        ends_at_ms = view.review_ends_at_ms if case.is_open else None
        return replace(seen, images=images, ends_at_ms=ends_at_ms, notes=await self._notes(tx, case))

    async def _notes(self, tx: Reader, case: Case) -> dict[str, str]:
        terms = {reason.detail for reason in case.reasons if reason.rule in NOTED_RULES}
        known = [await self._rules.term(tx, case.guild_id, term) for term in sorted(terms)]
        return {term.text: term.note for term in known if term is not None and term.note}

    async def _with_reports(self, tx: Reader, view: CaseView) -> CaseView:
        case_id, job = view.case.case_id, view.job
        newest = await self._reports.newest(tx, case_id, rows=NEWEST_REPORTS)
        seen = [SeenReport(await self._ledger.user_of(tx, one.member_ref), one.at_ms, one.words) for one in newest]
        view = replace(view, reporters=await self._reports.count(tx, case_id), reports=tuple(seen))
        if not view.case.is_open:
            return view
        is_there = job.link_until_ms is not None and self._clock.now_ms() < job.link_until_ms
        return replace(view, clip=self._clip(job.job.job_id), link=job.link if is_there else None)

    def _clip(self, job_id: str) -> CaseClip | None:
        """The copy where there is one: that is what was posted."""
        copy, whole = self._clips.copy_bytes(job_id), self._clips.size_bytes(job_id)
        if copy is not None:
            return CaseClip(self._clips.copy_path(job_id), copy)
        return None if whole is None else CaseClip(self._clips.path(job_id), whole)

    async def _user(self, tx: Reader, actor: str) -> int | None:
        member_ref = member_of_actor(actor)
        return None if member_ref is None else await self._ledger.user_of(tx, member_ref)
