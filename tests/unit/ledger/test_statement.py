"""What moved for a member: running amounts, files and what a clip usually costs, after any history."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from klapper.errors import InsufficientCredits
from klapper.ledger.records import Line, Movement
from klapper.ledger.statement import Statement
from tests.unit.ledger.books import GUILD, USERS, Books

DAY_MS = 86_400_000
STATEMENT = Statement()


async def member(books: Books) -> int:
    async with books.database.read() as tx:
        ref = await books.ledger.find_member(tx, GUILD, USERS["ann"])
    assert ref is not None
    return ref


async def live(books: Books, seed: int, steps: int = 40) -> None:
    """Some weeks of ann's, and a little of bob's."""
    luck = random.Random(seed)
    await books.grant("ann", 300, "first")
    for step in range(steps):
        books.now_ms += luck.randrange(2 * DAY_MS)
        job, who = f"job{step}", luck.choice(("ann", "ann", "ann", "bob"))
        try:
            await books.reserve(job, who, luck.randrange(1, 90), 1)
        except InsufficientCredits:
            await books.grant(who, luck.randrange(1, 200), f"more{step}")
            continue
        if luck.random() < 0.6:
            await books.settle(job)
            if luck.random() < 0.2:
                await books.refund(job)
        elif luck.random() < 0.7:
            await books.release(job)
        await move(books, luck.choice(("give", "get", "revoke", "", "")), luck.randrange(1, 60), f"move{step}")
    await books.roll("ann")


async def move(books: Books, what: str, amount: int, key: str) -> None:
    """Something that people do with ann's credits, as far as she has them."""
    with suppress(InsufficientCredits):
        match what:
            case "give":
                await books.give("ann", "bob", amount, key)
            case "get":
                await books.give("bob", "ann", amount, key)
            case "revoke":
                await books.revoke("ann", amount, "allowance" if amount % 2 else "bonus", key)


@pytest.mark.parametrize("seed", range(3))
async def test_what_was_left_is_what_the_movements_add_up_to(books: Books, seed: int) -> None:
    await live(books, seed)
    ref, balance = await member(books), await books.balance("ann")
    async with books.database.read() as tx:
        whole = await STATEMENT.movements(tx, ref, skip=0, rows=1_000)
        paged: list[Movement] = []
        while page := await STATEMENT.movements(tx, ref, skip=len(paged), rows=7):
            paged += page
    assert paged == whole
    assert whole[0].left == balance.available
    running = 0
    for moved in reversed(whole):
        running += moved.change
        assert moved.left == running >= 0


@pytest.mark.parametrize("seed", range(3))
async def test_the_columns_of_a_file_add_up_to_the_balance(books: Books, seed: int) -> None:
    await live(books, seed)
    ref, balance = await member(books), await books.balance("ann")
    lines: list[Line] = []
    async with books.database.read() as tx:
        while page := await STATEMENT.lines(tx, ref, rows=9, **({"before_seq": lines[-1].seq} if lines else {})):
            lines += page
        since = await STATEMENT.lines(tx, ref, rows=1_000, since_ms=lines[10].at_ms)
    assert [line.seq for line in lines] == sorted({line.seq for line in lines}, reverse=True)
    sums = {name: sum(line.change for line in lines if line.account == name) for name in ("allowance", "bonus")}
    assert sums == {"allowance": balance.allowance, "bonus": balance.bonus}
    assert sum(line.held for line in lines) == balance.held
    assert since == [line for line in lines if line.at_ms >= lines[10].at_ms]


async def test_the_last_charges_are_whole_jobs_and_no_others(books: Books) -> None:
    await books.grant("ann", 1_000, "first")
    for number, credits in enumerate((90, 30, 20, 7)):
        await books.reserve(f"j{number}", "ann", credits, 0)  # the second takes from the allowance and the bonus
        await books.settle(f"j{number}")
    await books.reserve("held", "ann", 500, 0)
    await books.reserve("released", "ann", 400, 0)
    await books.release("released")
    await books.refund("j3")
    async with books.database.read() as tx:
        ref = await member(books)
        assert await STATEMENT.last_charges(tx, ref, 20) == [7, 20, 30, 90]
        assert await STATEMENT.last_charges(tx, ref, 2) == [7, 20]
