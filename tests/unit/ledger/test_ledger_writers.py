"""Many at once: credit for ten is ten, in one process and in two."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from pathlib import Path

from klapper.errors import InsufficientCredits
from klapper.ledger.records import Funding
from tests.unit.ledger.books import GUILD, Books, Terms

OTHER = """
import asyncio, sys
from pathlib import Path
from klapper.errors import InsufficientCredits
from tests.unit.ledger.books import Books

async def main():
    async with Books.open(Path(sys.argv[1])) as books:
        print("ready", flush=True)
        sys.stdin.readline()
        for n in range(20):
            try:
                await books.reserve(f"other{n}", "ann", 10, 0)
            except InsufficientCredits:
                pass

asyncio.run(main())
"""
ROOT = Path(__file__).parents[3]


async def held(books: Books, job_id: str, units: int = 0) -> bool:
    try:
        await books.reserve(job_id, "ann", 10, units)
    except InsufficientCredits:
        return False
    return True


async def test_of_fifty_parallel_holds_with_credit_for_ten_exactly_ten_are_made(books: Books) -> None:
    made = await asyncio.gather(*(held(books, f"j{n}") for n in range(50)))
    assert sum(made) == 10
    audit = await books.audit()
    assert (audit.violations, audit.reservations, audit.held_credits) == ((), 10, 100)


async def test_of_fifty_parallel_holds_a_budget_for_ten_lets_ten_through(books: Books) -> None:
    books.terms = Terms(allowance=10_000, bot_budget=70)
    made = await asyncio.gather(*(held(books, f"j{n}", units=7) for n in range(50)))
    assert sum(made) == 10
    audit = await books.audit()
    assert (audit.violations, audit.held_credits, audit.held_units) == ((), 100, 70)


async def test_a_thousand_members_a_hundred_at_a_time_never_take_more_than_their_guild_has(books: Books) -> None:
    covered, units = 137, 84
    books.terms = Terms(allowance=10_000, guild_budget=covered * units + units - 1)
    at_once = asyncio.Semaphore(100)

    async def hold(user_id: int) -> None:
        async with at_once, books.database.write() as tx:
            ref = await books.ledger.member(tx, GUILD, user_id, books.now_ms)
            funding, job_id = Funding(ref, books.allowance(ref), books.budgets()), f"j{user_id}"
            await books.ledger.reserve(tx, job_id, funding, credits=units, budget_units=units, now_ms=books.now_ms)

    async def asks(user_id: int) -> int | None:
        try:
            await hold(user_id)
        except InsufficientCredits as short:
            return short.available
        return None

    made = await asyncio.gather(*(asks(user_id) for user_id in range(1, 1_001)))
    assert made.count(None) == covered
    assert {left for left in made if left is not None} == {units - 1}  # nobody was refused too early
    left = await books.guild_left()
    assert (left.available, left.held) == (units - 1, covered * units)
    totals = await books.rows(
        "SELECT COUNT(*), SUM(amount) FROM transfers WHERE kind = 'reserve' AND ledger = 'budget'"
    )
    assert totals == [(covered, covered * units)]


async def test_of_parallel_gifts_and_revocations_no_more_is_taken_than_there_was(books: Books) -> None:
    await books.grant("ann", 50, "prize")

    async def moved(work: Awaitable[bool]) -> bool:
        try:
            return await work
        except InsufficientCredits:
            return False

    gifts = (moved(books.give("ann", "bob", 10, f"g{n}")) for n in range(10))
    revocations = (moved(books.revoke("ann", 10, "bonus", f"r{n}")) for n in range(10))
    assert sum(await asyncio.gather(*gifts, *revocations)) == 5
    assert ((await books.balance("ann")).bonus, (await books.audit()).violations) == (0, ())


async def test_of_parallel_resolutions_of_one_hold_exactly_one_happens(books: Books) -> None:
    await books.reserve("j1", "ann", 10, 0)
    resolutions = [books.settle("j1"), books.release("j1"), books.settle("j1"), books.release("j1", "abandoned")]
    outcomes = await asyncio.gather(*resolutions, return_exceptions=True)
    assert [outcome is None for outcome in outcomes].count(True) == 1
    assert (await books.audit()).violations == ()


async def test_of_parallel_refunds_exactly_one_happens(books: Books) -> None:
    await books.reserve("j1", "ann", 10, 0)
    await books.settle("j1")
    assert sorted(await asyncio.gather(*(books.refund("j1") for _ in range(10)))) == [False] * 9 + [True]
    assert (await books.balance("ann")).available == 100


async def test_two_processes_share_the_credit_for_ten(books: Books, tmp_path: Path) -> None:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-c", OTHER, str(tmp_path / "klapper.db")]
    other = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=ROOT)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"ready\n"
    ending = asyncio.create_task(other.communicate(b"go\n"))
    await asyncio.gather(*(held(books, f"mine{n}") for n in range(20)))
    await ending
    assert other.returncode == 0
    audit = await books.audit()
    assert (audit.violations, audit.reservations, audit.held_credits) == ((), 10, 100)
