"""Members give each other credits that do not expire, where their guild lets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.errors import InsufficientCredits
from klapper.ledger.ledger import Ledger
from klapper.ledger.periods import period_of
from klapper.ledger.records import member_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.credit_orders import CreditOrderStore
from klapper.moderation.rules import Place
from klapper.moderation.standings import StandingStore
from klapper.quotas.quota import MemberQuota
from klapper.services import movement_refusals
from klapper.services.credits import CreditDesk
from klapper.services.movement_refusals import QUESTION_MS
from klapper.services.movements import LARGEST_GRANT
from klapper.services.notices import written
from klapper.services.quota import Quota


@dataclass(frozen=True, slots=True)
class Gift:
    """What a member wants to give. giver, receiver: Discord ids. interaction_id: of the command.

    ends_ms: until when it may be confirmed; 0 before it was asked about.
    """

    guild_id: int
    giver: int
    receiver: int
    amount: int
    interaction_id: int
    ends_ms: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """bonus: what the giver has, of which what they keep stays."""

    gift: Gift
    bonus: int

    @property
    def left(self) -> int:
        return self.bonus - self.gift.amount


class Giving:
    """Keeps:

    - nothing is given before its giver has confirmed it, and after that once, however often they press;
    - what `give` refuses, `ask` refuses in the same words as far as it can be foreseen;
    - only credits that do not expire are given, between two members of one guild of whom neither is blocked or paused,
      and no more on one day of the guild than it lets a member give.

    news: called when somebody is to be told.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        credits: CreditDesk,
        quota: Quota,
        standings: StandingStore,
        orders: CreditOrderStore,
        audit: AuditLog,
        news: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._credits = credits
        self._quota = quota
        self._standings = standings
        self._orders = orders
        self._audit = audit
        self._news = news

    async def ask(self, gift: Gift, place: Place) -> Offer:
        """What the giver is to confirm. place: where they ask, and as who.

        Raises RequestRefused (`bad_amount`, `own_gift`, `giving_is_off`, `giver_blocked`, `giver_paused`,
        `receiver_cannot`, `no_account`, `given_too_much`, `too_little_to_give`) and as `Quota.refuse_newcomer` does.
        """
        async with self._database.read() as tx:
            giver_ref = await self._ledger.find_member(tx, gift.guild_id, gift.giver)
            receiver_ref = await self._ledger.find_member(tx, gift.guild_id, gift.receiver)
            now_ms = self._clock.now_ms()
            bonus = await self._check(tx, gift, giver_ref, receiver_ref, place, now_ms)
        return Offer(replace(gift, ends_ms=now_ms + QUESTION_MS), bonus)

    async def give(self, gift: Gift, place: Place) -> int:
        """Give it, now that the giver has confirmed it; how much they have that does not expire then.

        Raises as `ask` does, and RequestRefused (`gift_question_over`).
        """
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()  # of every part of it: the wait for the lock may have been a midnight
            giver_ref = await self._ledger.member(tx, gift.guild_id, gift.giver, now_ms)
            receiver_ref = await self._ledger.meant(tx, gift.guild_id, gift.receiver, now_ms)
            if not await self._orders.is_done(tx, gift.interaction_id, giver_ref):
                if now_ms >= gift.ends_ms:
                    raise movement_refusals.gift_question_over()
                await self._check(tx, gift, giver_ref, receiver_ref, place, now_ms)
                await self._give(tx, gift, giver_ref, receiver_ref, now_ms)
            holdings = await self._credits.holdings_in(tx, gift.guild_id, giver_ref, place)
        self._news()
        return holdings.balance.bonus

    async def _give(self, tx: Writer, gift: Gift, giver_ref: int, receiver_ref: int, now_ms: int) -> None:
        key = str(gift.interaction_id)
        try:
            await self._ledger.give(tx, giver_ref, receiver_ref, gift.amount, key=key, reason="gift", now_ms=now_ms)
        except InsufficientCredits as short:
            raise movement_refusals.too_little_to_give(short.available) from short
        entry = Entry(
            guild_id=gift.guild_id,
            at_ms=now_ms,
            actor=member_actor(giver_ref),
            action=Action.CREDITS_GIVEN,
            member_ref=receiver_ref,
            detail=written(gift.amount, "bonus"),
        )
        await self._orders.add(tx, await self._audit.add(tx, entry), gift.interaction_id, giver_ref)

    async def _check(
        self, tx: Reader, gift: Gift, giver_ref: int | None, receiver_ref: int | None, place: Place, now_ms: int
    ) -> int:
        """What the giver has that can be given. References are None for who was never seen."""
        if not 1 <= gift.amount <= LARGEST_GRANT:
            raise movement_refusals.bad_amount(LARGEST_GRANT)
        if gift.giver == gift.receiver:
            raise movement_refusals.own_gift()
        holdings = await self._credits.holdings_in(tx, gift.guild_id, giver_ref, place)
        if not holdings.quota.giving.is_on:
            raise movement_refusals.giving_is_off()
        await self._check_standings(tx, giver_ref, receiver_ref, now_ms)
        if receiver_ref is not None and await self._ledger.user_of(tx, receiver_ref) is None:
            raise movement_refusals.no_account(gift.receiver)
        self._quota.refuse_newcomer(holdings.quota, gift.giver, place)
        await self._check_day(tx, gift, giver_ref, holdings.quota, now_ms)
        if gift.amount > holdings.balance.bonus:
            raise movement_refusals.too_little_to_give(holdings.balance.bonus)
        return holdings.balance.bonus

    async def _check_standings(self, tx: Reader, giver_ref: int | None, receiver_ref: int | None, now_ms: int) -> None:
        if giver_ref is not None:
            if await self._standings.block_of(tx, giver_ref) is not None:
                raise movement_refusals.giver_blocked()
            pause = await self._standings.pause_of(tx, giver_ref, now_ms)
            if pause is not None:
                raise movement_refusals.giver_paused(pause.until_ms)
        if receiver_ref is not None and (
            await self._standings.block_of(tx, receiver_ref) is not None
            or await self._standings.pause_of(tx, receiver_ref, now_ms) is not None
        ):
            raise movement_refusals.receiver_cannot()

    async def _check_day(self, tx: Reader, gift: Gift, giver_ref: int | None, quota: MemberQuota, now_ms: int) -> None:
        per_day = quota.giving.per_day
        if not per_day:
            return
        today = period_of(now_ms, "day", quota.rhythm.time_zone)
        given = 0 if giver_ref is None else await self._ledger.given_since(tx, giver_ref, today.start_ms)
        if given + gift.amount > per_day:
            raise movement_refusals.given_too_much(gift.amount, per_day, given, today.end_ms)
