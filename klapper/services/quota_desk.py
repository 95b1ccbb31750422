"""What a guild's managers set about credits and limits: each change is one transaction with its line of the audit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.errors import RequestRefused
from klapper.ledger.ledger import Ledger
from klapper.ledger.periods import Rhythm
from klapper.ledger.records import BudgetLeft, member_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.quotas.quota import (
    MOST_ALLOWANCE,
    MOST_DAYS,
    MOST_PERCENT,
    WHOLE,
    Giving,
    GuildQuota,
    Limits,
    MemberQuota,
    Newcomers,
    Operator,
    RoleQuota,
)
from klapper.quotas.store import QuotaStore
from klapper.services import quota_changes
from klapper.services.quota_book import QuotaBook, budget_grants

_RULES_CHANGED = (
    "The rules were changed since this form was opened, so nothing was set: choose again, and the form shows them as "
    "they are now."
)
MOST_MEMBERS = 10  # with an allowance of their own, by name


@dataclass(frozen=True, slots=True)
class QuotaRules:
    """Everything that is set in a guild, what the operator has set, and what counts for who has no role.

    members: allowances of their own by Discord id, the first few; more: of how many besides. budgets: what is left of
    the limited ones. changed: what the last change was, in the words of the audit; empty for none.
    """

    guild: GuildQuota
    operator: Operator
    everybody: MemberQuota
    budgets: tuple[BudgetLeft, ...] = ()
    members: Mapping[int, int] = field(default_factory=dict)
    more: int = 0
    changed: str = ""


Make = Callable[[Writer, GuildQuota], Awaitable[None]]  # writes nothing when there is nothing to change


class QuotaDesk:
    """Keeps:

    - what is set counts for every request that is decided afterwards;
    - nobody undoes in silence what somebody else set meanwhile: what was seen is compared in the writing transaction.

    user_id: who sets it, a manager. seen: the version of the rules that they saw, None where they saw none. Every
    method that sets raises RequestRefused (`rules_changed`; `bad_number` for a number that cannot be).
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        quotas: QuotaBook,
        store: QuotaStore,
        ledger: Ledger,
        audit: AuditLog,
    ) -> None:
        self._database = database
        self._clock = clock
        self._quotas = quotas
        self._store = store
        self._ledger = ledger
        self._audit = audit

    async def of(self, guild_id: int) -> QuotaRules:
        """All of it."""
        async with self._database.read() as tx:
            return await self._rules(tx, guild_id)

    async def own_allowance(self, guild_id: int, user_id: int) -> int | None:
        """What was set for exactly this member."""
        async with self._database.read() as tx:
            return await self._own(tx, guild_id, await self._ledger.find_member(tx, guild_id, user_id))

    async def set_role(
        self, guild_id: int, user_id: int, role_id: int, quota: RoleQuota, *, seen: int | None = None
    ) -> QuotaRules:
        """What the members of a role get and may make; the guild's own id: everybody."""
        if quota.allowance is not None:
            _check("credits", quota.allowance, MOST_ALLOWANCE)

        async def make(tx: Writer, guild: GuildQuota) -> None:
            if guild.roles.get(role_id, RoleQuota()) != quota:
                await self._store.set_role(tx, guild_id, role_id, quota)

        return await self._apply(guild_id, user_id, make, seen)

    async def set_member(
        self, guild_id: int, user_id: int, member_id: int, allowance: int | None, *, seen: int | None = None
    ) -> QuotaRules:
        """A member's own allowance, which wins over their roles; None: that of their roles. member_id: Discord's."""
        if allowance is not None:
            _check("credits", allowance, MOST_ALLOWANCE)
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            await self._as_seen(tx, guild_id, seen)
            member_ref = await self._ledger.meant(tx, guild_id, member_id, now_ms)
            if await self._own(tx, guild_id, member_ref) == allowance:
                return await self._rules(tx, guild_id)
            await self._store.set_member(tx, guild_id, member_ref, allowance)
            detail = quota_changes.of_member(allowance)
            change = Entry(
                guild_id=guild_id,
                at_ms=now_ms,
                actor=member_actor(await self._ledger.member(tx, guild_id, user_id, now_ms)),
                action=Action.ALLOWANCE_SET,
                member_ref=member_ref,
                detail=detail,
            )
            await self._audit.add(tx, change)
            return replace(await self._rules(tx, guild_id), changed=f"<@{member_id}>: {detail}")

    async def set_rhythm(
        self, guild_id: int, user_id: int, rhythm: Rhythm | None, *, seen: int | None = None
    ) -> QuotaRules:
        """How often allowances begin anew, from the end of the running period on; None: as the operator has it."""

        async def make(tx: Writer, guild: GuildQuota) -> None:
            if guild.rhythm != rhythm:
                await self._store.set_rhythm(tx, guild_id, rhythm)

        return await self._apply(guild_id, user_id, make, seen)

    async def set_limits(self, guild_id: int, user_id: int, limits: Limits, *, seen: int | None = None) -> QuotaRules:
        """The guild's own, which can only be lower than the operator's. 0: none of its own."""
        caps = dict(quota_changes.limits(self._quotas.operator.limits))
        for name, number in quota_changes.limits(limits):
            if caps[name] and number > caps[name]:
                sentence = f"{_capital(name)}: at most {caps[name]:,}, as the operator has it."
                raise RequestRefused("above_the_operator", sentence)
            _check(name, number, MOST_ALLOWANCE)

        async def make(tx: Writer, guild: GuildQuota) -> None:
            if guild.limits != limits:
                await self._store.set_limits(tx, guild_id, limits)

        return await self._apply(guild_id, user_id, make, seen)

    async def set_newcomers(
        self, guild_id: int, user_id: int, newcomers: Newcomers, *, seen: int | None = None
    ) -> QuotaRules:
        """Who is too new to ask."""
        _check("days of an account", newcomers.account_days, MOST_DAYS)
        _check("days on the server", newcomers.member_days, MOST_DAYS)

        async def make(tx: Writer, guild: GuildQuota) -> None:
            if guild.newcomers != newcomers:
                await self._store.set_newcomers(tx, guild_id, newcomers)

        return await self._apply(guild_id, user_id, make, seen)

    async def set_giving(self, guild_id: int, user_id: int, giving: Giving, *, seen: int | None = None) -> QuotaRules:
        """Whether members give each other credits."""
        _check("credits a day", giving.per_day, MOST_ALLOWANCE)

        async def make(tx: Writer, guild: GuildQuota) -> None:
            if guild.giving != giving:
                await self._store.set_giving(tx, guild_id, giving)

        return await self._apply(guild_id, user_id, make, seen)

    async def set_channel(
        self, guild_id: int, user_id: int, channel_id: int, percent: int, *, seen: int | None = None
    ) -> QuotaRules:
        """What a channel or category takes of the price; the whole price is no rule."""
        _check("percent", percent, MOST_PERCENT)
        wanted = None if percent == WHOLE else percent

        async def make(tx: Writer, guild: GuildQuota) -> None:
            if guild.channels.get(channel_id) != wanted:
                await self._store.set_channel(tx, guild_id, channel_id, wanted)

        return await self._apply(guild_id, user_id, make, seen)

    # Below: one step

    async def _apply(self, guild_id: int, user_id: int, make: Make, seen: int | None) -> QuotaRules:
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            before = await self._as_seen(tx, guild_id, seen)
            await make(tx, before)
            after = (await self._store.of(tx, guild_id)).guild
            said = quota_changes.between(guild_id, before, after)
            if said:
                actor = member_actor(await self._ledger.member(tx, guild_id, user_id, now_ms))
                entry = Entry(guild_id=guild_id, at_ms=now_ms, actor=actor, action=Action.QUOTA_CHANGED, detail=said)
                await self._audit.add(tx, entry)
            return replace(await self._rules(tx, guild_id), changed=said)

    async def _as_seen(self, tx: Reader, guild_id: int, seen: int | None) -> GuildQuota:
        guild = (await self._store.of(tx, guild_id)).guild
        if seen is not None and seen != guild.version:
            raise RequestRefused("rules_changed", _RULES_CHANGED)
        return guild

    async def _rules(self, tx: Reader, guild_id: int) -> QuotaRules:
        everybody, now_ms = await self._quotas.of(tx, guild_id), self._clock.now_ms()
        members, counted = await self._store.members(tx, guild_id, rows=MOST_MEMBERS)
        users = await self._ledger.users(tx, members)
        grants = budget_grants(everybody, now_ms)
        return QuotaRules(
            guild=(await self._store.of(tx, guild_id)).guild,
            operator=self._quotas.operator,
            everybody=everybody,
            budgets=tuple([await self._ledger.budget_left(tx, grant, now_ms) for grant in grants]),
            members={users[ref]: allowance for ref, allowance in members.items() if ref in users},
            more=counted - len(users),
        )

    async def _own(self, tx: Reader, guild_id: int, member_ref: int | None) -> int | None:
        return (await self._store.of(tx, guild_id, member_ref)).own


def _check(name: str, number: int, most: int) -> None:
    if not 0 <= number <= most:
        raise RequestRefused("bad_number", f"{_capital(name)}: a whole number up to {most:,}.")


def _capital(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"
