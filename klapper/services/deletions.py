"""What Discord has deleted goes out of a guild's rules: channels and roles that nobody could choose any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.ledger.records import KLAPPER
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.cases import CaseStore
from klapper.moderation.rule_store import RuleStore
from klapper.moderation.rules import ChannelRule, GuildRules, Level, RoleRule
from klapper.quotas.quota import GuildQuota, RoleQuota
from klapper.quotas.store import QuotaStore
from klapper.services import quota_changes
from klapper.services.recalling import Ground, Places, Recalling


@dataclass(frozen=True, slots=True)
class Deleted:
    """Channels (categories and threads too) and roles by their ids, with their names; '' for an unknown one."""

    channels: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)


class Deletions:
    """Keeps:

    - a deleted channel or role has no rule, and each that had one is a line of the audit;
    - an open case has no card in a deleted channel;
    - the channels for cases and for the audit stay as they were chosen, so that a manager is told of them and what
      waits to be told goes to the next one.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        store: RuleStore,
        quotas: QuotaStore,
        cases: CaseStore,
        audit: AuditLog,
        recalling: Recalling,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._quotas = quotas
        self._cases = cases
        self._audit = audit
        self._recalling = recalling

    async def named(self, guild_id: int) -> Deleted:
        """What would have to be forgotten if it were deleted."""
        async with self._database.read() as tx:
            rules, quota = await self._store.of(tx, guild_id), await self._quota(tx, guild_id)
            channels = rules.channels.keys() | quota.channels.keys()
            channels |= await self._cases.channels_of_cards(tx, guild_id)
        roles = (rules.roles.keys() | quota.roles.keys()) - {guild_id}  # the guild's own id stands for everybody
        return Deleted(dict.fromkeys(sorted(channels), ""), dict.fromkeys(sorted(roles), ""))

    async def forget(self, guild_id: int, deleted: Deleted, before: Places, after: Places) -> None:
        """Take it out of the rules. before, after: the guild's channels; what is stricter without it is recalled."""
        async with self._database.write() as tx:
            old = await self._store.of(tx, guild_id)
            for channel_id in deleted.channels:
                await self._cases.forget_cards_in(tx, guild_id, channel_id)
            await self._forget_channels(tx, guild_id, old, deleted.channels)
            await self._forget_roles(tx, guild_id, old, deleted.roles)
            await self._forget_quotas(tx, guild_id, deleted)
            new = await self._store.of(tx, guild_id)
            if new == old:
                return
            recalled = await self._recalling.recall(tx, guild_id, Ground(old, before), Ground(new, after), by=KLAPPER)
        self._recalling.announce(recalled)

    async def _forget_channels(self, tx: Writer, guild_id: int, rules: GuildRules, names: Mapping[int, str]) -> None:
        for channel_id in names.keys() & rules.channels.keys():
            await self._store.set_channel(tx, guild_id, channel_id, ChannelRule())
            was = ", ".join(_of_channel(rules.channels[channel_id]))
            await self._tell(tx, guild_id, f"channel {names[channel_id] or channel_id} ({was})")

    async def _forget_roles(self, tx: Writer, guild_id: int, rules: GuildRules, names: Mapping[int, str]) -> None:
        for role_id in names.keys() & rules.roles.keys():
            await self._store.set_role(tx, guild_id, role_id, RoleRule())
            was = ", ".join(_of_role(rules.roles[role_id]))
            await self._tell(tx, guild_id, f"role {names[role_id] or role_id} ({was})")

    async def _forget_quotas(self, tx: Writer, guild_id: int, deleted: Deleted) -> None:
        quota = await self._quota(tx, guild_id)
        for channel_id in deleted.channels.keys() & quota.channels.keys():
            await self._quotas.set_channel(tx, guild_id, channel_id, None)
            name, percent = deleted.channels[channel_id] or channel_id, quota.channels[channel_id]
            await self._tell(tx, guild_id, f"channel {name} ({percent} % of the price)")
        for role_id in deleted.roles.keys() & quota.roles.keys():
            await self._quotas.set_role(tx, guild_id, role_id, RoleQuota())
            was = quota_changes.of_role(quota.roles[role_id])
            await self._tell(tx, guild_id, f"role {deleted.roles[role_id] or role_id} ({was})")

    async def _quota(self, tx: Reader, guild_id: int) -> GuildQuota:
        return (await self._quotas.of(tx, guild_id)).guild

    async def _tell(self, tx: Writer, guild_id: int, detail: str) -> None:
        now_ms, action = self._clock.now_ms(), Action.DELETED_FORGOTTEN
        await self._audit.add(tx, Entry(guild_id=guild_id, at_ms=now_ms, actor=KLAPPER, action=action, detail=detail))


def _of_channel(rule: ChannelRule) -> Iterator[str]:
    if rule.mode is not None:
        yield rule.mode
    if rule.level is not Level.GENERAL:
        yield rule.level
    if rule.spoiler:
        yield "spoiler"


def _of_role(rule: RoleRule) -> Iterator[str]:
    if rule.mode is not None:
        yield rule.mode
    said = {"trusted": rule.is_trusted, "reviewers": rule.reviews, "spoiler": rule.spoiler}
    yield from (what for what, is_said in said.items() if is_said)
