"""What managers do with credits happens once, never takes more than there is, and is told to whom it concerns."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import JobStatus
from klapper.ledger.records import Kind
from klapper.moderation.audit import Action
from klapper.moderation.rules import NOWHERE, Place
from klapper.quotas.quota import RoleQuota
from klapper.services.movements import LARGEST_GRANT, REASON_CHARS
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.forgotten import delete
from tests.unit.services.moved import MAX, delivered, grant, lines, order, refused, revoke
from tests.unit.services.world import ANN, BOB, GUILD, OTHER_GUILD, PRICE, World

SENT = (JobStatus.SENDING, JobStatus.UNKNOWN)

# Granting


async def test_a_grant_is_a_bonus_that_the_next_period_leaves(world: World) -> None:
    assert await grant(world, 30) == 30
    await world.clock.jump(8 * 86400)
    assert (await world.balance()).bonus == 30


async def test_a_grant_happens_once_per_interaction(world: World) -> None:
    assert await grant(world, 30, interaction_id=5) == 30
    assert await grant(world, 30, interaction_id=5) == 30
    assert await grant(world, 30, interaction_id=6) == 60
    await asyncio.gather(*(grant(world, 10, interaction_id=7) for _ in range(10)))
    assert (await world.balance()).bonus == 70


async def test_an_interaction_is_one_of_whoever_made_it(world: World) -> None:
    assert await grant(world, 30, interaction_id=5) == 30
    assert await grant(world, 30, interaction_id=5, by=BOB, user_id=BOB) == 30


async def test_a_grant_says_who_gave_it(world: World) -> None:
    await grant(world, 30)
    [(actor, amount, reason)] = await world.rows("SELECT actor, amount, reason FROM transfers WHERE kind = 'grant'")
    [(granted_by,)] = await world.rows("SELECT member_ref FROM members WHERE discord_user_id = :user_id", user_id=MAX)
    assert (actor, amount, reason) == (f"member:{granted_by}", 30, "grant")


@pytest.mark.parametrize("amount", [0, -5, LARGEST_GRANT + 1])
async def test_an_amount_that_is_none_is_refused(world: World, amount: int) -> None:
    assert (await refused(grant(world, amount))).code == "bad_amount"
    assert (await refused(revoke(world, amount))).code == "bad_amount"
    assert await world.rows("SELECT * FROM transfers") == []


@pytest.mark.parametrize("words", ["", " \n ", "x" * (REASON_CHARS + 1)])
async def test_nothing_moves_without_a_reason(world: World, words: str) -> None:
    job, wanted, movements = await world.finished(), order(words=words), world.klapper.movements
    before = await world.rows("SELECT COUNT(*) FROM transfers")
    for act in (
        movements.grant(wanted, ANN, 5, place=NOWHERE),
        movements.revoke(wanted, ANN, 5, place=NOWHERE),
        movements.refund(wanted, job.job_id),
    ):
        assert (await refused(act)).code == "no_reason"
    assert await world.rows("SELECT COUNT(*) FROM transfers") == before


async def test_the_reason_is_in_the_audit_and_not_in_the_books(world: World) -> None:
    await grant(world, 30, words="  for Ann's help \n")
    assert await world.rows("SELECT words FROM audit") == [("for Ann's help",)]
    assert await world.rows("SELECT reason FROM transfers") == [("grant",)]


async def test_nothing_is_granted_to_who_deleted_their_data_and_what_they_had_can_be_taken_back(world: World) -> None:
    await grant(world, 30, interaction_id=5)
    await revoke(world, 1, purse="allowance")
    await delete(world)
    refusal = await refused(grant(world, 5, interaction_id=6))
    assert (refusal.code, "delet" in refusal.sentence) == ("no_account", False)
    assert await grant(world, 30, interaction_id=5) == 30  # what came twice is answered the same
    assert await revoke(world, 10, interaction_id=7) == 519
    await world.klapper.preferences.notify(GUILD, ANN, "dm")
    assert await grant(world, 5, interaction_id=8) == 25


# Taking back


async def test_what_is_revoked_is_gone_from_the_bonus_and_the_allowance_stays(world: World) -> None:
    await grant(world, 30)
    assert await revoke(world, 20) == 510
    assert ((await world.balance()).allowance, (await world.balance()).bonus) == (500, 10)
    [(debit, credit, amount)] = await lines(world, Kind.REVOKE)
    assert (debit.partition(":")[0], credit, amount) == ("bonus", "issuer", 20)


async def test_an_event_that_comes_twice_revokes_once(world: World) -> None:
    await grant(world, 30)
    assert [await revoke(world, 20) for _ in range(2)] == [510, 510]
    await asyncio.gather(*(revoke(world, 5, interaction_id=9) for _ in range(5)))
    assert (await world.balance()).bonus == 5


async def test_of_two_managers_at_once_who_take_all_of_it_one_does(world: World) -> None:
    await grant(world, 30)
    revocations = (revoke(world, 30, interaction_id=n, by=80 + n) for n in range(5))
    answers = await asyncio.gather(*revocations, return_exceptions=True)
    codes = [answer.code for answer in answers if isinstance(answer, RequestRefused)]
    assert codes == ["too_little_to_revoke"] * 4
    assert (await world.balance()).bonus == 0


async def test_more_than_there_is_is_refused_and_the_refusal_says_what_there_is(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": 50})
    await grant(world, 40)
    await world.submit()  # 34 of the bonus are reserved
    refusal = await refused(revoke(world, 10))
    assert refusal.code == "too_little_to_revoke"
    assert "They have 6 credits that do not expire" in refusal.sentence
    assert await revoke(world, 6, interaction_id=3) == 0
    assert "They have no credits that do not expire" in (await refused(revoke(world, 1, interaction_id=4))).sentence


async def test_a_revoked_allowance_is_not_filled_up_again_before_the_next_period(world: World) -> None:
    assert await revoke(world, 450, purse="allowance") == 50
    await world.submit("a cheaper one", model="v1", duration_s=5, mode="std")
    balance = await world.balance()
    assert (balance.allowance + balance.held, balance.granted_in_period) == (50, 500)
    await world.clock.jump(8 * 86400)
    balance = await world.balance()
    assert balance.allowance + balance.held == 500 + balance.held


async def test_who_has_left_loses_what_they_had_and_is_granted_nothing(world: World) -> None:
    role = Place(role_ids=frozenset({5}))
    async with world.database.write() as tx:
        await world.klapper.quota_store.set_role(tx, GUILD, 5, RoleQuota(100))
    movements = world.klapper.movements
    await movements.revoke(order(1), ANN, 1, "allowance", place=role)
    for _ in range(2):  # a second delivery of the same event is answered the same
        assert (await movements.revoke(order(2), ANN, 50, "allowance", place=None)).balance.available == 49
    await world.clock.jump(8 * 86400)
    short = await refused(movements.revoke(order(3), ANN, 1, "allowance", place=None))
    assert (short.code, await lines(world, Kind.GRANT)) == ("too_little_to_revoke", [("issuer", "allowance:2", 100)])
    assert (await world.klapper.credits.balance(GUILD, ANN, role)).balance.allowance == 100  # they came back


async def test_the_other_purse_is_named_where_it_has_something(world: World) -> None:
    assert "Choose `from: allowance` for up to 500" in (await refused(revoke(world, 1))).sentence
    await grant(world, 7)
    assert "Choose `from: bonus` for up to 7" in (await refused(revoke(world, 501, purse="allowance"))).sentence


# Giving back


async def test_a_refund_goes_back_to_where_it_came_from_and_the_card_shows_it(world: World) -> None:
    job = await delivered(world)
    refunded = await world.klapper.movements.refund(order(words="the clip is empty"), job.job_id)
    assert (refunded.credits, refunded.user_id) == (PRICE, ANN)
    assert (await world.balance()).allowance == 500
    await world.advance(30)
    [card] = world.messenger.cards(job.job_id)
    assert card.view.money.state is MoneyState.REFUNDED
    assert card.clip is not None
    assert await world.rows(
        "SELECT action, detail, words FROM audit WHERE job_id = :id AND words <> ''", id=job.job_id
    ) == [("credits_refunded", str(PRICE), "the clip is empty")]


async def test_a_card_whose_process_died_after_the_refund_shows_it_when_it_is_back(world: World) -> None:
    job = await delivered(world)
    await world.kill()
    await world.klapper.movements.refund(order(), job.job_id)
    [card] = world.messenger.cards(job.job_id)
    assert card.view.money.state is MoneyState.CHARGED
    before = card.edits
    for _ in range(2):  # the second process finds nothing left to do
        await world.kill()
        await world.start("cards")
        await world.advance(30)
    assert (card.view.money.state, card.edits - before) == (MoneyState.REFUNDED, 1)


async def test_several_managers_at_once_give_back_once(world: World) -> None:
    job, refund = await world.finished(), world.klapper.movements.refund
    answers = await asyncio.gather(*(refund(order(n, by=80 + n), job.job_id) for n in range(4)), return_exceptions=True)
    late = [answer for answer in answers if isinstance(answer, RequestRefused)]
    assert [refusal.code for refusal in late] == ["given_back_already"] * 3
    assert all("<@80>" in refusal.sentence for refusal in late)
    assert len(await lines(world, Kind.REFUND)) == 1


async def test_the_same_event_is_answered_the_same(world: World) -> None:
    job, refund = await world.finished(), world.klapper.movements.refund
    assert await refund(order(4), job.job_id) == await refund(order(4), job.job_id)
    assert (await refused(refund(order(5), job.job_id))).code == "given_back_already"


async def test_what_was_not_charged_cannot_be_given_back(world: World) -> None:
    refund = world.klapper.movements.refund
    running, failed, late, done = [await world.submit(prompt) for prompt in ("a", "b", "c", "d")]
    await world.move(failed, *SENT, JobStatus.FAILED)
    await world.move(late, *SENT, JobStatus.ABANDONED, JobStatus.SUCCEEDED)
    await world.move(done, *SENT, JobStatus.SUCCEEDED)
    expected = {running: "not_finished", failed: "nothing_charged", late: "nothing_charged"}
    for job, code in expected.items():
        assert (await refused(refund(order(), job.job_id))).code == code
    assert "late and free" in (await refused(refund(order(), late.job_id))).sentence
    assert (await refused(refund(order(guild_id=OTHER_GUILD), done.job_id))).code == "no_such_job"
    assert (await refused(refund(order(), "aaaaaaaa"))).code == "no_such_job"
    assert (await refund(order(), done.job_id)).credits == PRICE


async def test_a_free_clip_has_nothing_to_give_back(world: World) -> None:
    async with world.database.write() as tx:
        await world.klapper.quota_store.set_channel(tx, GUILD, 7, 0)
    ask = replace(world.asking(), place=Place(channel_ids=(7,)))
    job = (await world.submitted(ask)).job
    await world.move(job, *SENT, JobStatus.SUCCEEDED)
    assert (await refused(world.klapper.movements.refund(order(), job.job_id))).code == "free_of_charge"


async def test_the_charge_of_somebody_who_is_forgotten_goes_back_and_nobody_is_told(world: World) -> None:
    job = await delivered(world)
    await delete(world)
    await world.start("credit news")
    refunded = await world.klapper.movements.refund(order(), job.job_id)
    assert (refunded.user_id, refunded.credits) == (None, PRICE)
    await world.advance(5)
    assert world.messenger.notices == []
    assert await world.rows("SELECT news FROM credit_orders") == [("unheard",)]
    await world.klapper.preferences.notify(GUILD, ANN, "dm")  # Ann is back
    assert (await world.balance()).available == 500


async def test_what_managers_wrote_about_credits_goes_with_a_members_data(world: World) -> None:
    await grant(world, 30, interaction_id=1)
    await revoke(world, 20, interaction_id=2)
    await delete(world)
    assert await world.rows("SELECT words FROM audit WHERE action LIKE 'credits_%'") == [("",), ("",)]


# Telling


async def test_whom_it_concerns_is_told_why_and_once(world: World) -> None:
    await world.start("credit news")
    job = await world.finished()
    await grant(world, 30, interaction_id=1)
    await revoke(world, 20, interaction_id=2)
    await world.klapper.movements.refund(order(3, words="the clip is empty"), job.job_id)
    await world.advance(900)
    told = [(one.user_id, one.action, one.amount, one.words, one.job_id) for one in world.messenger.notices]
    assert told == [
        (ANN, Action.CREDITS_GRANTED, 30, "a prize", None),
        (ANN, Action.CREDITS_REVOKED, 20, "a mistake", None),
        (ANN, Action.CREDITS_REFUNDED, PRICE, "the clip is empty", job.job_id),
    ]
    assert world.messenger.count("notify") == 3


async def test_a_process_that_dies_after_the_commit_tells_when_it_is_back(world: World) -> None:
    await grant(world, 30)
    await world.kill()
    await world.start("credit news")
    await world.advance(5)
    assert [one.amount for one in world.messenger.notices] == [30]


async def test_what_was_told_although_the_answer_was_lost_is_not_told_again(world: World) -> None:
    world.messenger.errors["notify"].append(("try_later", "after"))
    await world.start("credit news")
    await grant(world, 30)
    await world.settle()
    await world.kill()
    await world.clock.jump(600)  # a repeated nonce is another message by now
    await world.start("credit news")
    await world.advance(600)
    assert (world.messenger.count("notify"), world.messenger.count("was_notified")) == (1, 1)
    assert await world.rows("SELECT news FROM credit_orders") == [("told",)]


async def test_who_takes_no_direct_messages_is_not_tried_again(world: World) -> None:
    world.messenger.closed_dms.add(ANN)
    await world.start("credit news")
    await grant(world, 30)
    await world.advance(900)
    assert world.messenger.count("notify") == 1
    assert await world.rows("SELECT news FROM credit_orders") == [("unheard",)]


async def test_telling_ends_after_a_day_without_an_answer(world: World) -> None:
    world.messenger.errors["notify"].extend([("try_later", "before")] * 10_000)
    await world.start("credit news")
    await grant(world, 30)
    await world.advance(600)
    assert await world.rows("SELECT news FROM credit_orders") == [("due",)]
    await world.clock.jump(24 * 3_600)
    await world.advance(120)
    assert await world.rows("SELECT news FROM credit_orders") == [("unheard",)]


async def test_nobody_is_told_of_what_became_of_somebody_who_is_forgotten(world: World) -> None:
    await grant(world, 30)
    await world.execute("UPDATE members SET discord_user_id = NULL WHERE discord_user_id = :ann", ann=ANN)
    await world.start("credit news")
    await world.advance(5)
    assert world.messenger.notices == []
    assert await world.rows("SELECT news FROM credit_orders") == [("unheard",)]
