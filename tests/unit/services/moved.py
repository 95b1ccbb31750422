"""Credits that managers and members move."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import DeliveryState, Job
from klapper.ledger.periods import Rhythm
from klapper.ledger.records import Kind
from klapper.moderation.rules import NOWHERE, Place
from klapper.quotas.quota import Giving
from klapper.services.giving import Gift
from klapper.services.movements import Order
from klapper.services.notices import Purse
from tests.unit.services.brought import finished
from tests.unit.services.world import ANN, BOB, GUILD, World

MAX = 77  # a manager


def order(interaction_id: int = 1, *, by: int = MAX, words: str = "a prize", guild_id: int = GUILD) -> Order:
    return Order(guild_id, by, interaction_id, words)


async def grant(
    world: World, amount: int, *, interaction_id: int = 1, user_id: int = ANN, by: int = MAX, words: str = "a prize"
) -> int:
    """What the member has then that does not expire."""
    wanted = order(interaction_id, by=by, words=words)
    return (await world.klapper.movements.grant(wanted, user_id, amount, place=NOWHERE)).balance.bonus


async def revoke(world: World, amount: int, *, interaction_id: int = 2, purse: Purse = "bonus", by: int = MAX) -> int:
    """What Ann has then."""
    wanted = order(interaction_id, by=by, words="a mistake")
    return (await world.klapper.movements.revoke(wanted, ANN, amount, purse, place=NOWHERE)).balance.available


async def delivered(world: World) -> Job:
    """A job of Ann's that was charged and whose clip is on its card."""
    job = await finished(world)
    await world.start("cards", "delivery")
    await world.advance(5)
    assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
    return job


async def lines(world: World, kind: Kind) -> list[tuple[str, str, int]]:
    """Transfers of a kind: from, to, how much."""
    sql = "SELECT debit_account, credit_account, amount FROM transfers WHERE kind = :kind ORDER BY seq"
    return await world.rows(sql, kind=kind.value)


async def let_give(world: World, *, per_day: int = 0, time_zone: str = "UTC") -> None:
    """The guild lets its members give each other credits."""
    async with world.database.write() as tx:
        await world.klapper.quota_store.set_giving(tx, GUILD, Giving(is_on=True, per_day=per_day))
        await world.klapper.quota_store.set_rhythm(tx, GUILD, Rhythm("week", time_zone))


async def asked(world: World, amount: int, *, key: int = 10, giver: int = ANN, receiver: int = BOB) -> Gift:
    """The gift that a member was asked about."""
    gift = Gift(GUILD, giver, receiver, amount, key)
    return (await world.klapper.giving.ask(gift, NOWHERE)).gift


async def give(world: World, amount: int, *, key: int = 10, giver: int = ANN, receiver: int = BOB) -> int:
    """Ask, and confirm it; what the giver has then."""
    gift = await asked(world, amount, key=key, giver=giver, receiver=receiver)
    return await world.klapper.giving.give(gift, NOWHERE)


async def refused(work: Awaitable[object]) -> RequestRefused:
    with pytest.raises(RequestRefused) as refusal:
        await work
    return refusal.value


def joined(at_ms: int) -> Place:
    """Somebody who came to the guild then."""
    return Place(joined_at_ms=at_ms)
