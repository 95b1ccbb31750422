"""Do the books add up? Every rule is a query that finds what breaks it, and a sentence for each find.

`python bot.py ledger` prints the result; docs/ledger.md says how to read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from klapper.database.database import Reader, Row
from klapper.database.queries import load_queries

ROWS_PER_RULE = 100  # a broken book breaks everywhere; the first hundred places say enough

# Query -> what its rows say. The rule's name is the query's without `audit_`.
SENTENCES: Mapping[str, str] = {
    "audit_account_totals": "It says {credits_posted} in, {debits_posted} out and {debits_pending} held, "
    "but its transfers add up to {credits} in, {debits} out and {pending} held.",
    "audit_account_available": "It has {available} available, which is less than nothing.",
    "audit_account_granted": "It counts {granted_in_period} granted in its period, but the grants of that period "
    "add up to {granted}.",
    "audit_ledger_sum": "{debits} went out of its accounts and {credits} came in; both must be equal.",
    "audit_transfers_kept": "{numbered} were written, but {kept} are there, numbered {first} to {last}.",
    "audit_transfer_ledger": "It belongs to the {ledger} ledger, but {debit_account} is in the {debit_ledger} ledger "
    "and {credit_account} in the {credit_ledger} ledger.",
    "audit_transfer_direction": "A {kind} never goes from {debit_account} to {credit_account}.",
    "audit_leg_transfers": "On {account_id}, the {kind} transfers add up to {booked} where the reservation says {due}.",
    "audit_refund": "{booked} went back to {account_id} where {due} was charged and refundable.",
    "audit_late_release": "{booked} of {account_id} expired with this job, where its released leg is {due}.",
    "audit_write_off": "{booked} is written off in the {ledger} ledger, where a late clip of this job makes it {due}.",
    "audit_reservation_time": "Its reservation is {status}, but its time of resolution is {resolved}.",
    "audit_job_reservation": "It is {status} and has no reservation.",
    "audit_reservation_job": "Something is held for it, but there is no such {missing}.",
    "audit_job_status": "It is {job_status}, but its reservation is {hold_status}.",
    "audit_job_price": "Its price is {price_credits} credits and {budget_units} budget units, but its legs are "
    "{credits} credits and {units} on the budgets.",
    "audit_leg_owner": "It holds on {account_id}, but belongs to member {member_ref} of guild {guild_id}.",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken, where, and in one sentence how."""

    rule: str
    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The state of the books in one snapshot. Credits of members, units (cents of list price) of budgets.

    spent_credits: charged and not refunded. spent_units: of limited budgets, late clips included.
    """

    violations: tuple[Violation, ...]
    accounts: int
    transfers: int
    reservations: int
    held_credits: int
    held_units: int
    spent_credits: int
    spent_units: int
    written_off_credits: int

    @property
    def adds_up(self) -> bool:
        return not self.violations


async def audit(tx: Reader) -> Audit:
    """Check every rule in the reader's snapshot; at most ROWS_PER_RULE violations of each are reported."""
    queries = load_queries("klapper.ledger")
    violations: list[Violation] = []
    for query, sentence in SENTENCES.items():
        rows = await tx.all(queries[query], rows=ROWS_PER_RULE)
        violations += [_violation(query.removeprefix("audit_"), sentence, row) for row in rows]
    summary = await tx.one(queries["audit_summary"])
    assert summary is not None
    return Audit(tuple(violations), **_values(summary))


def _violation(rule: str, sentence: str, row: Row) -> Violation:
    return Violation(rule, row["place"], sentence.format_map(_values(row)))


def _values(row: Row) -> dict[str, int]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118  (sqlite3.Row iterates over values)
