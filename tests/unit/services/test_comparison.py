"""Segmind's history beside the books: every way in which they can differ, and what is no difference."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from klapper.clock import HOUR_MS, MINUTE_MS
from klapper.jobs.bills import BilledJob, Booked
from klapper.jobs.job import Job, JobStatus, Price
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.prices import PRICES
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.segmind.answers import HistoryRow, RowState
from klapper.segmind.wire import bare_id
from klapper.services.bill import Bill, ChargeNotBooked, ChargeWithoutJob, Gap, JobWithoutCharge, PriceDrift
from klapper.services.comparison import Books, PriceList, compare, to_look_up
from klapper.services.statement import Statement

S, B, R = JobStatus, Booked, RowState
NOW_MS = 1_800_000_000_000
SINCE_MS = NOW_MS - 48 * HOUR_MS
ID = "2c7f59ea-13f1-402c-9353-915a2b5a2124"
RESOLVED = resolve(VideoRequest(prompt="a fox"), CATALOGUE)
QUOTED = 840_000
PRICE_LIST = PriceList(PRICES, CATALOGUE)


def job(**more: Any) -> BilledJob:
    """One that was made and charged an hour ago."""
    usual = BilledJob(
        job_id="k7m2p9xd",
        slug=RESOLVED.slug,
        request_id=ID,
        status=S.SUCCEEDED,
        reason="completed",
        posted_at_ms=NOW_MS - 2 * HOUR_MS,
        finished_at_ms=NOW_MS - HOUR_MS,
        request=RESOLVED.to_json(),
        credits=84,
        budget_units=84,
        quoted_micro_usd=QUOTED,
        reported_micro_usd=None,
        booked=B.CHARGED,
    )
    return replace(usual, **more)


def row(state: RowState = R.COMPLETED, cost: int | None = QUOTED, **more: Any) -> HistoryRow:
    usual = HistoryRow(ID, RESOLVED.slug, state, None, cost, 60.0, "", False, {"prompt": "a fox"}, NOW_MS - 2 * HOUR_MS)
    return replace(usual, **more)


def bill(jobs: list[BilledJob], rows: list[HistoryRow], *, unclear: tuple[Job, ...] = (), **statement: Any) -> Bill:
    said = Statement({bare_id(one.request_id): one for one in rows}, **statement)
    ours = frozenset(bare_id(one.request_id) for one in jobs if one.request_id) & said.rows.keys()
    books = Books(jobs, ours, unclear)
    return compare(books, said, PRICE_LIST, since_ms=SINCE_MS, until_ms=NOW_MS)


NONE: tuple[type, ...] = ()
CASES: list[tuple[BilledJob, HistoryRow | None, tuple[type, ...]]] = [
    # charged here
    (job(), row(), NONE),
    (job(), row(request_id=bare_id(ID).upper()), NONE),
    (job(booked=B.REFUNDED), row(), NONE),
    (job(), None, (JobWithoutCharge,)),
    (job(), row(R.FAILED, 0), (JobWithoutCharge,)),
    (job(), row(R.PENDING, 840_000), (JobWithoutCharge,)),
    (job(), row(cost=0), (JobWithoutCharge,)),
    (job(quoted_micro_usd=0), row(cost=0), NONE),
    (job(quoted_micro_usd=0), None, NONE),
    (job(booked=B.REFUNDED), None, (JobWithoutCharge,)),
    (job(reported_micro_usd=QUOTED), row(cost=None), NONE),  # the result said it
    (job(), row(cost=900_000), (PriceDrift,)),
    # not charged here
    (job(status=S.FAILED, booked=B.GIVEN_BACK), row(R.FAILED, 0), NONE),
    (job(status=S.FAILED, booked=B.GIVEN_BACK), row(R.FAILED, None), NONE),
    (job(status=S.FAILED, booked=B.GIVEN_BACK), None, NONE),
    (job(status=S.FAILED, booked=B.GIVEN_BACK), row(), (ChargeNotBooked,)),
    (job(status=S.REFUSED, booked=B.GIVEN_BACK), row(R.FAILED, QUOTED), (ChargeNotBooked,)),
    (job(status=S.ABANDONED, booked=B.GIVEN_BACK), row(), (ChargeNotBooked,)),
    (job(status=S.ABANDONED, booked=B.GIVEN_BACK), row(cost=None), (ChargeNotBooked,)),
    (job(status=S.ABANDONED, booked=B.GIVEN_BACK), row(R.PENDING, None), NONE),
    (job(status=S.ABANDONED, booked=B.GIVEN_BACK, request_id=None), None, NONE),
    (job(booked=B.WRITTEN_OFF, reason="late"), row(), (ChargeNotBooked,)),
    (job(booked=B.WRITTEN_OFF, reason="late"), None, (JobWithoutCharge,)),
    # not ended
    (job(status=S.PROCESSING, booked=B.HELD, finished_at_ms=None), row(R.PENDING, None), NONE),
    (job(status=S.UNKNOWN, booked=B.HELD, finished_at_ms=None, request_id=None), None, NONE),
]


@pytest.mark.parametrize(("ours", "theirs", "kinds"), CASES)
def test_what_each_side_says_of_a_job(ours: BilledJob, theirs: HistoryRow | None, kinds: tuple[type, ...]) -> None:
    found = bill([ours], [] if theirs is None else [theirs])
    assert tuple(map(type, found.differences)) == kinds
    assert found.agrees is (kinds == ())
    assert found.jobs + found.unfinished == 1


def test_a_job_that_has_only_just_ended_may_be_ahead_of_the_history() -> None:
    late = job(finished_at_ms=NOW_MS - 9 * MINUTE_MS)
    for rows in ([], [row(R.PENDING, None)], [row(cost=None)]):
        found = bill([late], rows)
        assert (found.agrees, found.jobs, found.unfinished) == (True, 0, 1)
    assert bill([late], [row()]).jobs == 1


def test_a_difference_says_what_the_books_did() -> None:
    [late] = bill([job(booked=B.WRITTEN_OFF, reason="late")], [row()]).differences
    assert isinstance(late, ChargeNotBooked)
    assert (late.booked, late.reason, late.charged_micro_usd) == (B.WRITTEN_OFF, "late", QUOTED)
    [missing] = bill([job()], [row(R.FAILED, 0)]).differences
    assert isinstance(missing, JobWithoutCharge)
    assert (missing.booked, missing.credits, missing.row_state) == (B.CHARGED, 84, R.FAILED)


# Rows of nobody

OTHER = "99999999-13f1-402c-9353-915a2b5a2124"


def test_a_charge_of_no_job_is_told_and_an_unpaid_request_is_not() -> None:
    found = bill([job()], [row(), row(request_id=OTHER)])
    [charge] = found.differences
    assert isinstance(charge, ChargeWithoutJob)
    assert (charge.request_id, charge.charged_micro_usd, charge.job_id) == (OTHER, QUOTED, None)
    assert found.totals.reported_micro_usd == 2 * QUOTED
    for unpaid in (row(R.FAILED, 0), row(R.PENDING, QUOTED), row(cost=0)):
        assert bill([job()], [row(), replace(unpaid, request_id=OTHER)]).agrees


def test_what_was_made_before_or_after_is_another_bill_s() -> None:
    for made_at_ms in (SINCE_MS - 1, NOW_MS + 1):
        assert bill([job()], [row(), row(request_id=OTHER, created_at_ms=made_at_ms)]).agrees
    assert not bill([job()], [row(), row(request_id=OTHER, created_at_ms=None)]).agrees


def test_a_job_of_another_time_is_no_stranger() -> None:
    books = Books([], frozenset({bare_id(ID)}))
    said = Statement({bare_id(ID): row()})
    assert compare(books, said, PRICE_LIST, since_ms=SINCE_MS, until_ms=NOW_MS).agrees


def test_other_models_on_the_same_key_are_told_apart_and_differ_from_nothing() -> None:
    rows = [row(request_id=f"{n}-{OTHER}", slug=slug, cost=cost) for n, (slug, cost) in enumerate(OTHERS)]
    found = bill([job()], [row(), *rows])
    assert found.agrees
    assert [(one.slug, one.requests, one.charged_micro_usd) for one in found.others] == [
        ("flux", 2, 30_000),
        ("lipsync", 1, 0),
    ]
    assert (found.requests, found.totals.reported_micro_usd) == (1, QUOTED)


OTHERS = [("flux", 10_000), ("lipsync", None), ("flux", 20_000)]


def unclear(status: JobStatus) -> Job:
    return Job(
        job_id="unclear2",
        interaction_id=1,
        guild_id=1,
        channel_id=1,
        member_ref=1,
        user_id=1,
        decision_id=1,
        request="{}",
        slug=RESOLVED.slug,
        body_hash="",
        deliver_to="here",
        price=Price(84, 84, QUOTED, "v"),
        status=status,
        created_at_ms=0,
        status_at_ms=0,
        waiting_since_ms=0,
        not_before_ms=0,
        sent_body='{"prompt": "a fox"}',
    )


def test_what_may_be_an_unclear_job_is_looked_for_elsewhere_or_named() -> None:
    searched = bill([], [row()], unclear=(unclear(S.UNKNOWN),))
    assert (searched.agrees, searched.unfinished) == (True, 1)
    [charge] = bill([], [row()], unclear=(unclear(S.ABANDONED),)).differences
    assert isinstance(charge, ChargeWithoutJob)
    assert charge.job_id == "unclear2"
    [charge] = bill([], [row(sent={"prompt": "a hare"})], unclear=(unclear(S.UNKNOWN),)).differences
    assert isinstance(charge, ChargeWithoutJob)
    assert charge.job_id is None


# What could not be read


def test_what_was_not_read_is_never_agreement() -> None:
    broke_off = bill([job()], [], broke_off="http_500")
    assert (broke_off.differences, broke_off.gaps, broke_off.agrees) == ((), {Gap.UNREAD_DAYS: 1}, False)
    assert not bill([], [], broke_off="network").agrees
    unread = bill([job()], [], unread=frozenset({bare_id(ID)}), unread_rows=1)
    assert (unread.differences, unread.gaps, unread.agrees) == ((), {Gap.UNREAD_ROWS: 1}, False)
    unheard = bill([job()], [], unheard=frozenset({bare_id(ID)}))
    assert (unheard.differences, unheard.gaps, unheard.agrees) == ((), {Gap.UNHEARD: 1}, False)
    unpriced = bill([job()], [row(cost=None)])
    assert (unpriced.differences, unpriced.gaps, unpriced.agrees) == ((), {Gap.UNPRICED: 1}, False)
    lacking = bill([job()], [row()], lacking=1)
    assert (lacking.differences, lacking.gaps, lacking.agrees) == ((), {Gap.LACKING: 1}, False)


def test_a_job_that_is_owed_and_not_listed_is_looked_up_by_its_id() -> None:
    books = Books([job(), job(job_id="b", request_id=None), job(job_id="c", request_id=OTHER)], frozenset())
    assert to_look_up(books, Statement({bare_id(ID): row()}), NOW_MS) == [OTHER]
    assert to_look_up(books, Statement({}, unread=frozenset({bare_id(OTHER)})), NOW_MS) == [ID]
    assert to_look_up(books, Statement({}, broke_off="network"), NOW_MS) == []
    unpaid = Books([job(booked=B.GIVEN_BACK, status=S.FAILED), job(finished_at_ms=NOW_MS)], frozenset())
    assert to_look_up(unpaid, Statement(), NOW_MS) == []


# Prices


def priced(charges: list[tuple[int, int, int]], prices: Any = PRICES) -> list[PriceDrift]:
    """Drifts of (seconds, quoted, charged), oldest first."""
    jobs, rows = [], []
    for n, (seconds, quoted, charged) in enumerate(charges):
        request = resolve(VideoRequest(prompt="a fox", duration_s=seconds), CATALOGUE).to_json()
        id_ = f"{n}-{ID}"
        jobs.append(job(job_id=f"job{n}", request_id=id_, request=request, quoted_micro_usd=quoted))
        rows.append(row(request_id=id_, cost=charged))
    said = Statement({bare_id(one.request_id): one for one in rows})
    books = Books(jobs, frozenset(said.rows))
    found = compare(books, said, PriceList(prices, CATALOGUE), since_ms=SINCE_MS, until_ms=NOW_MS).differences
    assert all(isinstance(one, PriceDrift) for one in found)
    return [one for one in found if isinstance(one, PriceDrift)]


def test_a_model_that_became_dearer_is_one_difference_with_its_price() -> None:
    [drift] = priced([(5, 840_000, 840_000), (5, 840_000, 1_000_000), (10, 1_680_000, 2_000_000)])
    assert (drift.slug, drift.cell, drift.jobs, drift.job_id) == (RESOLVED.slug, "silent", 2, "job2")
    assert (drift.rate_usd, drift.is_corrected) == (Decimal("0.2"), False)
    assert (drift.total_quoted_micro_usd, drift.total_charged_micro_usd) == (2_520_000, 3_000_000)


def test_a_price_that_is_corrected_has_no_new_one_and_is_the_same_difference_as_before() -> None:
    drifted = [(5, 840_000, 1_000_000)]
    [before] = priced(drifted)
    corrected = PRICES.with_overrides({RESOLVED.slug: {"silent": "0.2"}})
    [after] = priced([*drifted, (5, 1_000_000, 1_000_000)], corrected)
    assert (after.rate_usd, after.is_corrected, after.jobs) == (None, True, 1)
    assert before.key == after.key
    [later] = priced([*drifted, (7, 1_176_000, 1_400_000)])
    assert later.key == before.key
    [dearer] = priced([(5, 840_000, 1_100_000)])
    assert dearer.key != before.key


def test_a_request_that_is_not_known_any_more_has_no_price_to_correct() -> None:
    [drift] = bill([job(request="{}")], [row(cost=900_000)]).differences
    assert isinstance(drift, PriceDrift)
    assert (drift.cell, drift.rate_usd, drift.is_corrected) == ("", None, False)


# Sums and costs


def test_the_totals_are_those_of_what_was_made() -> None:
    def of(n: int, booked: Booked, status: JobStatus = S.SUCCEEDED, **more: Any) -> BilledJob:
        return job(job_id=f"job{n}", request_id=f"{n}-{ID}", booked=booked, status=status, **more)

    jobs = [of(1, B.CHARGED), of(2, B.REFUNDED), of(3, B.WRITTEN_OFF), of(4, B.GIVEN_BACK, S.FAILED)]
    rows = [row(request_id=one.request_id) for one in jobs[:3]] + [row(R.FAILED, 0, request_id=jobs[3].request_id)]
    totals = bill(jobs, rows).totals
    assert (totals.quoted_micro_usd, totals.reported_micro_usd) == (3 * QUOTED, 3 * QUOTED)
    assert (totals.credits, totals.refunded_credits, totals.written_off_credits) == (84, 84, 84)
    assert totals.budget_units == 3 * 84


def test_a_cost_that_only_the_history_knows_is_learned() -> None:
    assert bill([job()], [row()]).costs == {"k7m2p9xd": QUOTED}
    assert bill([job(reported_micro_usd=1)], [row()]).costs == {}
    assert bill([job()], [row(R.PENDING, 5)]).costs == {}
    assert bill([job()], [row(cost=None)]).costs == {}
