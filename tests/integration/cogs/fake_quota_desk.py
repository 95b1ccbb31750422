"""A guild whose quota rules are in memory, and whose members are nobody."""

from __future__ import annotations

from dataclasses import replace

from klapper.ledger.periods import Rhythm
from klapper.quotas.quota import Giving, GuildQuota, Limits, Newcomers, RoleQuota
from klapper.services.quota_desk import QuotaRules
from tests.quotas import OPERATOR, quota_of


class FakeQuotaDesk:
    """Every guild has the same."""

    def __init__(self) -> None:
        self.guild = GuildQuota()
        self.own: dict[int, int] = {}

    async def of(self, guild_id: int) -> QuotaRules:
        return QuotaRules(self.guild, OPERATOR, quota_of(self.guild), members=self.own)

    async def own_allowance(self, guild_id: int, user_id: int) -> int | None:
        return self.own.get(user_id)

    async def set_role(
        self, guild_id: int, user_id: int, role_id: int, quota: RoleQuota, *, seen: int | None
    ) -> QuotaRules:
        return await self._set(roles={**self.guild.roles, role_id: quota})

    async def set_member(
        self, guild_id: int, user_id: int, member_id: int, allowance: int | None, *, seen: int | None
    ) -> QuotaRules:
        self.own.pop(member_id, None)
        if allowance is not None:
            self.own[member_id] = allowance
        return await self.of(guild_id)

    async def set_rhythm(self, guild_id: int, user_id: int, rhythm: Rhythm | None, *, seen: int | None) -> QuotaRules:
        return await self._set(rhythm=rhythm)

    async def set_limits(self, guild_id: int, user_id: int, limits: Limits, *, seen: int | None) -> QuotaRules:
        return await self._set(limits=limits)

    async def set_newcomers(self, guild_id: int, user_id: int, newcomers: Newcomers, *, seen: int | None) -> QuotaRules:
        return await self._set(newcomers=newcomers)

    async def set_giving(self, guild_id: int, user_id: int, giving: Giving, *, seen: int | None) -> QuotaRules:
        return await self._set(giving=giving)

    async def set_channel(
        self, guild_id: int, user_id: int, channel_id: int, percent: int, *, seen: int | None
    ) -> QuotaRules:
        return await self._set(channels={**self.guild.channels, channel_id: percent})

    async def _set(self, **changes: object) -> QuotaRules:
        self.guild = replace(self.guild, **changes)  # type: ignore[arg-type]
        return await self.of(0)
