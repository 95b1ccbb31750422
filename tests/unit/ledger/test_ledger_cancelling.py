"""A ledger transaction that is cancelled anywhere is whole or absent, and the books add up."""

from __future__ import annotations

import pytest

from klapper.clock import DAY_MS
from tests.unit.database.interrupted import interrupt
from tests.unit.ledger.books import Books, Terms

EARLY_AND_LATE = pytest.mark.parametrize("late", [False, True], ids=["while it waits", "when its answer is there"])
PERIOD_MS = 7 * DAY_MS


async def prepare(books: Books) -> None:
    """A hold of ann then has four legs."""
    books.terms = Terms(allowance=5, guild_budget=100_000, bot_budget=100_000)
    await books.grant("ann", 100_000, "prize")


async def lines(books: Books, job_id: str) -> int:
    return len(await books.rows("SELECT 1 AS line FROM transfers WHERE job_id = :job_id", job_id=job_id))


async def hold(books: Books, job_id: str) -> None:
    await books.reserve(job_id, "ann", 7, 3)


@EARLY_AND_LATE
async def test_a_hold_cancelled_at_any_await_is_whole_or_absent(books: Books, late: bool) -> None:
    await prepare(books)
    await hold(books, "first")
    books.now_ms += PERIOD_MS
    awaits = (await interrupt(hold(books, "whole"))).awaits
    assert await lines(books, "whole") == 4
    left = []
    for n in range(1, awaits + 1):
        books.now_ms += PERIOD_MS  # every hold posts a new period first and takes from the allowance
        assert (await interrupt(hold(books, f"j{n}"), {n}, late=late)).cancelled
        left.append(await lines(books, f"j{n}"))
        assert (await books.audit()).violations == ()
    assert left == [0] * (awaits - 1) + [4]  # cancelled in its COMMIT, which had left already


@EARLY_AND_LATE
async def test_a_release_cancelled_twice_is_whole_or_absent(books: Books, late: bool) -> None:
    await prepare(books)
    await hold(books, "first")
    awaits = (await interrupt(books.release("first"))).awaits
    for n in range(1, awaits + 1):
        await hold(books, f"j{n}")
        before = await lines(books, f"j{n}")
        assert (await interrupt(books.release(f"j{n}"), {n, n + 1}, late=late)).cancelled
        assert await lines(books, f"j{n}") == (before if n < awaits else 2 * before)
        assert (await books.audit()).violations == ()
        if n < awaits:
            await books.release(f"j{n}")
