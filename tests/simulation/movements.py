"""Managers move credits and members give them to each other; some of these events come twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from klapper.moderation.rules import NOWHERE
from klapper.quotas.quota import Giving
from klapper.services.giving import Gift
from klapper.services.movements import Order
from tests.simulation.members import Life, Person

if TYPE_CHECKING:
    from tests.simulation.world import World

AMOUNTS = (1, 30, 100)
Act = tuple[str, Callable[[Life], Awaitable[None]]]


class CreditMoves:
    """Draws one of the ways, and does it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._script = world.script
        self._chance = world.script.chance

    def allow_giving(self) -> None:
        """Each guild lets its members give."""
        for person in self._script.people:
            self._world.members.act(person, "lets members give each other credits", partial(_allow, person=person))

    def happen(self, person: Person, job_id: str | None) -> None:
        """Something is moved that is a member's. job_id: of theirs, None without one."""
        ways = [self._grant, self._revoke, self._give]
        way = self._chance.choice(ways) if job_id is None or self._chance.random() < 0.7 else None
        what, act = self._refund(person, job_id or "") if way is None else way(person)
        for _ in range(2 if self._chance.random() < 0.3 else 1):
            self._world.members.act(person, what, act)

    def _grant(self, person: Person) -> Act:
        order, amount = self._order(person), self._chance.choice(AMOUNTS)

        async def act(life: Life) -> None:
            await life.klapper.movements.grant(order, person.user_id, amount, place=NOWHERE)

        return f"is granted {amount} credits", act

    def _revoke(self, person: Person) -> Act:
        order, amount = self._order(person), self._chance.choice(AMOUNTS)
        purse = self._chance.choice(("bonus", "allowance"))

        async def act(life: Life) -> None:
            await life.klapper.movements.revoke(order, person.user_id, amount, purse, place=NOWHERE)  # type: ignore[arg-type]

        return f"loses {amount} credits of the {purse}", act

    def _refund(self, person: Person, job_id: str) -> Act:
        order = self._order(person)

        async def act(life: Life) -> None:
            await life.klapper.movements.refund(order, job_id)

        return f"is given back what {job_id} cost", act

    def _give(self, person: Person) -> Act:
        other, amount = self._script.person(), self._chance.choice(AMOUNTS)
        number = self._world.members.interaction(self._script.number())
        gift = Gift(person.guild_id, person.user_id, other.user_id, amount, number)

        async def act(life: Life) -> None:
            offer = await life.klapper.giving.ask(gift, NOWHERE)
            await life.klapper.giving.give(offer.gift, NOWHERE)

        return f"gives {amount} credits to {other.name}", act

    def _order(self, person: Person) -> Order:
        manager = self._script.person()
        number = self._world.members.interaction(self._script.number())
        return Order(person.guild_id, manager.user_id, number, "as was said")


async def _allow(life: Life, person: Person) -> None:
    giving = Giving(is_on=True, per_day=100)
    await life.klapper.quota_desk.set_giving(person.guild_id, person.user_id, giving, seen=None)
