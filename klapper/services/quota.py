"""What a member and their guild can have made now: pauses, newcomers, waiting jobs, credits and budgets."""

from __future__ import annotations

from klapper.clock import Clock
from klapper.database.database import Reader, Writer
from klapper.errors import InsufficientCredits
from klapper.jobs.job import Job
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.kling.resolution import ResolvedRequest
from klapper.ledger.ledger import Ledger
from klapper.moderation.rules import Place
from klapper.quotas.quota import MemberQuota
from klapper.services import quota_refusals, refusals
from klapper.services.quota_book import allowance_grant, budget_grants, funding_of
from klapper.services.quota_refusals import days_after
from klapper.services.quoting import Priced

DISCORD_EPOCH_MS = 1_420_070_400_000  # Discord docs, Snowflakes: the first second of 2015
_BITS_BELOW_TIME = 22


class Quota:
    """Keeps: what `reserve` refuses, `refuse_short` has said before in the same words, as far as can be foreseen."""

    def __init__(self, *, clock: Clock, jobs: JobStore, pauses: PauseStore, ledger: Ledger) -> None:
        self._clock = clock
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

    def refuse_newcomer(self, quota: MemberQuota, user_id: int, place: Place) -> None:
        """Raises RequestRefused (`account_too_new`, `member_too_new`, `joining_unknown`)."""
        now_ms, wanted = self._clock.now_ms(), quota.newcomers
        old_enough_ms = days_after(created_at_ms(user_id), wanted.account_days)
        if wanted.account_days and now_ms < old_enough_ms:
            raise quota_refusals.account_too_new(wanted.account_days, old_enough_ms)
        if not wanted.member_days:
            return
        if place.joined_at_ms is None:
            raise quota_refusals.joining_unknown(wanted.member_days)
        long_enough_ms = days_after(place.joined_at_ms, wanted.member_days)
        if now_ms < long_enough_ms:
            raise quota_refusals.member_too_new(wanted.member_days, long_enough_ms)

    async def refuse_full_queue(
        self, tx: Reader, member_ref: int, quota: MemberQuota, *, besides: Job | None = None
    ) -> None:
        """Raises RequestRefused (`too_many_waiting`). besides: a waiting job that is about to be withdrawn."""
        limit = quota.limits.waiting_per_member
        waiting = await self._jobs.waiting_of_member(tx, member_ref) - (besides is not None)
        if limit and waiting >= limit:
            raise quota_refusals.too_many_waiting(waiting, limit)

    async def refuse_short(
        self, tx: Reader, member_ref: int | None, priced: Priced, *, besides: Job | None = None
    ) -> None:
        """What the reserving transaction would refuse, said before anything is asked. It decides again, and finally."""
        if besides is not None:  # what that job holds comes back in the same transaction: only it can tell
            return
        now_ms, price, quota = self._clock.now_ms(), priced.price, priced.quota
        allowance = allowance_grant(quota, member_ref, now_ms)
        balance = await self._ledger.balance(tx, member_ref, allowance, now_ms)
        if balance.available < price.credits:
            short = InsufficientCredits(allowance.account_id, available=balance.available, needed=price.credits)
            left = await self._ledger.budget_left(tx, allowance, now_ms)
            raise quota_refusals.not_enough_credits(short, left, quota)
        for budget in budget_grants(quota, now_ms):
            left = await self._ledger.budget_left(tx, budget, now_ms)
            if left.available < price.budget_units:
                short = InsufficientCredits(budget.account_id, available=left.available, needed=price.budget_units)
                raise quota_refusals.budget_used_up(short, left)

    async def reserve(self, tx: Writer, job: Job, quota: MemberQuota) -> None:
        """Hold what the job costs. Raises RequestRefused that says what is lacking and when it comes back."""
        now_ms = job.created_at_ms
        funding = funding_of(quota, job.member_ref, now_ms)
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
                raise quota_refusals.not_enough_credits(error, left, quota) from error
            raise quota_refusals.budget_used_up(error, left) from error


def created_at_ms(user_id: int) -> int:
    """When a Discord account was made (Discord docs, Snowflakes)."""
    return (user_id >> _BITS_BELOW_TIME) + DISCORD_EPOCH_MS
