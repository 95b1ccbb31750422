"""What a guild's managers do with credits: grant them, take them back, and give back what a clip cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.errors import InsufficientCredits, RequestRefused
from klapper.jobs.cards import CardStore
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import CREDIT, Kind, ReservationStatus, member_actor, member_of_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.credit_orders import CreditOrderStore
from klapper.moderation.rules import Place
from klapper.services import movement_refusals, refusals
from klapper.services.audit_entries import about_job
from klapper.services.credits import CreditDesk, Holdings
from klapper.services.notices import Purse, written
from klapper.services.quota_book import allowance_grant

LARGEST_GRANT = 1_000_000
REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class Order:
    """What a manager wants, by which event, and why. by: their Discord id. words: for the member and the audit."""

    guild_id: int
    by: int
    interaction_id: int
    words: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """user_id: whose job it was; None for somebody who is forgotten."""

    job: Job
    credits: int
    user_id: int | None


class Movements:
    """Keeps:

    - what one event asks for is done once, in one transaction with its entry of the audit, and answered the same twice;
    - no more is taken back than is available, and a charge goes back at most once, whoever asks for it;
    - whom it concerns is told why.

    news: called when somebody is to be told. changed: called with the id of a job whose card shows something else.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        credits: CreditDesk,
        jobs: JobStore,
        cards: CardStore,
        orders: CreditOrderStore,
        audit: AuditLog,
        news: Callable[[], None],
        changed: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._credits = credits
        self._jobs = jobs
        self._cards = cards
        self._orders = orders
        self._audit = audit
        self._news = news
        self._changed = changed

    async def grant(self, order: Order, user_id: int, amount: int, *, place: Place) -> Holdings:
        """Give a member credits that do not expire. place: of the member who gets them.

        Raises RequestRefused (`bad_amount`, `no_reason`, `no_account`).
        """
        _check(order, amount)
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            by_ref, member_ref = await self._members(tx, order, user_id, now_ms)
            if not await self._orders.is_done(tx, order.interaction_id, by_ref):
                if await self._ledger.user_of(tx, member_ref) is None:
                    raise movement_refusals.no_account(user_id)
                await self._ledger.grant_bonus(
                    tx,
                    member_ref,
                    amount,
                    key=str(order.interaction_id),
                    actor=member_actor(by_ref),
                    reason="grant",
                    now_ms=now_ms,
                )
                entry = _entry(order, Action.CREDITS_GRANTED, by_ref, member_ref, written(amount, "bonus"), now_ms)
                await self._record(tx, order, by_ref, entry)
            holdings = await self._credits.holdings_in(tx, order.guild_id, member_ref, place)
        self._news()
        return holdings

    async def revoke(
        self, order: Order, user_id: int, amount: int, purse: Purse = "bonus", *, place: Place | None
    ) -> Holdings:
        """Take a member's credits back. place: of the member who loses them; None where they are no member now.

        Raises RequestRefused (`bad_amount`, `no_reason`, `too_little_to_revoke`).
        """
        _check(order, amount)
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            by_ref, member_ref = await self._members(tx, order, user_id, now_ms)
            before = await self._credits.holdings_in(tx, order.guild_id, member_ref, place)
            if not await self._orders.is_done(tx, order.interaction_id, by_ref):
                grant = allowance_grant(before.quota, member_ref, now_ms) if purse == "allowance" else None
                try:
                    await self._ledger.revoke(
                        tx,
                        member_ref,
                        amount,
                        allowance=grant,
                        key=str(order.interaction_id),
                        actor=member_actor(by_ref),
                        reason="revoke",
                        now_ms=now_ms,
                    )
                except InsufficientCredits as short:
                    other = before.balance.allowance if purse == "bonus" else before.balance.bonus
                    raise movement_refusals.too_little_to_revoke(short.available, purse, other) from short
                entry = _entry(order, Action.CREDITS_REVOKED, by_ref, member_ref, written(amount, purse), now_ms)
                await self._record(tx, order, by_ref, entry)
            holdings = await self._credits.holdings_in(tx, order.guild_id, member_ref, place)
        self._news()
        return holdings

    async def refund(self, order: Order, job_id: str) -> Refunded:
        """Give back what a job cost, to where it came from.

        Raises RequestRefused (`no_reason`, `no_such_job`, `not_finished`, `nothing_charged`, `free_of_charge`,
        `given_back_already`).
        """
        _check(order)
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            job = await self._jobs.get(tx, job_id)
            if job is None or job.guild_id != order.guild_id:
                raise refusals.no_job_here()
            by_ref = await self._ledger.member(tx, order.guild_id, order.by, now_ms)
            if not await self._orders.is_done(tx, order.interaction_id, by_ref):
                by = member_actor(by_ref)
                if not await self._ledger.refund(tx, job_id, actor=by, reason="manager", now_ms=now_ms):
                    raise await self._why_not(tx, job)
                entry = about_job(
                    job,
                    Action.CREDITS_REFUNDED,
                    by=by,
                    now_ms=now_ms,
                    detail=written(job.price.credits, "bonus"),
                    words=_tidy(order.words),
                )
                await self._record(tx, order, by_ref, entry)
                await self._cards.outdate(tx, job_id)
        self._news()
        self._changed(job_id)
        return Refunded(job, job.price.credits, job.user_id)

    async def _why_not(self, tx: Reader, job: Job) -> RequestRefused:
        """Why there is nothing that could go back."""
        reservation = await self._ledger.reservation(tx, job.job_id)
        if job.is_open or reservation is None:
            return movement_refusals.not_finished(job.job_id)
        if reservation.status is not ReservationStatus.SETTLED:
            return movement_refusals.nothing_charged(job.job_id, is_late=job.status is JobStatus.SUCCEEDED)
        moved = [line for line in await self._ledger.of_job(tx, job.job_id) if line.kind is Kind.REFUND]
        if not moved:
            assert not any(leg.ledger == CREDIT for leg in reservation.legs)
            return movement_refusals.free_of_charge(job.job_id)
        ref = member_of_actor(moved[0].actor)
        by = None if ref is None else await self._ledger.user_of(tx, ref)
        return movement_refusals.given_back_already(job.job_id, moved[0].at_ms, by)

    async def _members(self, tx: Writer, order: Order, user_id: int, now_ms: int) -> tuple[int, int]:
        """The references of the manager and of the member."""
        by_ref = await self._ledger.member(tx, order.guild_id, order.by, now_ms)
        return by_ref, await self._ledger.meant(tx, order.guild_id, user_id, now_ms)

    async def _record(self, tx: Writer, order: Order, by_ref: int, entry: Entry) -> None:
        entry_id = await self._audit.add(tx, entry)
        await self._orders.add(tx, entry_id, order.interaction_id, by_ref)


def _check(order: Order, amount: int = 1) -> None:
    if not 1 <= amount <= LARGEST_GRANT:
        raise movement_refusals.bad_amount(LARGEST_GRANT)
    if not 1 <= len(_tidy(order.words)) <= REASON_CHARS:
        raise movement_refusals.no_reason(REASON_CHARS)


def _tidy(words: str) -> str:
    return words.strip()


def _entry(order: Order, action: Action, by_ref: int, member_ref: int, detail: str, now_ms: int) -> Entry:
    return Entry(
        guild_id=order.guild_id,
        at_ms=now_ms,
        actor=member_actor(by_ref),
        action=action,
        member_ref=member_ref,
        detail=detail,
        words=_tidy(order.words),
    )
