"""The account behind the key: its money, and what the provider forbids it."""

from __future__ import annotations

from dataclasses import dataclass, field

MICRO = 1_000_000


@dataclass(slots=True)
class Account:
    """One workspace. Money is micro-dollars and changes by charges and by the driver only."""

    api_key: str
    balance_micro: int
    free_credits_micro: int = 0
    user_id: str = "0f9b6c1e-5d0e-4b0b-9a54-6d1f7f0c2a11"
    user_email: str = "operator@example.com"
    key_revoked: bool = False
    team_limit_reached: bool = False
    retired: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)

    def charge(self, amount_micro: int) -> int:
        """Take the price of a finished job; the balance afterwards. It may fall below zero: jobs run unreserved."""
        self.balance_micro -= amount_micro
        return self.balance_micro


def dollars(micro: int) -> float:
    """As Segmind writes money in JSON."""
    return micro / MICRO
