"""Cases as the service makes them, for tests of what moderators read."""

from __future__ import annotations

from typing import Any

from klapper.jobs.job import DeliveryState, JobStatus
from klapper.kling.request import VideoRequest
from klapper.moderation.cases import Case, CaseCard, Outcome
from klapper.moderation.decisions import Recorded
from klapper.moderation.reasons import Reason
from klapper.services.case_views import NEWEST_REPORTS, CaseView, SeenReport
from klapper.services.member_record import MemberRecord
from tests.unit.messages.job_views import delivery, view_of

NOW_MS = 1_700_000_000_000


def case_of(outcome: Outcome | None = None, **changes: Any) -> Case:
    """A review of now; settled by a moderator when it has an outcome."""
    values: dict[str, Any] = {
        "case_id": 17,
        "kind": "review",
        "guild_id": 42,
        "job_id": "k7m2p9xd",
        "opened_by": "member:1",
        "opened_at_ms": NOW_MS,
        "reasons": (Reason("review_mode"),),
        "words": "",
        "outcome": outcome,
        "closed_by": None if outcome is None else "member:9",
        "closed_at_ms": None if outcome is None else NOW_MS + 60_000,
        "note": "",
        "reminded_at_ms": None,
        "card": CaseCard(),
    }
    return Case(**values | changes)


def case_view(
    outcome: Outcome | None = None,
    *,
    request: VideoRequest | None = None,
    closed_by: int | None = 9,
    decision: Recorded | None = None,
    record: MemberRecord | None = None,
    notes: dict[str, str] | None = None,
    **changes: Any,
) -> CaseView:
    """A view of it."""
    status = JobStatus.IN_REVIEW if outcome is None else JobStatus.REJECTED
    case = case_of(outcome, **changes)
    return CaseView(
        case=case,
        job=view_of(status, request=request, review=case),
        decision=decision,
        record=record,
        notes=notes or {},
        opened_by=1,
        closed_by=None if outcome is None else closed_by,
        ends_at_ms=NOW_MS + 86_400_000 if outcome is None else None,
    )


def report_view(
    outcome: Outcome | None = None, *, reports: int = 1, words: str = "it shows me", **more: Any
) -> CaseView:
    """A view of a case about a delivered clip that several members reported. more: of the view."""
    request, note = more.pop("request", None), more.pop("note", "")
    delivered = delivery(more.pop("state", DeliveryState.DELIVERED), way="attached", reason="requester")
    seen = tuple(SeenReport(number, NOW_MS, words) for number in range(1, min(reports, NEWEST_REPORTS) + 1))
    case = case_of(outcome, kind="report", reasons=(Reason("reported"),), note=note)
    values: dict[str, Any] = {
        "case": case,
        "job": view_of(JobStatus.SUCCEEDED, request=request, delivery=delivered, money=more.pop("money", None)),
        "decision": None,
        "opened_by": 1,
        "closed_by": None if outcome is None else 9,
        "reporters": reports,
        "reports": seen,
    }
    return CaseView(**values | more)
