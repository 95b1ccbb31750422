"""Statistics are what a small history, written by hand, adds up to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from klapper.jobs.job import JobStatus
from klapper.jobs.tally import Spread, TallyStore
from klapper.kling.catalogue import CATALOGUE
from klapper.ledger.ledger import Ledger
from klapper.ledger.periods import Period, Rhythm
from klapper.ledger.spending import BudgetCourse, LateClips, Spending, TopMember
from klapper.ledger.statement import Statement
from klapper.messages.statistics_charts import budget_chart, left_of
from klapper.quotas.quota import Budgets, Limits, Operator
from klapper.quotas.store import QuotaStore
from klapper.services.quota_book import QuotaBook
from klapper.services.statistics import StatisticsDesk, last_days
from klapper.services.usual_cost import USUAL_JOBS, UsualCost, usual_cost
from tests.unit.ledger.books import GUILD, USERS, Books, Terms, at_ms

V3, V3_TITLE = "kling-3-standard-text2video", "Kling 3.0 Standard text to video"
O3, O3_TITLE = "kling-o3-text2video", "Kling O3 text to video"
ENDED = """UPDATE jobs SET slug = :slug, finished_at_ms = :at_ms, posted_at_ms = :posted_ms, run_time_s = :run_s
WHERE job_id = :job_id"""
EVENT = """INSERT INTO job_events (job_id, from_status, to_status, reason, actor, at_ms)
VALUES (:job_id, :before, :after, '', 'klapper', :at_ms)"""
ZONE = "Europe/Berlin"


class Time:
    def __init__(self, books: Books) -> None:
        self._books = books

    def now_ms(self) -> int:
        return self._books.now_ms

    def monotonic_s(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


def desk(books: Books, *, time_zone: str = ZONE) -> StatisticsDesk:
    budgets = Budgets(
        guild=books.terms.guild_budget, bot=0, guild_rhythm=Rhythm("week", time_zone), bot_rhythm=Rhythm("day", "UTC")
    )
    operator = Operator(rhythm=Rhythm("week", time_zone), allowance=1_000, limits=Limits(), budgets=budgets)
    return StatisticsDesk(
        database=books.database,
        clock=Time(books),
        ledger=Ledger(),
        spending=Spending(),
        tallies=TallyStore(),
        quotas=QuotaBook(operator=operator, store=QuotaStore()),
        catalogue=CATALOGUE,
    )


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with Books.open(tmp_path / "klapper.db", Terms(allowance=1_000, guild_budget=1_000)) as opened:
        yield opened


async def made(books: Books, job: str, who: str, credits: int, at: str, slug: str = V3, run_s: float = 60.0) -> None:
    """A clip that was charged then."""
    books.now_ms = at_ms(at)
    await books.reserve(job, who, credits, credits)
    await books.settle(job)
    await told(books, job, slug=slug, run_s=run_s)


async def ended(books: Books, job: str, who: str, credits: int, at: str, status: str) -> None:
    """A job that ended otherwise."""
    books.now_ms = at_ms(at)
    await books.reserve(job, who, credits, credits)
    await books.release(job, status)
    await told(books, job, posted=status in ("failed", "refused", "abandoned"))


async def told(books: Books, job: str, *, slug: str = V3, run_s: float | None = None, posted: bool = True) -> None:
    at = {"job_id": job, "at_ms": books.now_ms}
    async with books.database.write() as tx:
        await tx.execute(ENDED, **at, slug=slug, posted_ms=books.now_ms if posted else None, run_s=run_s)


async def happened(books: Books, job: str, *events: tuple[str | None, str, float]) -> None:
    async with books.database.write() as tx:
        await tx.execute("DELETE FROM job_events WHERE job_id = :job_id", job_id=job)
        for before, after, at_s in events:
            await tx.execute(EVENT, job_id=job, before=before, after=after, at_ms=round(at_s * 1000))


async def a_week(books: Books) -> None:
    """What the figures below are counted from. In Berlin a day begins at 23:00 UTC."""
    await made(books, "old", "ann", 50, "2024-01-01 22:59")  # on the first of January there: too old
    await made(books, "a1", "ann", 84, "2024-01-01 23:00", run_s=100)
    await made(books, "b1", "bob", 40, "2024-01-02 12:00", O3, run_s=200)
    await made(books, "a2", "ann", 84, "2024-01-04 12:00", run_s=80)
    await made(books, "b2", "bob", 60, "2024-01-05 12:00", "gone-model", run_s=10)
    await made(books, "c1", "cyd", 30, "2024-01-05 12:01", run_s=90)
    await books.refund("c1")
    await ended(books, "r1", "ann", 10, "2024-01-06 10:00", "refused")
    await ended(books, "x1", "bob", 10, "2024-01-06 11:00", "cancelled")
    await ended(books, "late", "bob", 70, "2024-01-06 12:00", "abandoned")
    await books.late_clip("late")
    books.now_ms = at_ms("2024-01-08 10:00")
    await books.reserve("open", "ann", 5, 5)


async def test_spending_is_what_was_charged_and_not_given_back_on_the_day_of_the_charge(books: Books) -> None:
    await a_week(books)
    spending = (await desk(books).of_guild(GUILD, 7)).spending
    assert spending.dates == tuple(date(2024, 1, day) for day in range(2, 9))
    assert [(model.title, model.credits) for model in spending.models] == [
        (V3_TITLE, (84, 0, 84, 0, 0, 0, 0)),
        ("gone-model", (0, 0, 0, 60, 0, 0, 0)),
        (O3_TITLE, (40, 0, 0, 0, 0, 0, 0)),
    ]
    assert (spending.total, spending.by_day) == (268, (124, 0, 84, 60, 0, 0, 0))


async def test_days_begin_where_the_guild_is(books: Books) -> None:
    await a_week(books)
    spending = (await desk(books, time_zone="UTC").of_guild(GUILD, 8)).spending
    assert spending.by_day == (134, 40, 0, 84, 60, 0, 0, 0)


async def test_a_member_sees_their_own(books: Books) -> None:
    await a_week(books)
    spending = await desk(books).of_member(GUILD, USERS["bob"], 7)
    assert [(model.title, model.total) for model in spending.models] == [("gone-model", 60), (O3_TITLE, 40)]
    assert (await desk(books).of_member(GUILD, USERS["cyd"], 7)).total == 0
    assert (await desk(books).of_member(GUILD, 999, 7)).total == 0
    assert (await desk(books).of_guild(7, 90)).spending.total == 0


async def test_the_top_is_by_credits_and_late_clips_are_apart(books: Books) -> None:
    await a_week(books)
    async with books.database.write() as tx:
        await tx.execute("UPDATE members SET discord_user_id = NULL WHERE discord_user_id = :bob", bob=USERS["bob"])
    found = await desk(books).of_guild(GUILD, 7)
    assert found.top == (TopMember(USERS["ann"], 168, 2), TopMember(None, 100, 2), TopMember(USERS["cyd"], 0, 1))
    assert found.late == LateClips(1, 70)


async def test_outcomes_are_of_the_jobs_that_ended_in_these_days(books: Books) -> None:
    await a_week(books)
    found = await desk(books).of_guild(GUILD, 7)
    assert found.outcomes == {JobStatus.SUCCEEDED: 6, JobStatus.REFUSED: 1, JobStatus.CANCELLED: 1}


async def test_run_times_are_of_clips_by_model(books: Books) -> None:
    await a_week(books)
    found = await desk(books).of_guild(GUILD, 7)
    assert found.runs == {
        V3_TITLE: Spread(3, 90, 100),
        O3_TITLE: Spread(1, 200, 200),
        "gone-model": Spread(1, 10, 10),
    }


async def test_waiting_is_the_time_in_our_own_queue_alone(books: Books) -> None:
    books.now_ms = at_ms("2024-01-08 10:00")
    for number in range(10):
        await made(books, f"j{number}", "ann", 1, "2024-01-08 10:00")
        wait_s = 10 * (number + 1)
        await happened(books, f"j{number}", (None, "waiting", 0), ("waiting", "sending", wait_s))
    await happened(  # 100 s: a review before it, 30 s, a 429, a note, 70 s
        books,
        "j9",
        (None, "in_review", 0),
        ("in_review", "waiting", 5_000),
        ("waiting", "sending", 5_030),
        ("sending", "waiting", 5_040),
        ("waiting", "waiting", 5_050),
        ("waiting", "sending", 5_110),
        ("sending", "queued", 5_111),
        ("queued", "succeeded", 9_000),
    )
    await ended(books, "never", "ann", 1, "2024-01-08 10:00", "expired")  # was not sent
    assert (await desk(books).of_guild(GUILD, 7)).waits == Spread(10, 50, 90)


async def test_a_budget_runs_down_by_what_is_charged_and_held(books: Books) -> None:
    await a_week(books)
    await made(books, "m1", "bob", 100, "2024-01-08 12:00")
    await made(books, "m2", "bob", 50, "2024-01-10 12:00")
    await books.reserve("m3", "ann", 30, 30)
    await books.reserve("m4", "ann", 20, 20)
    await books.release("m4")
    found = await desk(books, time_zone="UTC").of_guild(GUILD, 7)
    left = await books.guild_left()
    assert found.budget is not None
    assert found.budget.period == Period(at_ms("2024-01-08 00:00"), at_ms("2024-01-15 00:00"))
    assert (found.budget.granted, found.budget.now.spent, found.budget.now.held) == (1_000, 150, 35)
    assert left.available == 1_000 - 150 - 35
    chart = budget_chart(found.budget, books.now_ms, "UTC")
    assert chart is not None
    assert (chart.spent, chart.left, chart.held) == ((100, 0, 50), (1_000, 895, 895, 815), (0, 5, 5, 35))
    assert (chart.ticks[0], len(chart.ticks), chart.reached) == ("8 Jan", 7, 0.5)


async def test_a_hold_of_an_earlier_period_is_not_charged_to_this_ones_budget(books: Books) -> None:
    books.now_ms = at_ms("2024-01-07 23:59")
    await books.reserve("before", "ann", 300, 300)
    await made(books, "m1", "bob", 100, "2024-01-08 12:00")
    await books.settle("before")
    budget = (await desk(books, time_zone="UTC").of_guild(GUILD, 7)).budget
    assert budget is not None
    assert (budget.now.spent, budget.now.held) == (100, 0)
    assert (await books.guild_left()).available == 900


async def test_a_budget_of_a_period_in_which_nothing_moved_is_whole(books: Books) -> None:
    await a_week(books)
    books.now_ms = at_ms("2024-01-16 12:00")
    period = Period(at_ms("2024-01-15 00:00"), at_ms("2024-01-22 00:00"))
    assert (await desk(books, time_zone="UTC").of_guild(GUILD, 7)).budget == BudgetCourse(period, 1_000, ())


@pytest.mark.parametrize(("lowered", "left"), [(400, 100), (200, 0)])
async def test_a_lowered_budget_counts_at_once(books: Books, lowered: int, left: int) -> None:
    books.now_ms = at_ms("2024-01-08 09:00")
    await made(books, "m1", "bob", 300, "2024-01-08 12:00")
    books.terms.guild_budget = lowered
    budget = (await desk(books, time_zone="UTC").of_guild(GUILD, 7)).budget
    assert budget is not None
    assert (budget.granted, left_of(budget), (await books.guild_left()).available) == (lowered, left, left)
    chart = budget_chart(budget, books.now_ms, "UTC")
    assert chart is not None
    assert chart.left[-1] == left


async def test_without_a_limit_there_is_no_budget_to_show(books: Books) -> None:
    books.terms.guild_budget = 0
    assert (await desk(books, time_zone="UTC").of_guild(GUILD, 7)).budget is None


def test_days_of_a_clock_change_are_whole() -> None:
    days = last_days(at_ms("2024-03-31 21:59"), 2, ZONE)
    assert days.dates == (date(2024, 3, 30), date(2024, 3, 31))
    assert [(one.end_ms - one.start_ms) / 3_600_000 for one in days.periods] == [24, 23]
    assert days.within == Period(at_ms("2024-03-29 23:00"), at_ms("2024-03-31 22:00"))


# What a clip usually costs


@pytest.mark.parametrize(
    ("charges", "usual"),
    [
        ([], None),
        ([84, 84], None),
        ([84, 28, 168], UsualCost(84, 28, 168, 3)),
        ([1, 2, 3, 4], UsualCost(2, 1, 4, 4)),
        ([84] * 20, UsualCost(84, 84, 84, 20)),
    ],
)
def test_what_is_usual_is_said_from_three_jobs_on(charges: list[int], usual: UsualCost | None) -> None:
    assert usual_cost(charges) == usual


async def test_what_is_usual_for_a_member_is_of_their_last_jobs(books: Books) -> None:
    for number in range(22):
        await made(
            books,
            f"j{number}",
            "ann",
            300 if number < 2 else 5 if number == 21 else 7,
            f"2024-01-{number + 1:02} 12:00",
        )
    async with books.database.read() as tx:
        ann = await books.ledger.find_member(tx, GUILD, USERS["ann"])
        assert ann is not None
        charges = await Statement().last_charges(tx, ann, USUAL_JOBS)
    assert usual_cost(charges) == UsualCost(7, 5, 7, 20)
