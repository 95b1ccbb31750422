"""Members give each other credits: where they may, what they have, once, and no more a day than they may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from klapper.clock import DAY_MS
from klapper.errors import RequestRefused
from klapper.ledger.records import Kind
from klapper.messages import history_texts
from klapper.moderation.audit import Action
from klapper.moderation.rules import NOWHERE
from klapper.quotas.quota import Giving, Newcomers
from klapper.services.giving import Gift
from tests.unit.services.forgotten import delete
from tests.unit.services.moved import asked, give, grant, joined, let_give, lines, order, refused
from tests.unit.services.world import ANN, BOB, CYD, GUILD, World


async def bonus(world: World, user_id: int) -> int:
    return (await world.balance(user_id)).bonus


async def both_refuse(world: World, gift: Gift) -> RequestRefused:
    """The question and the gift are refused in the same words."""
    question = await refused(world.klapper.giving.ask(gift, NOWHERE))
    ends_ms = world.clock.now_ms() + DAY_MS
    confirmed = Gift(gift.guild_id, gift.giver, gift.receiver, gift.amount, gift.interaction_id, ends_ms)
    answer = await refused(world.klapper.giving.give(confirmed, NOWHERE))
    assert (question.code, question.sentence) == (answer.code, answer.sentence)
    return answer


async def test_a_gift_goes_from_bonus_to_bonus_after_it_was_confirmed(world: World) -> None:
    await let_give(world)
    await grant(world, 100)
    offer = await world.klapper.giving.ask(Gift(GUILD, ANN, BOB, 30, 10), NOWHERE)
    assert (offer.bonus, offer.left, await bonus(world, BOB)) == (100, 70, 0)
    assert await world.klapper.giving.give(offer.gift, NOWHERE) == 70
    assert (await bonus(world, ANN), await bonus(world, BOB)) == (70, 30)
    assert [amount for *_, amount in await lines(world, Kind.GIVE)] == [30]


async def test_pressing_twice_gives_once_and_is_answered_the_same(world: World) -> None:
    await let_give(world)
    await grant(world, 100)
    gift = await asked(world, 30)
    assert await asyncio.gather(*(world.klapper.giving.give(gift, NOWHERE) for _ in range(5))) == [70] * 5
    await world.clock.jump(3600)
    assert await world.klapper.giving.give(gift, NOWHERE) == 70  # also when the question is over


async def test_of_two_gifts_at_once_of_all_there_is_one_is_given(world: World) -> None:
    await let_give(world)
    await grant(world, 30)
    gifts = [await asked(world, 30, key=key, receiver=receiver) for key, receiver in ((10, BOB), (11, CYD))]
    answers = await asyncio.gather(
        *(world.klapper.giving.give(gift, NOWHERE) for gift in gifts), return_exceptions=True
    )
    assert [answer.code for answer in answers if isinstance(answer, RequestRefused)] == ["too_little_to_give"]
    assert await bonus(world, BOB) + await bonus(world, CYD) == 30


async def test_a_question_survives_a_restart_and_ends_with_its_time(world: World) -> None:
    await let_give(world)
    await grant(world, 100)
    first, second = await asked(world, 30), await asked(world, 30, key=11)
    await world.kill()
    assert await world.klapper.giving.give(first, NOWHERE) == 70
    await world.clock.jump(16 * 60)
    assert (await refused(world.klapper.giving.give(second, NOWHERE))).code == "gift_question_over"
    assert await bonus(world, BOB) == 30


async def test_nothing_is_given_where_the_guild_does_not_let_its_members(world: World) -> None:
    await grant(world, 100)
    assert "`/manage rules`" in (await both_refuse(world, Gift(GUILD, ANN, BOB, 30, 10))).sentence
    await let_give(world)
    gift = await asked(world, 30)
    async with world.database.write() as tx:
        await world.klapper.quota_store.set_giving(tx, GUILD, Giving())
    assert (await refused(world.klapper.giving.give(gift, NOWHERE))).code == "giving_is_off"


@pytest.mark.parametrize(
    ("amount", "receiver", "code"), [(0, BOB, "bad_amount"), (1_000_001, BOB, "bad_amount"), (5, ANN, "own_gift")]
)
async def test_what_is_no_gift_is_refused(world: World, amount: int, receiver: int, code: str) -> None:
    await let_give(world)
    assert (await both_refuse(world, Gift(GUILD, ANN, receiver, amount, 10))).code == code


async def test_an_allowance_and_what_is_reserved_cannot_be_given(world: World) -> None:
    await let_give(world)
    refusal = await both_refuse(world, Gift(GUILD, ANN, BOB, 30, 10))
    assert (refusal.code, "no credits that can be given" in refusal.sentence) == ("too_little_to_give", True)
    await grant(world, 20)
    assert "at most 20 credits" in (await both_refuse(world, Gift(GUILD, ANN, BOB, 30, 10))).sentence


# How much a day


async def test_no_more_is_given_on_a_day_than_the_guild_lets_a_member(world: World) -> None:
    await let_give(world, per_day=50)
    await grant(world, 200)
    assert "at most 50 credits a day here: give fewer" in (await refused(asked(world, 51))).sentence
    await give(world, 30, key=1)
    refusal = await both_refuse(world, Gift(GUILD, ANN, CYD, 21, 10))
    assert (refusal.code, "have given 30 today: give at most 20 now" in refusal.sentence) == ("given_too_much", True)
    await give(world, 20, key=2, receiver=CYD)
    assert "You have given the 50 credits" in (await refused(asked(world, 1))).sentence
    await grant(world, 10, user_id=BOB, interaction_id=9)
    assert await give(world, 10, key=3, giver=BOB, receiver=CYD) == 30  # what others gave is theirs


async def test_of_many_gifts_at_once_no_more_are_given_than_the_day_has(world: World) -> None:
    await let_give(world, per_day=50)
    await grant(world, 500)
    gifts = [await asked(world, 20, key=key) for key in range(1, 6)]
    answers = await asyncio.gather(
        *(world.klapper.giving.give(gift, NOWHERE) for gift in gifts), return_exceptions=True
    )
    assert [answer.code for answer in answers if isinstance(answer, RequestRefused)] == ["given_too_much"] * 3
    assert await bonus(world, BOB) == 40


@pytest.mark.parametrize("time_zone", ["Pacific/Apia", "America/New_York", "Europe/Berlin"])
async def test_the_day_ends_at_the_guilds_midnight(world: World, time_zone: str) -> None:
    await let_give(world, per_day=50, time_zone=time_zone)
    await grant(world, 200)
    now = datetime.fromtimestamp(world.clock.now_ms() / 1000, UTC).astimezone(ZoneInfo(time_zone))
    to_midnight_s = 86_400 - (now.hour * 3600 + now.minute * 60 + now.second)  # no clock changes in that week
    await world.clock.jump(to_midnight_s - 1)
    await give(world, 50, key=1)
    assert (await refused(asked(world, 1))).code == "given_too_much"
    await world.clock.jump(1)
    assert await give(world, 50, key=2) == 100


async def test_a_gift_that_waited_over_midnight_is_of_the_day_on_which_it_is_given(world: World) -> None:
    await let_give(world, per_day=50)
    await grant(world, 200)
    await world.clock.jump((DAY_MS - world.clock.now_ms() % DAY_MS) / 1000 - 1)
    gift = await asked(world, 50, key=1)
    async with world.database.write():
        giving = asyncio.create_task(world.klapper.giving.give(gift, NOWHERE))
        await asyncio.sleep(0)  # it waits for the lock
        midnight = asyncio.create_task(world.clock.jump(1))
        await asyncio.sleep(0)
    assert await asyncio.wait_for(giving, 5) == 150
    await midnight
    assert (await refused(asked(world, 1, key=2))).code == "given_too_much"


# Who


async def test_newcomers_get_and_do_not_give(world: World) -> None:
    await let_give(world)
    await grant(world, 100)
    async with world.database.write() as tx:
        await world.klapper.quota_store.set_newcomers(tx, GUILD, Newcomers(member_days=7))
    gift, now_ms = Gift(GUILD, ANN, BOB, 5, 10), world.clock.now_ms()
    assert (await refused(world.klapper.giving.ask(gift, joined(now_ms - DAY_MS)))).code == "member_too_new"
    assert (await world.klapper.giving.ask(gift, joined(now_ms - 8 * DAY_MS))).left == 95


async def block(world: World, user_id: int) -> None:
    await world.klapper.members.block(GUILD, user_id, by=CYD, words="x")


async def pause(world: World, user_id: int) -> None:
    await world.klapper.members.pause(GUILD, user_id, by=CYD, hours=2, words="x")


@pytest.mark.parametrize("act", [block, pause])
@pytest.mark.parametrize(("user_id", "codes"), [(ANN, {"giver_blocked", "giver_paused"}), (BOB, {"receiver_cannot"})])
async def test_nobody_who_is_blocked_or_paused_gives_or_gets(
    world: World, act: Callable[[World, int], Awaitable[None]], user_id: int, codes: set[str]
) -> None:
    await let_give(world)
    await grant(world, 100)
    gift = await asked(world, 30)
    await act(world, user_id)
    refusal = await both_refuse(world, Gift(GUILD, ANN, BOB, 30, 11))
    assert refusal.code in codes
    assert (await refused(world.klapper.giving.give(gift, NOWHERE))).code == refusal.code
    assert await bonus(world, ANN) == 100


async def test_who_deleted_their_data_gets_nothing_that_would_be_lost(world: World) -> None:
    await let_give(world)
    await grant(world, 100)
    gift = await asked(world, 30)
    await grant(world, 5, user_id=BOB, interaction_id=3)
    await revoke_all(world)
    await delete(world, BOB)
    refusal = await both_refuse(world, Gift(GUILD, ANN, BOB, 30, 11))
    assert (refusal.code, "delet" in refusal.sentence) == ("no_account", False)
    assert (await refused(world.klapper.giving.give(gift, NOWHERE))).code == "no_account"
    await world.klapper.preferences.notify(GUILD, BOB, "dm")  # as the sentence says
    assert (await give(world, 30, key=12), await bonus(world, BOB)) == (70, 30)


async def revoke_all(world: World) -> None:
    """One credit of Bob's allowance as well: for as long as that lasts, he is known again."""
    for key, amount, purse in ((4, 5, "bonus"), (5, 1, "allowance")):
        await world.klapper.movements.revoke(order(key), BOB, amount, purse, place=NOWHERE)  # type: ignore[arg-type]


# Telling


async def test_the_receiver_is_told_who_gave_and_the_audit_knows(world: World) -> None:
    await let_give(world)
    await grant(world, 100)
    await world.start("credit news")
    await give(world, 30)
    await world.advance(5)
    told = world.messenger.notices[-1]
    assert (told.user_id, told.action, told.amount, told.by, told.words) == (BOB, Action.CREDITS_GIVEN, 30, ANN, "")
    refs = dict(await world.rows("SELECT discord_user_id, member_ref FROM members"))
    assert await world.rows("SELECT actor, member_ref, detail FROM audit WHERE action = 'credits_given'") == [
        (f"member:{refs[ANN]}", refs[BOB], "30")
    ]


async def test_the_history_of_both_shows_it(world: World) -> None:
    await let_give(world)
    await grant(world, 100)
    await give(world, 30)
    for user_id, change, said in ((ANN, -30, "**-30** given to another"), (BOB, 30, "**+30** given by another")):
        line = (await world.klapper.history.page(GUILD, user_id))[0]
        assert (line.moved.kind, line.moved.change) == (Kind.GIVE, change)
        assert said in history_texts.history([line])
