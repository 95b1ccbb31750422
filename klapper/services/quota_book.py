"""What counts for a member who asks somewhere: the operator's settings and budgets, and what their guild set."""

from __future__ import annotations

from dataclasses import replace

from klapper.database.database import Reader
from klapper.ledger.records import (
    BOT_BUDGET,
    Funding,
    PeriodicGrant,
    allowance_account,
    guild_budget_account,
)
from klapper.moderation.rules import NOWHERE, Place
from klapper.quotas.quota import Budgets, MemberQuota, Operator, member_quota
from klapper.quotas.store import Decreed, QuotaStore

NOBODY = 0  # in the place of a member's reference: somebody never seen


class QuotaBook:
    """Reads. operator: of the settings; budgets that were set by hand win over it."""

    def __init__(self, *, operator: Operator, store: QuotaStore) -> None:
        self._operator = operator
        self._store = store

    @property
    def operator(self) -> Operator:
        """What the settings say."""
        return self._operator

    async def of(self, tx: Reader, guild_id: int, member_ref: int | None = None, place: Place = NOWHERE) -> MemberQuota:
        """What counts for a member in a place. member_ref: None for somebody never seen."""
        decreed = await self._store.of(tx, guild_id, member_ref)
        return member_quota(
            guild_id,
            decreed.guild,
            self._with_budgets(decreed),
            own=decreed.own,
            role_ids=place.role_ids,
            channel_ids=place.channel_ids,
        )

    def _with_budgets(self, decreed: Decreed) -> Operator:
        configured = self._operator.budgets
        budgets = Budgets(
            configured.guild if decreed.guild_budget is None else decreed.guild_budget,
            configured.bot if decreed.bot_budget is None else decreed.bot_budget,
            configured.guild_rhythm,
            configured.bot_rhythm,
        )
        return replace(self._operator, budgets=budgets)


def allowance_grant(quota: MemberQuota, member_ref: int | None, now_ms: int) -> PeriodicGrant:
    """What a member gets for the period that contains now."""
    ref = member_ref or NOBODY
    return PeriodicGrant(allowance_account(ref), quota.allowance.amount, quota.rhythm.period(now_ms), member_ref=ref)


def budget_grants(quota: MemberQuota, now_ms: int) -> tuple[PeriodicGrant, ...]:
    """The limited budgets that a job of this guild must fit in."""
    limited, budgets = [], quota.budgets
    if budgets.guild:
        account, period = guild_budget_account(quota.guild_id), budgets.guild_rhythm.period(now_ms)
        limited.append(PeriodicGrant(account, budgets.guild, period, guild_id=quota.guild_id))
    if budgets.bot:
        limited.append(PeriodicGrant(BOT_BUDGET, budgets.bot, budgets.bot_rhythm.period(now_ms)))
    return tuple(limited)


def funding_of(quota: MemberQuota, member_ref: int, now_ms: int) -> Funding:
    """Who pays for a member's job."""
    return Funding(member_ref, allowance_grant(quota, member_ref, now_ms), budget_grants(quota, now_ms))
