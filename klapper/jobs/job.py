"""A job and the machine of its states. `TRANSITIONS` is the machine; the store refuses every other change."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from klapper.clock import HOUR_MS

DeliverTo = Literal["here", "dm"]

LONGEST_REST_MS = HOUR_MS  # no next try is put off for longer; a later one means that the clock was set back

_ID_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_ID_LENGTH = 8


class JobStatus(StrEnum):
    """Where a job is. `queued` and `processing` are Segmind's words, `waiting` is our own queue."""

    IN_REVIEW = "in_review"  # a moderator decides; credits are held
    WAITING = "waiting"  # allowed and held, not sent
    SENDING = "sending"  # committed before the POST leaves
    QUEUED = "queued"  # Segmind took it
    PROCESSING = "processing"  # Segmind works on it
    UNKNOWN = "unknown"  # sent, and nobody knows whether it was taken
    SUCCEEDED = "succeeded"  # made and paid for
    FAILED = "failed"  # not made, nothing charged
    REFUSED = "refused"  # the provider's content refusal, nothing charged
    REJECTED = "rejected"  # a moderator said no
    CANCELLED = "cancelled"  # withdrawn before it was sent
    EXPIRED = "expired"  # waited too long before it was sent
    ABANDONED = "abandoned"  # the hold ended without an answer; the watch goes on


class DeliveryState(StrEnum):
    """Where a finished clip is; apart from the job's status, because paying and delivering fail apart."""

    NONE = "none"  # there is no clip to deliver
    PENDING = "pending"
    DELIVERED = "delivered"
    UNDELIVERABLE = (
        "undeliverable"  # with a reason: no_media (refunded), unreachable or held_for_moderators (kept on disk)
    )
    REMOVED = "removed"  # by a person; never posted again


_S = JobStatus

TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    _S.IN_REVIEW: frozenset({_S.WAITING, _S.REJECTED, _S.CANCELLED, _S.EXPIRED, _S.FAILED}),
    _S.WAITING: frozenset({_S.SENDING, _S.IN_REVIEW, _S.CANCELLED, _S.EXPIRED, _S.FAILED}),
    _S.SENDING: frozenset({_S.QUEUED, _S.WAITING, _S.FAILED, _S.UNKNOWN}),
    _S.QUEUED: frozenset({_S.PROCESSING, _S.SUCCEEDED, _S.FAILED, _S.REFUSED, _S.ABANDONED}),
    _S.PROCESSING: frozenset({_S.QUEUED, _S.SUCCEEDED, _S.FAILED, _S.REFUSED, _S.ABANDONED}),
    _S.UNKNOWN: frozenset({_S.QUEUED, _S.PROCESSING, _S.SUCCEEDED, _S.FAILED, _S.REFUSED, _S.ABANDONED}),
    _S.SUCCEEDED: frozenset(),
    _S.FAILED: frozenset(),
    _S.REFUSED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.ABANDONED: frozenset({_S.SUCCEEDED}),
}

TERMINAL = frozenset({_S.SUCCEEDED, _S.FAILED, _S.REFUSED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED, _S.ABANDONED})
OPEN = frozenset(JobStatus) - TERMINAL
CANCELLABLE = frozenset({_S.IN_REVIEW, _S.WAITING})


@dataclass(frozen=True, slots=True)
class Price:
    """What a job costs, as quoted when it was made; `quote()` is the only source of it.

    credits: of the member. budget_units: of the operator. provider_cost_micro_usd: the list price.
    """

    credits: int
    budget_units: int
    provider_cost_micro_usd: int
    version: str


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `jobs`, with the Discord id of its requester (None: forgotten).

    draft_id: what it was confirmed in. parent_job_id: the job it was made from. spoiler: its clip is shown on a click.
    sent_body: JSON as sent, while nobody knows whether it was taken. misses: how many good answers of Segmind's request
    history, the last at missed_at_ms, did not have it. has_words: False when its texts and images are forgotten.
    """

    job_id: str
    interaction_id: int
    guild_id: int
    channel_id: int
    member_ref: int
    user_id: int | None
    decision_id: int
    request: str
    slug: str
    body_hash: str
    deliver_to: DeliverTo
    price: Price
    status: JobStatus
    created_at_ms: int
    status_at_ms: int
    waiting_since_ms: int
    not_before_ms: int
    draft_id: str | None = None
    parent_job_id: str | None = None
    spoiler: bool = False
    reason: str = ""
    provider_text: str = ""
    reported_cost_micro_usd: int | None = None
    attempts: int = 0
    posted_at_ms: int | None = None
    request_id: str | None = None
    finished_at_ms: int | None = None
    run_time_s: float | None = None
    media_url: str | None = None
    sent_body: str | None = None
    misses: int = 0
    missed_at_ms: int | None = None
    has_words: bool = True

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One change of a job's status."""

    from_status: JobStatus | None
    to_status: JobStatus
    reason: str
    actor: str
    at_ms: int


def new_job_id() -> str:
    """Eight letters that can be read aloud, from a space of 8.5e11."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


def is_job_id(text: str) -> bool:
    """Whether it looks like one."""
    return len(text) == _ID_LENGTH and set(text) <= set(_ID_LETTERS)
