"""What Segmind can say, as closed sets. Money is integer micro-USD, times are seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a job cost and took; None where Segmind did not say.

    total_time_s: queue and run together. remaining_micro_usd: the balance afterwards.
    """

    total_time_s: float | None = None
    inference_time_s: float | None = None
    queue_time_s: float | None = None
    cost_micro_usd: int | None = None
    remaining_micro_usd: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """Segmind took the job."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Queued:
    """Waiting at Segmind."""


@dataclass(frozen=True, slots=True)
class Processing:
    """Running at Segmind."""


@dataclass(frozen=True, slots=True)
class Completed:
    """Done; the result says where the clip is."""

    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Failed:
    """Ran and failed, not charged. text: Segmind's words, cut; refused: they are a content refusal."""

    text: str
    refused: bool
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Gone:
    """No such request here: the record expires one hour after submission. History still knows."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No news. Nothing about the job follows from it.

    kind: network | rate_limited | bad_key | not_json | shape | other_request | http_<code>.
    keys: key names of an unknown shape, for the log. retry_after_s: when Segmind said so.
    """

    kind: str
    keys: tuple[str, ...] = ()
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A finished job. media_url: None when the body names no clip that can be read."""

    media_url: str | None
    metrics: Metrics
    keys: tuple[str, ...] = ()


class RowState(StrEnum):
    """State of a job in the request history."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One request as the history knows it, whatever its age.

    text, refused: as in `Failed`. sent: the inputs as they were sent. created_at_ms: None when it cannot be read.
    """

    request_id: str
    slug: str
    state: RowState
    media_url: str | None
    cost_micro_usd: int | None
    total_time_s: float | None
    text: str
    refused: bool
    sent: Mapping[str, Any] | None
    created_at_ms: int | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A part of the request history, newest first.

    is_last: there are no older rows in the times that were asked about. unread: the ids of rows of which nothing else
    could be read, '' where not even that.
    """

    rows: tuple[HistoryRow, ...]
    is_last: bool
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credits:
    """Balance of the account that the key belongs to."""

    spendable_micro_usd: int
    free_micro_usd: int


Status: TypeAlias = Queued | Processing | Completed | Failed | Gone | Unreadable
ResultAnswer: TypeAlias = Result | Queued | Processing | Failed | Gone | Unreadable
HistoryAnswer: TypeAlias = HistoryRow | Gone | Unreadable
HistoryPageAnswer: TypeAlias = HistoryPage | Unreadable
CreditsAnswer: TypeAlias = Credits | Unreadable
