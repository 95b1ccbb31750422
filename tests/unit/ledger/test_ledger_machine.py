"""Any order of operations by any members at any time: the ledger says what the model says and the audit is clean."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from klapper.clock import DAY_MS, HOUR_MS, MINUTE_MS
from klapper.errors import InsufficientCredits, LedgerError
from klapper.ledger.periods import PeriodLength
from klapper.ledger.records import PeriodicGrant
from tests.unit.ledger.books import USERS, Books, Terms, at_ms
from tests.unit.ledger.model import Model, Purse, Short

T = TypeVar("T")

MEMBERS = st.sampled_from(sorted(USERS))
AMOUNTS = st.integers(0, 30)
KEYS = st.sampled_from(["a", "b", "c", "d"])
PURSES = st.sampled_from(["bonus", "allowance"])
PAIRS = st.permutations(sorted(USERS)).map(lambda names: (names[0], names[1]))
ENDS = st.sampled_from(["settled", "failed", "abandoned"])
LENGTHS: list[PeriodLength] = ["day", "week", "month"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]
STARTS = ["2024-01-01 00:00", "2024-02-28 22:00", "2024-03-29 12:00", "2024-10-25 23:00"]  # leap day, clock changes
STEPS_MS = [1, MINUTE_MS, HOUR_MS, 7 * HOUR_MS, DAY_MS, 3 * DAY_MS, 8 * DAY_MS, 35 * DAY_MS]
LIMITS = st.sampled_from([0, 7, 40, 90, 91])
TERMS = st.builds(Terms, LIMITS, LIMITS, LIMITS, st.sampled_from(LENGTHS), st.sampled_from(ZONES), st.integers(0, 6))
TERM_NAMES = [term.name for term in fields(Terms)]


class Stopped(Exception):
    """Something unexpected in the middle of a write block."""


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.books = self.run(self.stack.enter_async_context(Books.open(self.file)))
        self.model = Model()

    @property
    def file(self) -> Path:
        return Path(self.folder.name) / "klapper.db"

    def run(self, work: Coroutine[None, None, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    # The world moves

    @initialize(start=st.sampled_from(STARTS), terms=TERMS)
    def begin(self, start: str, terms: Terms) -> None:
        self.books.now_ms = at_ms(start)
        self.books.terms = terms

    @rule(step=st.sampled_from(STEPS_MS))
    def time_passes(self, step: int) -> None:
        self.books.now_ms += step

    @rule(before_ms=st.sampled_from([0, 1]))
    def a_period_ends(self, before_ms: int) -> None:
        end_ms = self.books.allowance(0).period.end_ms - before_ms
        self.books.now_ms = max(self.books.now_ms, end_ms)

    @rule(terms=TERMS, names=st.sets(st.sampled_from(TERM_NAMES), min_size=1, max_size=2))
    def the_terms_change(self, terms: Terms, names: set[str]) -> None:
        for name in names:
            setattr(self.books.terms, name, getattr(terms, name))

    @rule(who=MEMBERS, amount=LIMITS)
    def a_role_is_gained(self, who: str, amount: int) -> None:
        self.books.of_role[who] = amount

    @rule(who=MEMBERS)
    def a_role_is_lost(self, who: str) -> None:
        self.books.of_role.pop(who, None)

    @rule(who=MEMBERS, credits=AMOUNTS, units=AMOUNTS)
    def the_process_restarts_in_a_block(self, who: str, credits: int, units: int) -> None:
        self._stop_after_reserve(who, credits, units)
        self.run(self.stack.aclose())
        before, self.stack = self.books, AsyncExitStack()
        self.books = self.run(self.stack.enter_async_context(Books.open(self.file, before.terms)))
        self.books.now_ms, self.books.of_role = before.now_ms, before.of_role

    # People and services do things

    @rule(who=MEMBERS, amount=st.integers(1, 60), key=KEYS)
    def grant(self, who: str, amount: int, key: str) -> None:
        assert self.run(self.books.grant(who, amount, key)) == self.model.grant(who, amount, key, self.books.now_ms)

    @rule(who=MEMBERS, amount=st.integers(1, 60), purse=PURSES, key=KEYS)
    def revoke(self, who: str, amount: int, purse: str, key: str) -> None:
        books, allowance = self.books, self.books.allowance(0, who)
        expected = self._in_model(lambda: self.model.revoke(who, amount, purse, key, allowance, books.now_ms))
        assert self._in_books(books.revoke(who, amount, purse, key)) == expected

    @rule(pair=PAIRS, amount=st.integers(1, 60), key=KEYS)
    def give(self, pair: tuple[str, str], amount: int, key: str) -> None:
        giver, receiver = pair
        expected = self._in_model(lambda: self.model.give(giver, receiver, amount, key, self.books.now_ms))
        assert self._in_books(self.books.give(giver, receiver, amount, key)) == expected

    @rule(who=MEMBERS, step=st.sampled_from(STEPS_MS))
    def what_was_given_is_asked(self, who: str, step: int) -> None:
        since_ms = self.books.now_ms - step
        assert self.run(self.books.given_since(who, since_ms)) == self.model.given_since(who, since_ms)

    @rule(who=MEMBERS, credits=AMOUNTS, units=AMOUNTS)
    def reserve(self, who: str, credits: int, units: int) -> None:
        job_id = f"j{len(self.model.jobs)}"
        assert self._reserved(job_id, who, credits, units) == self._reserved_in_model(job_id, who, credits, units)

    @precondition(lambda self: self.model.jobs)
    @rule(who=MEMBERS, credits=AMOUNTS, units=AMOUNTS)
    def reserve_again(self, who: str, credits: int, units: int) -> None:
        assert self._reserved("j0", who, credits, units) == self._reserved_in_model("j0", who, credits, units)

    @precondition(lambda self: self.model.with_status("held"))
    @rule(data=st.data(), status=ENDS)
    def resolve(self, data: st.DataObject, status: str) -> None:
        self._resolve(data.draw(st.sampled_from(self.model.with_status("held"))), status)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), status=ENDS)
    def resolve_any(self, data: st.DataObject, status: str) -> None:
        self._resolve(data.draw(st.sampled_from(sorted(self.model.jobs))), status)

    @precondition(lambda self: self.model.with_status("settled"))
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        self._refund(data.draw(st.sampled_from(self.model.with_status("settled"))))

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data())
    def refund_any(self, data: st.DataObject) -> None:
        self._refund(data.draw(st.sampled_from(sorted(self.model.jobs))))

    @precondition(lambda self: self.model.with_status("abandoned", "settled", "held"))
    @rule(data=st.data())
    def a_late_clip_comes(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(self.model.with_status("abandoned", "settled", "held")))
        is_late = self.model.jobs[job_id].status == "abandoned"
        assert self._agreed(self.books.late_clip(job_id)) == is_late
        if is_late:
            self.model.jobs[job_id].status = "late"

    @rule(who=MEMBERS)
    def post_the_period(self, who: str) -> None:
        self.run(self.books.roll(who))
        for account, grant in self._grants(who).items():
            self.model.purses[account] = self.model.purse(account).at(grant, self.books.now_ms)

    # What must hold

    @invariant()
    def balances_are_the_models(self) -> None:
        for who in USERS:
            balance = self.run(self.books.balance(who))
            allowance = self.model.purse(f"allowance:{who}").at(self.books.allowance(0, who), self.books.now_ms)
            bonus = self.model.purse(f"bonus:{who}")
            assert (balance.allowance, balance.bonus) == (allowance.available, bonus.available)
            assert (balance.held, balance.granted_in_period) == (allowance.held + bonus.held, allowance.granted)
            assert balance.resets_at_ms == allowance.end_ms
            assert min(balance.allowance, balance.bonus, balance.held) >= 0

    @invariant()
    def budgets_are_the_models(self) -> None:
        for left, grant in (
            (self.run(self.books.guild_left()), self.books.guild_grant()),
            (self.run(self.books.bot_left()), self.books.bot_grant()),
        ):
            purse: Purse = self.model.purse(grant.account_id).at(grant, self.books.now_ms)
            assert (left.available, left.held, left.limit) == (purse.left(grant), purse.held, grant.amount)

    @invariant()
    def the_books_add_up(self) -> None:
        audit = self.run(self.books.audit())
        assert audit.violations == ()
        held = sum(job.credits for job in self.model.jobs.values() if job.status == "held")
        kept = sum(job.credits for job in self.model.jobs.values() if job.status == "settled" and not job.refunded)
        late = sum(job.credits for job in self.model.jobs.values() if job.status == "late")
        assert (audit.held_credits, audit.spent_credits, audit.written_off_credits) == (held, kept, late)

    # The same on both sides

    def _resolve(self, job_id: str, status: str) -> None:
        work = self.books.settle(job_id) if status == "settled" else self.books.release(job_id, status)
        assert self._agreed(work) == self.model.resolve(job_id, status, self.books.now_ms)

    def _refund(self, job_id: str) -> None:
        assert self.run(self.books.refund(job_id)) == self.model.refund(job_id, self.books.now_ms)

    def _in_books(self, work: Coroutine[None, None, bool]) -> object:
        """What came of it: whether it happened now, or what is there where it is too little."""
        try:
            return self.run(work)
        except InsufficientCredits as short:
            return short.account.partition(":")[0], short.available, short.needed

    def _in_model(self, work: Callable[[], bool]) -> object:
        try:
            return work()
        except Short as short:
            return short.account.partition(":")[0], short.available, short.needed

    def _stop_after_reserve(self, who: str, credits: int, units: int) -> None:
        async def block() -> None:
            async with self.books.database.write() as tx:
                await self.books.reserve_in(tx, "never", who, credits, units)
                raise Stopped

        try:
            self.run(block())
        except (Stopped, InsufficientCredits):
            return
        raise AssertionError("the block ended")

    def _reserved(self, job_id: str, who: str, credits: int, units: int) -> object:
        try:
            self.run(self.books.reserve(job_id, who, credits, units))
        except InsufficientCredits as short:
            account = f"allowance:{who}" if short.account.startswith("allowance:") else short.account
            return account, short.available, short.needed
        except LedgerError:
            return "known already"
        return "held"

    def _reserved_in_model(self, job_id: str, who: str, credits: int, units: int) -> object:
        books = self.books
        try:
            self.model.reserve(job_id, who, credits, units, books.allowance(0, who), books.budgets(), books.now_ms)
        except Short as short:
            return short.account, short.available, short.needed
        except KeyError:
            return "known already"
        return "held"

    def _agreed(self, work: Coroutine[None, None, None]) -> bool:
        try:
            self.run(work)
        except LedgerError:
            return False
        return True

    def _grants(self, who: str) -> dict[str, PeriodicGrant]:
        return {f"allowance:{who}": self.books.allowance(0, who)} | {g.account_id: g for g in self.books.budgets()}


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(settings.get_profile(os.environ.get("LEDGER_PROFILE", "ledger")))
