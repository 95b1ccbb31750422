"""docs/ledger.md is true: its example is recomputed, its names are those of the schema and the audit."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from klapper.ledger.audit import SENTENCES, Audit
from klapper.ledger.records import Kind
from tests.unit.ledger.books import Books
from tests.unit.ledger.scenario import Scenario

ROOT = Path(__file__).parents[3]
LINES = """SELECT seq, at_ms, kind, amount, debit_account, credit_account, COALESCE(job_id, '') AS job
FROM transfers ORDER BY seq"""
ACCOUNTS = """SELECT account_id, credits_posted, debits_posted, debits_pending,
    CASE WHEN is_system THEN '' ELSE credits_posted - debits_posted - debits_pending END AS available
FROM accounts ORDER BY is_system, account_id"""


def document() -> str:
    return (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")


def table(first: str, second: str) -> list[list[str]]:
    """The rows of the table with these two columns first, without marks of code."""
    lines = iter(document().splitlines())
    for line in lines:
        if line.startswith(f"| {first} | {second} |"):
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line[1:-1].split(" | ")])
    return rows


async def play(books: Books) -> list[list[str]]:
    """The example as the real ledger tells it."""
    scenario = Scenario(books)
    header = ["at", "operation", "result", "allowance", "bonus", "held", "guild", "bot"]
    return [await scenario.play(header, row[0], row[1]) for row in table("at", "operation")]


def written(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


async def test_the_steps_of_the_example_come_out_as_written(books: Books) -> None:
    steps = table("at", "operation")
    assert len(steps) == 22
    assert await play(books) == [row[:8] for row in steps]


async def test_the_lines_of_the_example_are_those_of_the_ledger(books: Books) -> None:
    await play(books)
    rows = [[str(seq), written(int(str(at))), *map(str, rest)] for seq, at, *rest in await books.rows(LINES)]
    assert rows == table("line", "at")


async def test_the_accounts_of_the_example_are_those_of_the_ledger(books: Books) -> None:
    await play(books)
    assert [list(map(str, row)) for row in await books.rows(ACCOUNTS)] == table("account", "in")


def test_every_rule_and_figure_of_the_audit_is_explained() -> None:
    rules = [name for row in table("rule", "what is compared") for name in row[0].split(", ")]
    assert rules == [query.removeprefix("audit_") for query in SENTENCES]
    figures = [name for row in table("figure", "meaning") for name in row[0].split(", ")]
    assert figures == [field.name for field in fields(Audit) if field.name != "violations"]


def test_every_kind_of_transfer_is_explained() -> None:
    assert [row[0] for row in table("kind", "from → to")] == [kind.value for kind in Kind]


def test_every_constraint_that_is_named_exists() -> None:
    schema = (ROOT / "klapper" / "database" / "schema.sql").read_text(encoding="utf-8")
    named = re.findall(r"`((?:account|transfer|transfers|leg|reservation)_[a-z_]+)`", document())
    known = {"reservation_legs", *(query.removeprefix("audit_") for query in SENTENCES)}
    assert {name for name in named if name not in known and name not in schema} == set()
    assert {"account_available", "transfer_once", "transfers_stay", "leg_positive"} <= set(named)
