"""Who decides about a case, and whether they may: the same for every kind of case."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.database.database import Reader
from klapper.errors import RequestRefused
from klapper.jobs.job import Job
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_of_actor
from klapper.moderation.cases import Case, CaseKind, CaseStore, Outcome
from klapper.services import refusals


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who decides, and where. is_manager: may decide about their own requests, so that a lone manager is not stuck."""

    guild_id: int
    user_id: int
    is_manager: bool = False


class OpenCases:
    """Keeps: a case of another guild does not exist; the first verdict counts; nobody decides about their own."""

    def __init__(self, *, cases: CaseStore, jobs: JobStore, ledger: Ledger) -> None:
        self._cases = cases
        self._jobs = jobs
        self._ledger = ledger

    async def find(self, tx: Reader, case_id: int, moderator: Moderator, kind: CaseKind) -> tuple[Case, Job]:
        """The case and its job, for a verdict in this transaction.

        Raises RequestRefused (`no_such_case`, `decided_already`, `own_request`).
        """
        case = await self._cases.get(tx, case_id)
        if case is None or case.guild_id != moderator.guild_id or case.kind != kind:
            raise refusals.no_such_case()
        if not case.is_open:
            raise await self.too_late(tx, case)
        job = await self._jobs.get(tx, case.job_id)
        assert job is not None
        refuse_own(job, moderator)
        return case, job

    async def too_late(self, tx: Reader, case: Case) -> RequestRefused:
        """Who comes second hears what the first verdict was, and whose."""
        assert case.outcome is not None
        assert case.closed_at_ms is not None
        by = None if case.outcome in _BY_REQUESTER else await self._user(tx, case.closed_by)
        return refusals.decided_already(case.outcome, by, case.closed_at_ms)

    async def _user(self, tx: Reader, actor: str | None) -> int | None:
        member_ref = None if actor is None else member_of_actor(actor)
        return None if member_ref is None else await self._ledger.user_of(tx, member_ref)


_BY_REQUESTER = (Outcome.WITHDRAWN, Outcome.REPLACED)


def refuse_own(job: Job, moderator: Moderator) -> None:
    """Raises RequestRefused (`own_request`) for a moderator's own job, unless they manage the server."""
    if job.user_id == moderator.user_id and not moderator.is_manager:
        raise refusals.own_request()
