"""What counts for a member where nobody has set anything: 500 a week, two running, five waiting."""

from __future__ import annotations

from typing import Any

from klapper.ledger.periods import Rhythm
from klapper.quotas.quota import Budgets, GuildQuota, Limits, MemberQuota, Operator, member_quota

WEEK = Rhythm("week", "UTC")
OPERATOR = Operator(
    rhythm=WEEK,
    allowance=500,
    limits=Limits(running_per_member=2, waiting_per_member=5),
    budgets=Budgets(guild=0, bot=0, guild_rhythm=WEEK, bot_rhythm=Rhythm("day", "UTC")),
)
GUILD_ID = 42


def quota_of(guild: GuildQuota | None = None, operator: Operator = OPERATOR, **who: Any) -> MemberQuota:
    """As `member_quota` has it, in guild 42. who: own, role_ids, channel_ids."""
    return member_quota(GUILD_ID, guild or GuildQuota(), operator, **who)
