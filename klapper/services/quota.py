"""What a member and their guild can have made now: pauses, waiting jobs, credits and budgets."""

from __future__ import annotations

from klapper.clock import Clock
from klapper.database.database import Reader, Writer
from klapper.errors import InsufficientCredits
from klapper.jobs.job import Job
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.kling.resolution import ResolvedRequest
from klapper.ledger.ledger import Ledger
from klapper.services import refusals
from klapper.services.quoting import Priced
from klapper.services.rules import Rules


class Quota:
    """Keeps: what `reserve` refuses, `refuse_short` has said before in the same words, as far as can be foreseen."""

    def __init__(self, *, clock: Clock, rules: Rules, jobs: JobStore, pauses: PauseStore, ledger: Ledger) -> None:
        self._clock = clock
        self._rules = rules
        self._jobs = jobs
        self._pauses = pauses
        self._ledger = ledger

    async def refuse_paused(self, tx: Reader, guild_id: int, resolved: ResolvedRequest | None = None) -> None:
        """Raises RequestRefused (`guild_paused`, `model_retired`). resolved: None before it is known what is asked."""
        if await self._pauses.guild(tx, guild_id):
            raise refusals.guild_paused()
        if resolved is None:
            return
        for pause in await self._pauses.provider(tx):
            if pause.scope == resolved.slug and pause.reason == "retired":
                raise refusals.model_retired(resolved.model.title)

    async def refuse_full_queue(self, tx: Reader, member_ref: int, *, besides: Job | None = None) -> None:
        """Raises RequestRefused (`too_many_waiting`). besides: a waiting job that is about to be withdrawn."""
        limit = self._rules.waiting_per_member
        waiting = await self._jobs.waiting_of_member(tx, member_ref) - (besides is not None)
        if limit and waiting >= limit:
            raise refusals.too_many_waiting(waiting, limit)

    async def refuse_short(
        self, tx: Reader, guild_id: int, member_ref: int | None, priced: Priced, *, besides: Job | None = None
    ) -> None:
        """What the reserving transaction would refuse, said before anything is asked. It decides again, and finally."""
        if besides is not None:  # what that job holds comes back in the same transaction: only it can tell
            return
        now_ms, price = self._clock.now_ms(), priced.price
        allowance = self._rules.allowance(member_ref or 0, now_ms)
        balance = await self._ledger.balance(tx, member_ref, allowance, now_ms)
        if balance.available < price.credits:
            short = InsufficientCredits(allowance.account_id, available=balance.available, needed=price.credits)
            raise refusals.not_enough_credits(short, await self._ledger.budget_left(tx, allowance, now_ms), self._rules)
        for budget in self._rules.budgets(guild_id, now_ms):
            left = await self._ledger.budget_left(tx, budget, now_ms)
            if left.available < price.budget_units:
                short = InsufficientCredits(budget.account_id, available=left.available, needed=price.budget_units)
                raise refusals.budget_used_up(short, left)

    async def reserve(self, tx: Writer, job: Job) -> None:
        """Hold what the job costs. Raises RequestRefused that says what is lacking and when it comes back."""
        now_ms = job.created_at_ms
        funding = self._rules.funding(job.member_ref, job.guild_id, now_ms)
        try:
            await self._ledger.reserve(
                tx,
                job.job_id,
                funding,
                credits=job.price.credits,
                budget_units=job.price.budget_units,
                now_ms=now_ms,
            )
        except InsufficientCredits as error:
            grants = (funding.allowance, *funding.budgets)
            grant = next(grant for grant in grants if grant.account_id == error.account)
            left = await self._ledger.budget_left(tx, grant, now_ms)
            if grant is funding.allowance:
                raise refusals.not_enough_credits(error, left, self._rules) from error
            raise refusals.budget_used_up(error, left) from error
