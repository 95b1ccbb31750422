"""Credits that move in memory."""

from __future__ import annotations

from klapper.moderation.rules import NOWHERE, Place
from klapper.services.credits import Holdings
from klapper.services.giving import Gift, Offer
from klapper.services.movement_refusals import giving_is_off
from klapper.services.movements import Order, Refunded
from klapper.services.notices import Purse
from klapper.services.refusals import no_job_here
from tests.integration.cogs.fakes import FakeCredits
from tests.integration.cogs.house import House


class FakeMovements:
    """Grants, and takes back whatever it is told; each event once. orders: what was asked for."""

    def __init__(self, house: House, credits: FakeCredits) -> None:
        self._house = house
        self._credits = credits
        self.orders: list[Order] = []

    async def grant(self, order: Order, user_id: int, amount: int, place: Place) -> Holdings:
        return await self._move(order, user_id, amount, place)

    async def revoke(self, order: Order, user_id: int, amount: int, purse: Purse, place: Place | None) -> Holdings:
        return await self._move(order, user_id, -amount, place or NOWHERE)

    async def refund(self, order: Order, job_id: str) -> Refunded:
        raise no_job_here()

    async def _move(self, order: Order, user_id: int, amount: int, place: Place) -> Holdings:
        if order not in self.orders:
            self.orders.append(order)
            self._house.granted[user_id] = self._house.granted.get(user_id, 0) + amount
        return await self._credits.balance(order.guild_id, user_id, place)


class FakeGiving:
    """A guild in which members give each other nothing."""

    async def ask(self, gift: Gift, place: Place) -> Offer:
        raise giving_is_off()

    async def give(self, gift: Gift, place: Place) -> int:
        raise giving_is_off()
