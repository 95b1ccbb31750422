"""What Segmind's history and the books say of the same requests, job by job and row by row. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from klapper.clock import MINUTE_MS
from klapper.errors import RequestRefused
from klapper.jobs.bills import MADE, BilledJob, Booked
from klapper.jobs.job import Job, JobStatus
from klapper.kling.corrections import Charge, charge_of, explains, rate_of
from klapper.kling.model import Catalogue
from klapper.kling.price_table import PriceTable
from klapper.kling.resolution import ResolvedRequest
from klapper.segmind.answers import HistoryRow, RowState
from klapper.segmind.wire import bare_id
from klapper.services.bill import (
    Bill,
    ChargeNotBooked,
    ChargeWithoutJob,
    Difference,
    Gap,
    JobWithoutCharge,
    OtherModel,
    PriceDrift,
    Totals,
)
from klapper.services.claims import says_what_was_sent
from klapper.services.statement import Statement

JUST_ENDED_MS = 10 * MINUTE_MS  # so long the history may lag behind a job

_Charged: TypeAlias = tuple[BilledJob, int, ResolvedRequest | None]  # with the amount, and what has a price


@dataclass(frozen=True, slots=True)
class Books:
    """What we know. jobs: sent in the times of the bill, oldest first. ours: bare ids of rows that are jobs at all.

    unclear: jobs without a request id that Segmind may have all the same.
    """

    jobs: Sequence[BilledJob]
    ours: frozenset[str]
    unclear: Sequence[Job] = ()


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices that quotes are made of now."""

    prices: PriceTable
    catalogue: Catalogue


def to_look_up(books: Books, statement: Statement, now_ms: int) -> list[str]:
    """Request ids of jobs that the history should have listed, and did not."""
    if statement.broke_off:
        return []
    return [
        job.request_id
        for job in books.jobs
        if job.request_id is not None and job.booked in MADE and not _ended_lately(job, now_ms)
        if bare_id(job.request_id) not in statement.rows.keys() | statement.unread
    ]


def compare(books: Books, statement: Statement, price_list: PriceList, *, since_ms: int, until_ms: int) -> Bill:
    """Every difference between the bill and the books in these times."""
    found = _Comparison(statement, until_ms)
    for job in books.jobs:
        found.add(job)
    unclaimed, own, others = _unclaimed(books, statement, found, price_list, since_ms, until_ms)
    drifts = _drifts(found.charged, price_list)
    return Bill(
        since_ms=since_ms,
        until_ms=until_ms,
        jobs=found.jobs,
        requests=found.requests + own,
        unfinished=found.unfinished,
        differences=(*found.differences, *unclaimed, *drifts),
        gaps=found.all_gaps(),
        broke_off=statement.broke_off,
        others=others,
        totals=_totals(found, unclaimed),
        costs=found.costs,
    )


class _Comparison:
    """Job by job. charged: the jobs that Segmind charged an amount for that their books are about."""

    def __init__(self, statement: Statement, now_ms: int) -> None:
        self._statement = statement
        self._now_ms = now_ms
        self.jobs = self.requests = self.unfinished = self.reported_micro_usd = 0
        self.differences: list[Difference] = []
        self.gaps: defaultdict[Gap, int] = defaultdict(int)
        self.charged: list[tuple[BilledJob, int]] = []
        self.made: list[BilledJob] = []
        self.names: set[str] = set()  # of our models, as the history has them
        self.costs: dict[str, int] = {}

    def add(self, job: BilledJob) -> None:
        row = None if job.request_id is None else self._statement.rows.get(bare_id(job.request_id))
        if row is not None:
            self.names.add(row.slug)
        if job.is_open:
            self.unfinished += 1
        elif row is not None:
            self._with_row(job, row)
        elif job.booked in MADE:
            self._without_row(job)
        elif job.request_id is not None and self._statement.broke_off:
            self.gaps[Gap.UNREAD_DAYS] += 1
        else:
            self.jobs += 1

    def all_gaps(self) -> dict[Gap, int]:
        said = {Gap.UNREAD_ROWS: self._statement.unread_rows, Gap.LACKING: self._statement.lacking}
        return {**self.gaps, **{gap: count for gap, count in said.items() if count}}

    def _with_row(self, job: BilledJob, row: HistoryRow) -> None:
        amount = _amount(row, job)
        is_made = job.booked in MADE
        if is_made and not amount and job.quoted_micro_usd and _ended_lately(job, self._now_ms):
            self.unfinished += 1
            return
        self.jobs += 1
        self.requests += 1
        if is_made:
            self.made.append(job)
        is_final = row.state is not RowState.PENDING
        if row.cost_micro_usd is not None and is_final and job.reported_micro_usd is None:
            self.costs[job.job_id] = row.cost_micro_usd
        if amount is None:
            self._unpriced(job)
        elif amount:
            self._charge(job, amount)
        elif is_made and job.quoted_micro_usd:
            self.differences.append(_without_charge(job, row.state))

    def _charge(self, job: BilledJob, amount: int) -> None:
        self.reported_micro_usd += amount
        self.charged.append((job, amount))
        if job.booked not in (Booked.CHARGED, Booked.REFUNDED):
            self.differences.append(_not_booked(job, amount))

    def _unpriced(self, job: BilledJob) -> None:
        if job.booked in MADE:
            self.gaps[Gap.UNPRICED] += 1
        if job.booked not in (Booked.CHARGED, Booked.REFUNDED):
            self.differences.append(_not_booked(job, None))

    def _without_row(self, job: BilledJob) -> None:
        bare = "" if job.request_id is None else bare_id(job.request_id)
        if _ended_lately(job, self._now_ms):
            self.unfinished += 1
        elif self._statement.broke_off:
            self.gaps[Gap.UNREAD_DAYS] += 1
        elif bare in self._statement.unheard:
            self.gaps[Gap.UNHEARD] += 1
        elif bare not in self._statement.unread:  # those are counted as rows
            self.jobs += 1
            self.made.append(job)
            if job.quoted_micro_usd:
                self.differences.append(_without_charge(job, None))


def _unclaimed(
    books: Books,
    statement: Statement,
    found: _Comparison,
    price_list: PriceList,
    since_ms: int,
    until_ms: int,
) -> tuple[list[ChargeWithoutJob], int, tuple[OtherModel, ...]]:
    """Charges of nobody, how many requests of our models are no job, and what other models cost."""
    ours = books.ours | {bare_id(job.request_id) for job in books.jobs if job.request_id is not None}
    names = {model.slug for model in price_list.catalogue.models} | {job.slug for job in books.jobs} | found.names
    charges: list[ChargeWithoutJob] = []
    own = 0
    others: defaultdict[str, list[int]] = defaultdict(list)
    for bare, row in statement.rows.items():
        if bare in ours or not since_ms <= (row.created_at_ms or since_ms) <= until_ms:
            continue
        if row.slug not in names:
            others[row.slug].append(row.cost_micro_usd or 0)
            continue
        like = [job for job in books.unclear if row.slug == job.slug and says_what_was_sent(row, job)]
        if any(job.status is JobStatus.UNKNOWN for job in like):
            found.unfinished += 1  # that job is being looked for
            continue
        own += 1
        if _amount(row) != 0:
            job_id = like[0].job_id if like else None
            charges.append(
                ChargeWithoutJob(row.request_id, row.slug, row.created_at_ms, row.cost_micro_usd, job_id=job_id)
            )
    models = (OtherModel(slug, len(costs), sum(costs)) for slug, costs in sorted(others.items()))
    return charges, own, tuple(models)


def _drifts(charged: Sequence[tuple[BilledJob, int]], price_list: PriceList) -> list[PriceDrift]:
    cells: defaultdict[tuple[str, str], list[_Charged]] = defaultdict(list)
    for job, amount in reversed(charged):  # newest first
        resolved = _resolved(job, price_list)
        cell = "" if resolved is None else price_list.prices.cell(resolved)
        cells[job.slug, cell].append((job, amount, resolved))
    found = (_drift(slug, cell, jobs, price_list) for (slug, cell), jobs in sorted(cells.items()))
    return [drift for drift in found if drift is not None]


def _drift(slug: str, cell: str, jobs: Sequence[_Charged], price_list: PriceList) -> PriceDrift | None:
    differing = [found for found in jobs if found[1] != found[0].quoted_micro_usd]
    if not differing:
        return None
    charges = _charges(jobs, price_list)
    # By now charged as it is quoted: an earlier charge was another price's, and no reason for a new one.
    is_corrected = bool(charges) and explains(price_list.prices.models[slug].rates[cell].usd, charges[0])
    newest, amount, _ = differing[0]
    return PriceDrift(
        slug=slug,
        cell=cell,
        jobs=len(differing),
        job_id=newest.job_id,
        request_id=newest.request_id,
        quoted_micro_usd=newest.quoted_micro_usd,
        charged_micro_usd=amount,
        total_quoted_micro_usd=sum(job.quoted_micro_usd for job, _, _ in differing),
        total_charged_micro_usd=sum(amount for _, amount, _ in differing),
        is_corrected=is_corrected,
        rate_usd=None if is_corrected else rate_of(charges),
        told_as=str(rate_of(_charges(differing, price_list)) or amount),
    )


def _charges(jobs: Iterable[_Charged], price_list: PriceList) -> list[Charge]:
    return [charge_of(resolved, amount, price_list.prices) for _, amount, resolved in jobs if resolved is not None]


def _totals(found: _Comparison, unclaimed: Iterable[ChargeWithoutJob]) -> Totals:
    def credits(booked: Booked) -> int:
        return sum(job.credits for job in found.made if job.booked is booked)

    return Totals(
        quoted_micro_usd=sum(job.quoted_micro_usd for job in found.made),
        reported_micro_usd=found.reported_micro_usd + sum(charge.charged_micro_usd or 0 for charge in unclaimed),
        credits=credits(Booked.CHARGED),
        refunded_credits=credits(Booked.REFUNDED),
        written_off_credits=credits(Booked.WRITTEN_OFF),
        budget_units=sum(job.budget_units for job in found.made),
    )


def _amount(row: HistoryRow, job: BilledJob | None = None) -> int | None:
    """What was charged: the row's word, else the result's; None when neither names an amount."""
    if row.state is not RowState.COMPLETED:
        # An unfinished request is not paid, whatever is set aside for it.
        return (row.cost_micro_usd or 0) if row.state is RowState.FAILED else 0
    if row.cost_micro_usd is not None:
        return row.cost_micro_usd
    return None if job is None else job.reported_micro_usd


def _ended_lately(job: BilledJob, now_ms: int) -> bool:
    return job.finished_at_ms is not None and job.finished_at_ms > now_ms - JUST_ENDED_MS


def _resolved(job: BilledJob, price_list: PriceList) -> ResolvedRequest | None:
    """What was asked, where it still has a price."""
    try:
        resolved = ResolvedRequest.from_json(job.request, price_list.catalogue)
        cell = price_list.prices.cell(resolved)
    except (RequestRefused, ValueError, KeyError):
        return None
    has_price = resolved.slug == job.slug and cell in price_list.prices.models[job.slug].rates
    return resolved if has_price else None


def _without_charge(job: BilledJob, row_state: RowState | None) -> JobWithoutCharge:
    return JobWithoutCharge(
        job.job_id, job.request_id, job.slug, job.booked, job.credits, job.quoted_micro_usd, row_state
    )


def _not_booked(job: BilledJob, amount: int | None) -> ChargeNotBooked:
    assert job.request_id is not None
    return ChargeNotBooked(
        job.job_id, job.request_id, job.slug, job.status, job.reason, job.booked, job.credits, amount
    )
