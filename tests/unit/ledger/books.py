"""A guild with members, jobs and a real database file: what the tests of the ledger act on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from klapper.database.database import Writer
from klapper.database.sqlite import SqliteDatabase
from klapper.ledger.audit import Audit, audit
from klapper.ledger.ledger import Ledger
from klapper.ledger.periods import Period, PeriodLength, period_of
from klapper.ledger.records import (
    BOT_BUDGET,
    Balance,
    BudgetLeft,
    Funding,
    PeriodicGrant,
    Reservation,
    allowance_account,
    guild_budget_account,
    member_actor,
)
from tests.databases import new_database

GUILD = 42
USERS = {"ann": 1001, "bob": 1002, "cyd": 1003}

_DECISION = """INSERT INTO decisions (guild_id, member_ref, content_hash, verdict, rule, at_ms)
VALUES (:guild_id, :member_ref, 'hash', 'allowed', 'none', :now_ms)"""
_JOB = """INSERT INTO jobs (job_id, interaction_id, guild_id, channel_id, member_ref, decision_id, request, slug,
    body_hash, deliver_to, price_credits, budget_units, provider_cost_micro_usd, price_version, status,
    created_at_ms, status_at_ms, waiting_since_ms, not_before_ms)
VALUES (:job_id, (SELECT COUNT(*) FROM jobs), :guild_id, 7, :member_ref, (SELECT MAX(decision_id) FROM decisions),
    '{}', 'kling', 'hash', 'here', :credits, :units, 0, 'v', 'waiting', :now_ms, :now_ms, :now_ms, :now_ms)"""
_MOVE = "UPDATE jobs SET status = :status WHERE job_id = :job_id"
_EVENT = """INSERT INTO job_events (job_id, from_status, to_status, reason, actor, at_ms)
VALUES (:job_id, (SELECT status FROM jobs WHERE job_id = :job_id), :status, '', 'klapper', :now_ms)"""
_PRICE = "SELECT price_credits, budget_units FROM jobs WHERE job_id = :job_id"


def at_ms(text: str) -> int:
    """`2024-01-31 12:00` in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@dataclass(slots=True)
class Terms:
    """What the operator and the guild have set. 0 as a budget: unlimited."""

    allowance: int = 100
    guild_budget: int = 0
    bot_budget: int = 0
    period: PeriodLength = "week"
    zone: str = "UTC"
    first_day: int = 0


@dataclass(slots=True)
class Books:
    """One write block per method, as a service would do it. `now_ms` is the time of everything that follows."""

    database: SqliteDatabase
    terms: Terms = field(default_factory=Terms)
    now_ms: int = at_ms("2024-01-01 00:00")  # a Monday
    of_role: dict[str, int] = field(default_factory=dict)  # member -> what a role of theirs gives
    ledger: Ledger = field(default_factory=Ledger)

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, terms: Terms | None = None) -> AsyncIterator[Books]:
        """The books in the file, made where there is none."""
        if not path.exists():
            new_database(path)
        async with SqliteDatabase.open(path) as database:
            yield cls(database, terms or Terms())

    # What services do

    async def reserve(self, job_id: str, who: str, credits: int, units: int) -> Reservation:
        async with self.database.write() as tx:
            return await self.reserve_in(tx, job_id, who, credits, units)

    async def reserve_in(self, tx: Writer, job_id: str, who: str, credits: int, units: int) -> Reservation:
        ref = await self.ledger.member(tx, GUILD, USERS[who], self.now_ms)
        funding = Funding(ref, self.allowance(ref, who), self.budgets())
        held = await self.ledger.reserve(tx, job_id, funding, credits=credits, budget_units=units, now_ms=self.now_ms)
        await tx.execute(_DECISION, guild_id=GUILD, member_ref=ref, now_ms=self.now_ms)
        await tx.execute(
            _JOB, job_id=job_id, guild_id=GUILD, member_ref=ref, credits=credits, units=units, now_ms=self.now_ms
        )
        return held

    async def settle(self, job_id: str) -> None:
        async with self.database.write() as tx:
            await self.ledger.settle(tx, job_id, self.now_ms)
            await self._move(tx, job_id, "succeeded")

    async def release(self, job_id: str, status: str = "failed") -> None:
        async with self.database.write() as tx:
            await self.ledger.release(tx, job_id, actor="klapper", reason=status, now_ms=self.now_ms)
            await self._move(tx, job_id, status)

    async def late_clip(self, job_id: str) -> None:
        """The clip of an abandoned job came."""
        async with self.database.write() as tx:
            price = await tx.one(_PRICE, job_id=job_id)
            credits, units = (0, 0) if price is None else (price["price_credits"], price["budget_units"])
            await self.ledger.write_off(tx, job_id, credits=credits, budget_units=units, now_ms=self.now_ms)
            await self._move(tx, job_id, "succeeded")

    async def refund(self, job_id: str) -> bool:
        async with self.database.write() as tx:
            return await self.ledger.refund(tx, job_id, actor="operator", reason="no_media", now_ms=self.now_ms)

    async def grant(self, who: str, amount: int, key: str) -> bool:
        async with self.database.write() as tx:
            ref = await self.ledger.member(tx, GUILD, USERS[who], self.now_ms)
            actor = member_actor(ref)
            return await self.ledger.grant_bonus(
                tx, ref, amount, key=key, actor=actor, reason="prize", now_ms=self.now_ms
            )

    async def revoke(self, who: str, amount: int, purse: str, key: str) -> bool:
        """purse: bonus or allowance."""
        async with self.database.write() as tx:
            ref = await self.ledger.member(tx, GUILD, USERS[who], self.now_ms)
            return await self.ledger.revoke(
                tx,
                ref,
                amount,
                allowance=self.allowance(ref, who) if purse == "allowance" else None,
                key=key,
                actor=member_actor(ref),
                reason="mistake",
                now_ms=self.now_ms,
            )

    async def give(self, giver: str, receiver: str, amount: int, key: str) -> bool:
        async with self.database.write() as tx:
            refs = [await self.ledger.member(tx, GUILD, USERS[who], self.now_ms) for who in (giver, receiver)]
            return await self.ledger.give(tx, refs[0], refs[1], amount, key=key, reason="gift", now_ms=self.now_ms)

    async def given_since(self, who: str, since_ms: int) -> int:
        async with self.database.read() as tx:
            ref = await self.ledger.find_member(tx, GUILD, USERS[who])
            return 0 if ref is None else await self.ledger.given_since(tx, ref, since_ms)

    async def roll(self, who: str) -> None:
        """Post the current period of a member and of every limited budget."""
        async with self.database.write() as tx:
            ref = await self.ledger.member(tx, GUILD, USERS[who], self.now_ms)
            for grant in (self.allowance(ref, who), *self.budgets()):
                await self.ledger.post_period(tx, grant, self.now_ms)

    # What a reader sees

    async def balance(self, who: str) -> Balance:
        async with self.database.read() as tx:
            ref = await self.ledger.find_member(tx, GUILD, USERS[who])
            return await self.ledger.balance(tx, ref, self.allowance(ref or 0, who), self.now_ms)

    async def guild_left(self) -> BudgetLeft:
        async with self.database.read() as tx:
            return await self.ledger.budget_left(tx, self.guild_grant(), self.now_ms)

    async def bot_left(self) -> BudgetLeft:
        async with self.database.read() as tx:
            return await self.ledger.budget_left(tx, self.bot_grant(), self.now_ms)

    async def audit(self) -> Audit:
        async with self.database.read() as tx:
            return await audit(tx)

    async def rows(self, sql: str, **params: object) -> list[tuple[object, ...]]:
        """Any SELECT, for what the ledger does not show."""
        async with self.database.read() as tx:
            return [tuple(row[name] for name in row.keys()) for row in await tx.all(sql, **params)]  # noqa: SIM118

    # The terms as the ledger takes them

    def allowance(self, ref: int, who: str = "") -> PeriodicGrant:
        amount = self.of_role.get(who, self.terms.allowance)
        return PeriodicGrant(allowance_account(ref), amount, self._period(), member_ref=ref)

    def guild_grant(self) -> PeriodicGrant:
        account = guild_budget_account(GUILD)
        return PeriodicGrant(account, self.terms.guild_budget, self._period(), guild_id=GUILD)

    def bot_grant(self) -> PeriodicGrant:
        return PeriodicGrant(BOT_BUDGET, self.terms.bot_budget, period_of(self.now_ms, "day", "UTC"))

    def budgets(self) -> tuple[PeriodicGrant, ...]:
        return tuple(grant for grant in (self.guild_grant(), self.bot_grant()) if grant.amount)

    def _period(self) -> Period:
        terms = self.terms
        return period_of(self.now_ms, terms.period, terms.zone, terms.first_day)

    async def _move(self, tx: Writer, job_id: str, status: str) -> None:
        await tx.execute(_EVENT, job_id=job_id, status=status, now_ms=self.now_ms)
        await tx.execute(_MOVE, job_id=job_id, status=status)
