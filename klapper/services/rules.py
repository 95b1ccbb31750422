"""What a guild's members may do and who pays for it. One set of rules for all, from the operator's settings."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.ledger.periods import PeriodLength, period_of
from klapper.ledger.records import (
    BOT_BUDGET,
    Funding,
    PeriodicGrant,
    allowance_account,
    guild_budget_account,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Limits and allowances. 0 means unlimited, except for default_allowance (nothing), undo_s (none) and
    confirm_above (nobody is asked). keep_days: how long clips and unused pictures are kept.

    Credits are whole credits, budgets are budget units (cents of list price).
    """

    period: PeriodLength
    time_zone: str
    default_allowance: int
    bot_budget_per_day: int
    guild_budget: int
    running_per_member: int
    waiting_per_member: int
    running_per_guild: int
    largest_job: int
    undo_s: int
    confirm_above: int = 0
    keep_days: int = 7
    blocked_terms: int = 0
    guilds: frozenset[int] = frozenset()  # empty: every guild

    def allowance(self, member_ref: int, now_ms: int) -> PeriodicGrant:
        """What a member gets for the period that contains now. Member 0 stands for somebody never seen."""
        period = period_of(now_ms, self.period, self.time_zone)
        return PeriodicGrant(allowance_account(member_ref), self.default_allowance, period, member_ref=member_ref)

    def budgets(self, guild_id: int, now_ms: int) -> tuple[PeriodicGrant, ...]:
        """The limited budgets that a job of this guild must fit in."""
        limited = []
        if self.guild_budget:
            period = period_of(now_ms, self.period, self.time_zone)
            limited.append(PeriodicGrant(guild_budget_account(guild_id), self.guild_budget, period, guild_id=guild_id))
        if self.bot_budget_per_day:
            today = period_of(now_ms, "day", self.time_zone)
            limited.append(PeriodicGrant(BOT_BUDGET, self.bot_budget_per_day, today))
        return tuple(limited)

    def funding(self, member_ref: int, guild_id: int, now_ms: int) -> Funding:
        """Who pays for a member's job."""
        return Funding(member_ref, self.allowance(member_ref, now_ms), self.budgets(guild_id, now_ms))
