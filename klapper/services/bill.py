"""Segmind's bill beside the books: the kinds of differences there are, and what a comparison comes to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, TypeAlias

from klapper.jobs.bills import Booked
from klapper.jobs.job import JobStatus
from klapper.segmind.answers import RowState
from klapper.segmind.wire import bare_id


@dataclass(frozen=True, slots=True)
class JobWithoutCharge:
    """The books say that Segmind is owed for a job, and its history says that nothing was charged.

    row_state: of its row; None when the history does not have it.
    """

    kind: ClassVar = "job_without_charge"
    job_id: str
    request_id: str | None
    slug: str
    booked: Booked
    credits: int
    quoted_micro_usd: int
    row_state: RowState | None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.job_id}"


@dataclass(frozen=True, slots=True)
class ChargeNotBooked:
    """Segmind charged for a job that no member was charged for. charged_micro_usd: None when it does not say."""

    kind: ClassVar = "charge_not_booked"
    job_id: str
    request_id: str
    slug: str
    status: JobStatus
    reason: str
    booked: Booked
    credits: int
    charged_micro_usd: int | None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.job_id}"


@dataclass(frozen=True, slots=True)
class ChargeWithoutJob:
    """Segmind charged for a request to one of our models that is no job. job_id: an abandoned job that it may be."""

    kind: ClassVar = "charge_without_job"
    request_id: str
    slug: str
    made_at_ms: int | None
    charged_micro_usd: int | None
    job_id: str | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}:{bare_id(self.request_id)}"


@dataclass(frozen=True, slots=True)
class PriceDrift:
    """Jobs of one price cell that cost something other than their quote.

    cell: '' when it is not known any more. job_id, request_id, quoted, charged: of the newest of them. total_…: of all.
    rate_usd: the price that explains what is charged by now; None when the present one does (is_corrected), or none
    can. told_as: what was charged, in a form that stays when more such jobs come.
    """

    kind: ClassVar = "price_drift"
    slug: str
    cell: str
    jobs: int
    job_id: str
    request_id: str | None
    quoted_micro_usd: int
    charged_micro_usd: int
    total_quoted_micro_usd: int
    total_charged_micro_usd: int
    is_corrected: bool
    rate_usd: Decimal | None
    told_as: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.slug}:{self.cell}:{self.told_as}"


Difference: TypeAlias = JobWithoutCharge | ChargeNotBooked | ChargeWithoutJob | PriceDrift


class Gap(StrEnum):
    """What could not be compared."""

    UNREAD_DAYS = "unread_days"  # jobs of the part of the history that was not read
    UNREAD_ROWS = "unread_rows"  # rows of the history in an unknown shape
    LACKING = "lacking"  # requests that Segmind knows by id and did not list: it may lack others
    UNHEARD = "unheard"  # jobs that it neither listed nor answered about
    UNPRICED = "unpriced"  # finished requests of jobs without an amount


@dataclass(frozen=True, slots=True)
class OtherModel:
    """What the same key was charged for a model that Klapper does not use."""

    slug: str
    requests: int
    charged_micro_usd: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the jobs that were compared. credits: charged to members and not given back. reported: with what is no job."""

    quoted_micro_usd: int = 0
    reported_micro_usd: int = 0
    credits: int = 0
    refunded_credits: int = 0
    written_off_credits: int = 0
    budget_units: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """The comparison of what was sent in these times.

    jobs, requests: how many were compared. unfinished: jobs that have not ended, or only just. broke_off: as in
    `Statement`. costs: what jobs cost of which that was not known, by id.
    """

    since_ms: int
    until_ms: int
    jobs: int
    requests: int
    unfinished: int
    differences: Sequence[Difference]
    gaps: Mapping[Gap, int]
    broke_off: str
    others: Sequence[OtherModel]
    totals: Totals
    costs: Mapping[str, int]

    @property
    def agrees(self) -> bool:
        """Whether everything was compared and nothing differs."""
        return not self.differences and not self.gaps and not self.broke_off
