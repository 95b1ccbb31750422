"""What the books are made of. Amounts are integers: credits in the credit ledger, budget units in the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from klapper.ledger.periods import Period

CREDIT = "credit"
BUDGET = "budget"

ISSUER = "issuer"
SPENT = "spent"
WRITTEN_OFF = "written_off"
BUDGET_ISSUER = "budget_issuer"
BUDGET_SPENT = "budget_spent"
BOT_BUDGET = "bot_budget"

KLAPPER = "klapper"  # the actor of what no person did


def allowance_account(member_ref: int) -> str:
    return f"allowance:{member_ref}"


def bonus_account(member_ref: int) -> str:
    return f"bonus:{member_ref}"


def guild_budget_account(guild_id: int) -> str:
    return f"guild_budget:{guild_id}"


def member_actor(member_ref: int) -> str:
    """A person in the books: a reference, never a name or a Discord id."""
    return f"member:{member_ref}"


def member_of_actor(actor: str) -> int | None:
    """The member that an actor is, None for Klapper and for operators."""
    kind, _, ref = actor.partition(":")
    return int(ref) if kind == "member" and ref.isdecimal() else None


def operator_actor(login: str) -> str:
    """Who ran a command of bot.py, by the name of their account on that computer."""
    return f"operator:{login}"


class Kind(StrEnum):
    """Why something moved."""

    GRANT = "grant"  # issuer -> account
    REVOKE = "revoke"  # account -> issuer, by a manager
    GIVE = "give"  # from one member's bonus to another's
    RESERVE = "reserve"  # held on the account for a job
    SETTLE = "settle"  # the hold becomes a charge
    RELEASE = "release"  # the hold ends, nothing was charged
    REFUND = "refund"  # a charge goes back, once per job
    EXPIRE = "expire"  # what was left of a period
    WRITE_OFF = "write_off"  # a late clip that nobody is charged for


class ReservationStatus(StrEnum):
    HELD = "held"
    SETTLED = "settled"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One line of the books. `transfer_id` says what it is for, so that it cannot be written twice."""

    transfer_id: str
    ledger: str
    kind: Kind
    debit_account: str
    credit_account: str
    amount: int
    actor: str
    reason: str
    job_id: str | None
    at_ms: int
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """What a member sees of the books: transfers of one kind for one job are one movement, whatever accounts it has.

    change: of what the member has available. left: what they had available afterwards; None where nobody asked.
    """

    kind: Kind
    amount: int
    reason: str
    job_id: str | None
    at_ms: int
    change: int = 0
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A transfer as it changed one account of a member.

    account: `allowance` or `bonus`. change: of what is available; held: of what is held for jobs.
    """

    seq: int
    kind: Kind
    account: str
    change: int
    held: int
    reason: str
    job_id: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a reservation: `amount` held on one account in one of its periods."""

    account_id: str
    amount: int
    period_start_ms: int

    @property
    def ledger(self) -> str:
        return BUDGET if self.account_id == BOT_BUDGET or self.account_id.startswith("guild_budget:") else CREDIT

    @property
    def spent_account(self) -> str:
        return BUDGET_SPENT if self.ledger == BUDGET else SPENT

    @property
    def issuer(self) -> str:
        return BUDGET_ISSUER if self.ledger == BUDGET else ISSUER


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a job holds or held, in 0 to 4 legs."""

    job_id: str
    status: ReservationStatus
    legs: tuple[Leg, ...]
    refunded: bool = False


@dataclass(frozen=True, slots=True)
class PeriodicGrant:
    """An account that is filled anew each period: `amount` for `period`, the one that contains now."""

    account_id: str
    amount: int
    period: Period
    member_ref: int | None = None
    guild_id: int | None = None


@dataclass(frozen=True, slots=True)
class Funding:
    """Who pays for a job: the member's allowance and bonus, and the budgets that have a limit."""

    member_ref: int
    allowance: PeriodicGrant
    budgets: tuple[PeriodicGrant, ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """A member's credits now, the period's rollover computed in."""

    allowance: int
    bonus: int
    held: int
    granted_in_period: int
    resets_at_ms: int

    @property
    def available(self) -> int:
        return self.allowance + self.bonus


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """What is left of a limited budget in its current period, in budget units."""

    account_id: str
    limit: int
    available: int
    held: int
    resets_at_ms: int
