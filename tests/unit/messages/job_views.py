"""Views of jobs in every state, for tests of what is shown."""

from __future__ import annotations

from typing import Any

from klapper.jobs.cards import Card
from klapper.jobs.deliveries import CopyState, Delivery
from klapper.jobs.job import DeliveryState, Job, JobStatus, Price
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.services.views import JobView, Money, MoneyState

JOB_ID = "abcd2345"
GUILD, CHANNEL, CARD, REQUESTER = 111_000_000_000_000_001, 111_000_000_000_000_002, 111_000_000_000_000_003, 42
CREATED_MS = 1_700_000_000_000
POSTED_MS = CREATED_MS + 10_000
FINISHED_MS = POSTED_MS + 151_000

SENT = frozenset(JobStatus) - {
    JobStatus.IN_REVIEW,
    JobStatus.WAITING,
    JobStatus.REJECTED,
    JobStatus.CANCELLED,
    JobStatus.EXPIRED,
}
ENDED = frozenset(
    {
        JobStatus.SUCCEEDED,
        JobStatus.FAILED,
        JobStatus.REFUSED,
        JobStatus.REJECTED,
        JobStatus.CANCELLED,
        JobStatus.EXPIRED,
        JobStatus.ABANDONED,
    }
)


def job_in(status: JobStatus, **changes: Any) -> Job:
    """A job of REQUESTER in this status, with the times that it must have."""
    request = resolve(changes.pop("request", VideoRequest(prompt="a fox in the snow")), CATALOGUE)
    values: dict[str, Any] = {
        "job_id": JOB_ID,
        "interaction_id": 9,
        "guild_id": GUILD,
        "channel_id": CHANNEL,
        "member_ref": 1,
        "user_id": REQUESTER,
        "decision_id": 1,
        "request": request.to_json(),
        "slug": request.slug,
        "body_hash": "0" * 64,
        "deliver_to": "here",
        "price": Price(84, 84, 840_000, "test"),
        "status": status,
        "created_at_ms": CREATED_MS,
        "status_at_ms": CREATED_MS,
        "waiting_since_ms": CREATED_MS,
        "not_before_ms": CREATED_MS,
        "attempts": int(status in SENT),
        "posted_at_ms": POSTED_MS if status in SENT else None,
        "finished_at_ms": FINISHED_MS if status in ENDED else None,
    }
    return Job(**{**values, **changes})


def view_of(
    status: JobStatus = JobStatus.PROCESSING,
    *,
    request: VideoRequest | None = None,
    money: Money | None = None,
    job: dict[str, Any] | None = None,
    placed: bool = True,
    **changes: Any,
) -> JobView:
    """A view as the service makes it: the money that belongs to the status, unless told."""
    asked = request or VideoRequest(prompt="a fox in the snow")
    resolved = resolve(asked, CATALOGUE)
    row = job_in(status, request=asked, **(job or {}))
    values: dict[str, Any] = {
        "job": row,
        "request": resolved,
        "model_title": resolved.model.title,
        "money": money or Money(_money_state(status), 84),
        "card": Card(JOB_ID, CHANNEL, CARD if placed else None, "", CREATED_MS if placed else None, ""),
        "delivery": None,
    }
    return JobView(**{**values, **changes})


def delivery(
    state: DeliveryState, *, way: str = "", reason: str = "", attempts: int = 0, copy: CopyState = CopyState.NONE
) -> Delivery:
    """A delivery row in this state."""
    return Delivery(JOB_ID, state, reason, way, None, attempts, FINISHED_MS, None, FINISHED_MS, copy)


def _money_state(status: JobStatus) -> MoneyState:
    if status is JobStatus.SUCCEEDED:
        return MoneyState.CHARGED
    return MoneyState.RELEASED if status in ENDED else MoneyState.HELD
