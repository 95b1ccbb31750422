"""What the schema itself refuses, whoever writes: the ledger's promises do not rest on its code alone."""

from __future__ import annotations

import pytest

from klapper.database.database import ConstraintViolated
from klapper.database.queries import load_queries
from klapper.errors import InsufficientCredits
from klapper.ledger.records import Kind
from klapper.ledger.statement import Statement
from tests.unit.ledger.books import GUILD, USERS, Books

TRANSFER = """INSERT INTO transfers
    (transfer_id, ledger, kind, debit_account, credit_account, amount, actor, reason, job_id, at_ms)
VALUES ({id}, {ledger}, {kind}, {debit}, {credit}, {amount}, 'klapper', 'test', NULL, 0)"""
FINE = {"id": "'t1'", "ledger": "'credit'", "kind": "'grant'", "debit": "'issuer'", "credit": "'spent'", "amount": "5"}


async def violated(books: Books, sql: str) -> str:
    """The constraint that refuses this statement."""

    async def run() -> None:
        async with books.database.write() as tx:
            await tx.execute(sql)

    with pytest.raises(ConstraintViolated) as refused:
        await run()
    return refused.value.constraint


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"amount": "0"}, "transfer_positive"),
        ({"amount": "-5"}, "transfer_positive"),
        ({"kind": "'gift'"}, "transfer_kind"),
        ({"ledger": "'silver'"}, "transfer_ledger"),
        ({"credit": "'issuer'"}, "transfer_between_two"),
        ({"credit": "'nobody'"}, "FOREIGN KEY constraint failed"),
        ({"debit": "'nobody'"}, "FOREIGN KEY constraint failed"),
        ({"amount": "2.5"}, "cannot store REAL value in INTEGER column transfers.amount"),
        ({"amount": "NULL"}, "transfers.amount"),
    ],
)
async def test_a_transfer_that_cannot_be_is_refused(books: Books, change: dict[str, str], constraint: str) -> None:
    assert await violated(books, TRANSFER.format(**{**FINE, **change})) == constraint


async def test_a_transfer_is_written_once(books: Books) -> None:
    async with books.database.write() as tx:
        await tx.execute(TRANSFER.format(**FINE))
    assert await violated(books, TRANSFER.format(**FINE)) == "transfers.transfer_id"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE transfers SET amount = 1",
        "DELETE FROM transfers",
        "REPLACE INTO transfers SELECT * FROM transfers",
        "INSERT INTO transfers SELECT * FROM transfers WHERE 1 ON CONFLICT DO UPDATE SET amount = 1",
    ],
)
async def test_transfers_are_append_only(books: Books, sql: str) -> None:
    await books.grant("ann", 50, "prize")
    before = await books.rows("SELECT * FROM transfers")
    assert await violated(books, sql) == "transfers are append-only"
    assert await books.rows("SELECT * FROM transfers") == before


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("debits_posted = credits_posted + 1", "account_available"),
        ("debits_pending = credits_posted + 1", "account_available"),
        ("credits_posted = -1", "account_credits"),
        ("debits_posted = -1", "account_debits"),
        ("debits_pending = -1", "account_pending"),
        ("is_system = 2", "account_system"),
        ("ledger = 'silver'", "account_ledger"),
    ],
)
async def test_an_account_that_cannot_be_is_refused(books: Books, change: str, constraint: str) -> None:
    await books.grant("ann", 50, "prize")
    assert await violated(books, f"UPDATE accounts SET {change} WHERE account_id LIKE 'bonus:%'") == constraint


async def test_a_system_account_may_give_more_than_it_has(books: Books) -> None:
    await books.grant("ann", 50, "prize")
    issuer = "SELECT credits_posted, debits_posted FROM accounts WHERE account_id = 'issuer'"
    assert await books.rows(issuer) == [(0, 50)]


async def test_a_leg_needs_its_reservation_and_its_account(books: Books) -> None:
    leg = "INSERT INTO reservation_legs VALUES ('j1', '{}', {}, 0)"
    assert await violated(books, leg.format("issuer", 5)) == "FOREIGN KEY constraint failed"
    await books.reserve("j1", "ann", 0, 0)
    assert await violated(books, leg.format("nobody", 5)) == "FOREIGN KEY constraint failed"
    assert await violated(books, leg.format("issuer", 0)) == "leg_positive"


async def test_a_job_needs_a_decision(books: Books) -> None:
    await books.reserve("j1", "ann", 5, 0)
    assert await violated(books, "UPDATE jobs SET decision_id = NULL") == "jobs.decision_id"
    assert await violated(books, "UPDATE jobs SET decision_id = 99") == "FOREIGN KEY constraint failed"


async def test_a_grant_of_nothing_is_refused(books: Books) -> None:
    for amount in (0, -5):
        with pytest.raises(ConstraintViolated, match="transfer_positive"):
            await books.grant("ann", amount, "nothing")
    assert (await books.audit()).transfers == 0


async def test_what_is_missing_is_said_in_numbers(books: Books) -> None:
    with pytest.raises(InsufficientCredits) as short:
        await books.reserve("j1", "ann", 101, 0)
    assert (short.value.available, short.value.needed) == (100, 101)
    assert short.value.account.startswith("allowance:")


async def test_a_member_is_one_per_guild_and_person(books: Books) -> None:
    async with books.database.write() as tx:
        refs = [
            await books.ledger.member(tx, guild, user, 0)
            for guild, user in ((GUILD, USERS["ann"]), (GUILD, USERS["bob"]), (7, USERS["ann"]), (GUILD, USERS["ann"]))
        ]
    assert len(set(refs)) == 3
    assert refs[0] == refs[3]


async def test_movements_are_newest_first_in_pages_and_of_this_member_only(books: Books) -> None:
    await books.grant("ann", 50, "prize")
    await books.grant("bob", 50, "prize")
    await books.reserve("j1", "ann", 120, 0)
    await books.settle("j1")
    async with books.database.read() as tx:
        ref = await books.ledger.find_member(tx, GUILD, USERS["ann"])
        assert ref is not None
        pages = [await Statement().movements(tx, ref, skip=skip, rows=2) for skip in (0, 2, 4)]
    seen = [(moved.kind, moved.amount, moved.job_id) for page in pages for moved in page]
    assert [len(page) for page in pages] == [2, 2, 0]
    assert seen == [
        (Kind.SETTLE, 120, "j1"),  # from the allowance and the bonus
        (Kind.RESERVE, 120, "j1"),
        (Kind.GRANT, 100, None),
        (Kind.GRANT, 50, None),
    ]


async def test_somebody_never_seen_has_the_whole_allowance_and_no_account(books: Books) -> None:
    balance = await books.balance("ann")
    assert (balance.available, balance.held, balance.granted_in_period) == (100, 0, 100)
    assert (await books.audit()).accounts == 5


async def test_what_was_given_today_is_found_by_an_index_of_gifts_alone(books: Books) -> None:
    """However much a member has moved: everything else on their account is not looked at."""
    sql = load_queries("klapper.ledger")["given_since"]
    [step] = [row[3] for row in await books.rows(f"EXPLAIN QUERY PLAN {sql}", account_id="bonus:1", since_ms=0)]
    assert step == "SEARCH transfers USING INDEX gifts_by_giver (debit_account=? AND at_ms>?)"
