"""Every kind of wrong book is found, named and described; a right one is left in peace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from klapper.database.queries import load_queries
from klapper.ledger.audit import ROWS_PER_RULE, SENTENCES, Audit, Violation
from tests.unit.ledger.books import Books, Terms
from tests.unit.ledger.scenario import Scenario

STORY = """
    at                operation                            result  allowance  bonus  held  guild  bot
    2024-01-01 09:00  set guild 400                        ok      100        0      0     400    -
    2024-01-01 09:00  set bot 500                          ok      100        0      0     400    500
    2024-01-01 09:00  grant ann 50 prize                   yes     100        50     0     400    500
    2024-01-01 10:00  reserve held ann 10 credits 7 units  ok      90         50     10    393    493
    2024-01-01 10:00  reserve paid ann 99 credits 9 units  ok      0          41     109   384    484
    2024-01-01 10:00  settle paid                          ok      0          41     10    384    484
    2024-01-01 10:00  reserve back ann 3 credits 2 units   ok      0          38     13    382    482
    2024-01-01 10:00  settle back                          ok      0          38     10    382    482
    2024-01-01 10:00  refund back                          yes     0          41     10    382    482
    2024-01-01 10:00  reserve gone bob 20 credits 5 units  ok      80         0      20    377    477
    2024-01-01 10:00  reserve late bob 30 credits 6 units  ok      50         0      50    371    471
    2024-01-02 10:00  release gone                         ok      70         0      30    376    500
    2024-01-02 10:00  abandon late                         ok      100        0      0     382    500
    2024-01-02 10:30  give ann bob 1 gift                  yes     0          40     10    382    500
    2024-01-02 11:00  late clip late                       ok      100        1      0     382    500
    2024-01-02 11:00  reserve free bob 0 credits 0 units   ok      100        1      0     382    500
"""

LINE = """INSERT INTO transfers
    (transfer_id, ledger, kind, debit_account, credit_account, amount, actor, reason, job_id, at_ms)
VALUES ('planted', {values}, 'operator', 'test', {job}, 0)"""


def line(values: str, job: str = "NULL") -> str:
    return LINE.format(values=values, job=job)


# What is done to the right books -> the rules that must speak, and no other.
PLANTS: list[tuple[str, str, set[str]]] = [
    ("credits from nowhere", "UPDATE accounts SET credits_posted = credits_posted + 5 WHERE account_id = 'bonus:1'",
     {"account_totals", "ledger_sum"}),
    ("a forgotten charge", "UPDATE accounts SET debits_posted = debits_posted - 1 WHERE account_id = 'bonus:1'",
     {"account_totals", "ledger_sum"}),
    ("a hold that nobody counts", "UPDATE accounts SET debits_pending = 0 WHERE account_id = 'allowance:1'",
     {"account_totals"}),
    ("an account below zero", "UPDATE accounts SET debits_pending = 999 WHERE account_id = 'allowance:2'",
     {"account_totals", "account_available"}),
    ("a grant that is not counted", "UPDATE accounts SET granted_in_period = 0 WHERE account_id = 'allowance:1'",
     {"account_granted"}),
    ("a changed line", "UPDATE transfers SET amount = amount + 1 WHERE kind = 'grant' AND credit_account = 'bonus:1'",
     {"account_totals"}),
    ("a removed line", "DELETE FROM transfers WHERE transfer_id = 'grant:bonus:1:prize'",
     {"account_totals", "transfers_kept"}),
    ("the last line removed", "DELETE FROM transfers WHERE seq = (SELECT MAX(seq) FROM transfers)",
     {"account_totals", "account_granted", "transfers_kept"}),
    ("a line between ledgers", line("'credit', 'grant', 'issuer', 'bot_budget', 5"),
     {"transfer_ledger", "account_totals"}),
    ("a line of the wrong ledger", "UPDATE transfers SET ledger = 'budget' WHERE transfer_id = 'grant:bonus:1:prize'",
     {"transfer_ledger", "transfer_direction"}),
    ("a line to nobody", line("'credit', 'grant', 'issuer', 'bonus:99', 5"), {"transfer_ledger", "account_totals"}),
    ("a grant out of a member's pocket", line("'credit', 'grant', 'bonus:1', 'allowance:2', 5"),
     {"transfer_direction", "account_totals"}),
    ("a revocation out of a budget", line("'budget', 'revoke', 'bot_budget', 'budget_issuer', 5"),
     {"transfer_direction", "account_totals"}),
    ("a gift out of an allowance", line("'credit', 'give', 'allowance:2', 'bonus:1', 5"),
     {"transfer_direction", "account_totals"}),
    ("a gift to another guild", "UPDATE members SET guild_id = 43 WHERE member_ref = 2", {"transfer_direction"}),
    ("a refund out of a budget", line("'budget', 'refund', 'budget_spent', 'bot_budget', 5", "'paid'"),
     {"transfer_direction", "account_totals", "refund"}),
    ("a charge that no leg holds", line("'credit', 'settle', 'bonus:1', 'spent', 5", "'paid'"),
     {"leg_transfers", "account_totals"}),
    ("a charge of no job", line("'credit', 'settle', 'bonus:1', 'spent', 5"), {"leg_transfers", "account_totals"}),
    ("a larger leg", "UPDATE reservation_legs SET amount = 90 WHERE job_id = 'held' AND account_id = 'allowance:1'",
     {"leg_transfers", "job_price"}),
    ("a missing leg", "DELETE FROM reservation_legs WHERE job_id = 'paid' AND account_id = 'bot_budget'",
     {"leg_transfers"}),
    ("a hold that is said to be charged", "UPDATE reservations SET status = 'settled', resolved_at_ms = 1 "
     "WHERE job_id = 'held'", {"leg_transfers", "job_status"}),
    ("a released hold that is said to be charged", "UPDATE reservations SET status = 'settled' WHERE job_id = 'gone'",
     {"leg_transfers", "job_status", "late_release"}),
    ("a refund of a released hold", line("'credit', 'refund', 'spent', 'allowance:2', 20", "'gone'"),
     {"refund", "account_totals"}),
    ("a second refund", line("'credit', 'refund', 'spent', 'bonus:1', 3", "'back'"), {"refund", "account_totals"}),
    ("half a refund", line("'credit', 'refund', 'spent', 'allowance:1', 90", "'paid'"), {"refund", "account_totals"}),
    ("an expiry that takes too much", line("'budget', 'expire', 'guild_budget:42', 'budget_issuer', 1", "'gone'"),
     {"late_release", "account_totals"}),
    ("a write-off that is too small", "UPDATE transfers SET amount = 1 WHERE credit_account = 'written_off'",
     {"write_off", "account_totals"}),
    ("a write-off of a paid job", line("'credit', 'write_off', 'issuer', 'written_off', 99", "'paid'"),
     {"write_off", "account_totals"}),
    ("a hold with a time of resolution", "UPDATE reservations SET resolved_at_ms = 5 WHERE job_id = 'held'",
     {"reservation_time"}),
    ("a charge without a time of resolution", "UPDATE reservations SET resolved_at_ms = NULL WHERE job_id = 'paid'",
     {"reservation_time"}),
    ("a job without a reservation", "DELETE FROM reservations WHERE job_id = 'free'", {"job_reservation"}),
    ("a reservation without a job", "DELETE FROM jobs WHERE job_id = 'held'", {"reservation_job"}),
    ("legs without a reservation", "DELETE FROM reservations WHERE job_id = 'held'",
     {"job_reservation", "reservation_job"}),
    ("a failed job that still holds", "UPDATE jobs SET status = 'failed' WHERE job_id = 'held'", {"job_status"}),
    ("a running job that was paid", "UPDATE jobs SET status = 'processing', request_id = 'r' WHERE job_id = 'paid'",
     {"job_status"}),
    ("a clip that nobody paid for", "UPDATE jobs SET status = 'succeeded' WHERE job_id = 'gone'",
     {"job_status", "write_off"}),
    ("another price", "UPDATE jobs SET price_credits = 98 WHERE job_id = 'paid'", {"job_price"}),
    ("another cost", "UPDATE jobs SET budget_units = 8 WHERE job_id = 'paid'", {"job_price"}),
    ("a job of somebody else", "UPDATE jobs SET member_ref = 2 WHERE job_id = 'held'", {"leg_owner"}),
    ("a job of another guild", "UPDATE jobs SET guild_id = 43 WHERE job_id = 'held'", {"leg_owner"}),
]  # fmt: skip


async def tell_story(books: Books) -> None:
    await Scenario(books).check(STORY)


def plant(path: Path, sql: str) -> None:
    """Do what the schema refuses."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"""
            PRAGMA foreign_keys = OFF;
            PRAGMA ignore_check_constraints = ON;
            DROP TRIGGER transfers_stay;
            DROP TRIGGER transfers_are_kept;
            {sql};
        """)


@pytest.mark.parametrize(("sql", "rules"), [pytest.param(sql, rules, id=name) for name, sql, rules in PLANTS])
async def test_a_planted_error_is_named(books: Books, tmp_path: Path, sql: str, rules: set[str]) -> None:
    await tell_story(books)
    plant(tmp_path / "klapper.db", sql)
    audit = await books.audit()
    assert {violation.rule for violation in audit.violations} == rules
    assert not audit.adds_up


def test_every_rule_has_a_planted_error_and_every_query_a_rule() -> None:
    assert set().union(*(rules for *_, rules in PLANTS)) == {query.removeprefix("audit_") for query in SENTENCES}
    queries = {name for name in load_queries("klapper.ledger").names() if name.startswith("audit_")}
    assert queries == {*SENTENCES, "audit_summary"}


async def test_right_books_are_summed_up(books: Books) -> None:
    await tell_story(books)
    assert await books.audit() == Audit(
        violations=(),
        accounts=11,  # 5 of the system, 2 of ann, 2 of bob, 2 budgets
        transfers=42,
        reservations=6,
        held_credits=10,
        held_units=14,  # on two budgets
        spent_credits=99,
        spent_units=2 * (9 + 2) + 6,
        written_off_credits=30,
    )


@pytest.mark.parametrize(
    ("sql", "where", "sentence"),
    [
        (
            "UPDATE accounts SET credits_posted = 1 WHERE account_id = 'bonus:1'",
            "account bonus:1",
            "It says 1 in, 13 out and 0 held, but its transfers add up to 53 in, 13 out and 0 held.",
        ),
        (
            "UPDATE jobs SET status = 'failed' WHERE job_id = 'held'",
            "job held",
            "It is failed, but its reservation is held.",
        ),
        ("DELETE FROM reservations WHERE job_id = 'free'", "job free", "It is waiting and has no reservation."),
        (
            "DELETE FROM jobs WHERE job_id = 'held'",
            "job held",
            "Something is held for it, but there is no such job.",
        ),
        (
            "UPDATE jobs SET budget_units = 8 WHERE job_id = 'paid'",
            "job paid",
            "Its price is 99 credits and 8 budget units, but its legs are 99 credits and 9 and 9 on the budgets.",
        ),
        (
            "UPDATE reservations SET resolved_at_ms = NULL WHERE job_id = 'paid'",
            "job paid",
            "Its reservation is settled, but its time of resolution is missing.",
        ),
    ],
)
async def test_a_violation_says_where_and_what(
    books: Books, tmp_path: Path, sql: str, where: str, sentence: str
) -> None:
    await tell_story(books)
    plant(tmp_path / "klapper.db", sql)
    found = [(violation.where, violation.sentence) for violation in (await books.audit()).violations]
    assert (where, sentence) in found


async def test_a_late_clip_needs_an_abandoned_job(books: Books, tmp_path: Path) -> None:
    await tell_story(books)
    plant(tmp_path / "klapper.db", "DELETE FROM job_events WHERE job_id = 'late' AND to_status = 'abandoned'")
    assert (await books.audit()).violations == (
        Violation("job_status", "job late", "It is succeeded, but its reservation is released."),
    )


async def test_broken_books_are_reported_up_to_a_limit(books: Books, tmp_path: Path) -> None:
    books.terms = Terms(allowance=10_000)
    for n in range(ROWS_PER_RULE + 5):
        await books.reserve(f"j{n}", "ann", 1, 0)
    plant(tmp_path / "klapper.db", "DELETE FROM reservations; DELETE FROM reservation_legs")
    rules = [violation.rule for violation in (await books.audit()).violations]
    assert rules.count("job_reservation") == ROWS_PER_RULE


async def test_an_empty_database_adds_up(books: Books) -> None:
    audit = await books.audit()
    assert (audit.violations, audit.accounts, audit.transfers) == ((), 5, 0)
