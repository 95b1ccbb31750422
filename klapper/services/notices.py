"""What somebody is told of their credits: a manager moved them, or a member gave some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from klapper.moderation.audit import Action

Purse = Literal["bonus", "allowance"]


@dataclass(frozen=True, slots=True)
class Notice:
    """entry_id: of the audit, which no other notice has. user_id: who is told. by: who gave; None where forgotten.

    job_id: of a refund. words: why, as the manager wrote it.
    """

    entry_id: int
    user_id: int
    guild_id: int
    action: Action
    amount: int
    purse: Purse
    by: int | None
    job_id: str | None
    words: str
    at_ms: int


def written(amount: int, purse: Purse) -> str:
    """How much, and of what, as the detail of an entry of the audit has it: `50`, `50 allowance`."""
    return str(amount) if purse == "bonus" else f"{amount} {purse}"


def read(detail: str) -> tuple[int, Purse]:
    """The same read back."""
    amount, _, purse = detail.partition(" ")
    return int(amount), "allowance" if purse == "allowance" else "bonus"
