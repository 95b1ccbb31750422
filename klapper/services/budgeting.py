"""What the operator gives a guild, or the whole bot, to spend; a running bot reads it at every request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import BOT_BUDGET, BudgetLeft, guild_budget_account
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.quotas.store import WHOLE_BOT, QuotaStore, SetBudget
from klapper.services.quota_book import QuotaBook, budget_grants


@dataclass(frozen=True, slots=True)
class Budget:
    """guild_id: WHOLE_BOT for the whole bot. by: who set it by hand, None where the configuration counts.

    left: None where there is no limit. period: how often it begins anew. is_seen: whether anybody was seen there.
    """

    guild_id: int
    period: str
    by: str | None
    left: BudgetLeft | None
    is_seen: bool = True


class Budgeting:
    """Keeps: each change is one transaction, a guild's with its line of the guild's audit."""

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

    async def all(self) -> list[Budget]:
        """The whole bot's, then those of every guild that anybody was seen in."""
        async with self._database.read() as tx:
            by = {budget.guild_id: budget.set_by for budget in await self._store.budgets(tx)}
            seen = await self._ledger.guilds(tx)
            guilds = sorted({*seen, *by} - {WHOLE_BOT})
            return [await self._of(tx, guild_id, by, seen) for guild_id in (WHOLE_BOT, *guilds)]

    async def set(self, guild_id: int, units: int, *, actor: str) -> Budget:
        """From now on, whatever was spent of the running period. units 0: no limit."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            await self._store.set_budget(tx, SetBudget(guild_id, units, actor, now_ms))
            await self._tell(tx, guild_id, f"{units} units" if units else "no limit", actor, now_ms)
            return await self._of(tx, guild_id, {guild_id: actor}, await self._ledger.guilds(tx))

    async def reset(self, guild_id: int, *, actor: str) -> Budget:
        """As the configuration has it again."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            if await self._store.drop_budget(tx, guild_id):
                await self._tell(tx, guild_id, "as configured", actor, now_ms)
            return await self._of(tx, guild_id, {}, await self._ledger.guilds(tx))

    async def _of(self, tx: Reader, guild_id: int, by: Mapping[int, str], seen: Collection[int]) -> Budget:
        quota, now_ms = await self._quotas.of(tx, guild_id), self._clock.now_ms()
        grants = {grant.account_id: grant for grant in budget_grants(quota, now_ms)}
        account = BOT_BUDGET if guild_id == WHOLE_BOT else guild_budget_account(guild_id)
        rhythm = quota.budgets.bot_rhythm if guild_id == WHOLE_BOT else quota.budgets.guild_rhythm
        left = None
        if account in grants:
            left = await self._ledger.budget_left(tx, grants[account], now_ms)
        is_seen = guild_id == WHOLE_BOT or guild_id in seen
        return Budget(guild_id, rhythm.length, by.get(guild_id), left, is_seen)

    async def _tell(self, tx: Writer, guild_id: int, detail: str, actor: str, now_ms: int) -> None:
        if guild_id == WHOLE_BOT:
            return
        entry = Entry(guild_id=guild_id, at_ms=now_ms, actor=actor, action=Action.BUDGET_SET, detail=detail)
        await self._audit.add(tx, entry)
