"""The one way in: everything is decided before anything is held, and what is held is held whole."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import JobStatus
from klapper.kling.request import Shot
from klapper.moderation.rules import GuildRules
from klapper.moderation.text_rules import TextRules
from klapper.services.submission import Submitted, body_hash
from klapper.services.views import MoneyState
from tests.calls import counted_calls
from tests.unit.database.interrupted import interrupt
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, OTHER_GUILD, PRICE, World

WRITTEN = ("decisions", "reservations", "jobs", "cards", "job_events")
NOTHING = dict.fromkeys(WRITTEN, 0)
ONE_OF_EACH = dict.fromkeys(WRITTEN, 1)


async def written(world: World) -> dict[str, int]:
    """How many rows there are of everything that a submission writes."""
    return {table: (await world.rows(f"SELECT COUNT(*) FROM {table}"))[0][0] for table in WRITTEN}


async def test_an_accepted_request_is_a_decision_a_hold_a_job_and_a_card(world: World) -> None:
    submitted = await world.submitted(world.asking("a fox"))
    assert submitted.is_new
    assert await written(world) == ONE_OF_EACH
    view = await world.view(submitted.job.job_id)
    assert (view.job.status, view.money.state, view.money.credits) == (JobStatus.WAITING, MoneyState.HELD, PRICE)
    assert view.job == submitted.job
    assert view.card is not None
    assert (view.card.channel_id, view.card.message_id) == (CHANNEL, None)
    assert (await world.balance()).held == PRICE


async def test_the_decision_names_exactly_the_text_that_is_sent(world: World) -> None:
    job = await world.submit("a fox", negative_prompt="rain")
    other = await world.submit("a fox", negative_prompt="rain.")
    hashes = dict(await world.rows("SELECT job_id, content_hash FROM jobs JOIN decisions USING (decision_id)"))
    assert hashes[job.job_id] != hashes[other.job_id]


@pytest.mark.parametrize("late", [False, True], ids=["while it waits", "when its answer is there"])
async def test_a_submission_cancelled_at_any_await_leaves_all_or_nothing(open_world: OpenWorld, late: bool) -> None:
    world = await open_world(credits={"default_allowance": 100_000, "guild_budget": 100_000})

    async def submit(user_id: int) -> None:
        await world.submitted(world.asking(user_id=user_id))

    await submit(1)  # the first of all fills the budgets
    awaits = (await interrupt(submit(2))).awaits
    kept = 0
    for n in range(1, awaits + 1):
        before = await written(world)
        outcome = await interrupt(submit(2 + n), {n}, late=late)
        assert outcome.cancelled
        after = await written(world)
        left = {table: after[table] - before[table] for table in WRITTEN}
        assert left in (NOTHING, ONE_OF_EACH), n
        kept += left == ONE_OF_EACH
        held = (await world.balance(2 + n)).held
        assert held == (PRICE if left == ONE_OF_EACH else 0)
    assert kept == 1  # cancelled in its COMMIT, which had left already


async def test_a_replayed_interaction_is_the_same_job(world: World) -> None:
    ask = world.asking("a fox", interaction_id=77)
    first = await world.submitted(ask)
    again = await world.submitted(ask)
    assert again == Submitted(first.job, is_new=False)
    assert await written(world) == ONE_OF_EACH


async def test_an_interaction_that_arrives_many_times_at_once_is_one_job(world: World) -> None:
    ask = world.asking("a fox", interaction_id=77)
    results = await asyncio.gather(*(world.submitted(ask) for _ in range(10)))
    assert sum(result.is_new for result in results) == 1
    assert len({result.job.job_id for result in results}) == 1
    assert await written(world) == ONE_OF_EACH


async def test_a_replay_finds_its_job_even_where_new_requests_are_refused(world: World) -> None:
    ask = world.asking("a fox", interaction_id=77)
    first = await world.submitted(ask)
    await world.klapper.guilds.pause(GUILD, BOB)
    assert (await world.submitted(ask)).job.job_id == first.job.job_id


async def test_the_same_interaction_id_of_a_cancelled_submission_can_be_tried_again(world: World) -> None:
    ask = world.asking("a fox", interaction_id=77)

    async def submit() -> None:
        await world.klapper.submission.submit(ask)

    async with world.database.write():  # so it waits for its turn
        assert (await interrupt(submit(), {1})).cancelled
    assert (await world.submitted(ask)).is_new


# Refusals: a code, a sentence, nothing held


async def assert_refused(world: World, code: str, *words: str, **asked: Any) -> None:
    before = await written(world)
    refusal = await world.refused(world.asking(**asked))
    assert refusal.code == code
    for word in words:
        assert re.search(word, refusal.sentence), refusal.sentence
    after = await written(world)
    assert {**after, "decisions": 0} == {**before, "decisions": 0}


async def test_a_member_without_enough_credits_hears_what_is_left_and_when_it_comes_back(world: World) -> None:
    for n in range(5):
        await world.submit(f"fox {n}")
    resets_at_s = (await world.balance()).resets_at_ms // 1000
    await world.execute("UPDATE jobs SET status = 'sending'")  # room in the queue
    await assert_refused(
        world, "not_enough_credits", "costs 84 credits", "you have 80", "your 500 a week", f"<t:{resets_at_s}:R>"
    )
    await world.execute("UPDATE jobs SET status = 'waiting'")


async def test_a_member_whose_allowance_never_covers_it_hears_that_and_who_can_give_more(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": 80})
    await assert_refused(
        world,
        "not_enough_credits",
        "you have 80",
        "your 80 a week are what everybody gets, which would not be enough",
        "ask the managers",
    )


async def test_a_member_without_any_allowance_is_sent_to_the_managers(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": 0})
    await assert_refused(world, "not_enough_credits", "you have 0", "Ask the managers")


async def test_the_budget_of_the_bot_ends_for_everybody_and_for_today(open_world: OpenWorld) -> None:
    world = await open_world(credits={"bot_budget_per_day": 100})
    await world.submit(user_id=ANN)
    await assert_refused(world, "bot_budget_used_up", "for a day", r"<t:\d+:R>", user_id=BOB, guild_id=OTHER_GUILD)
    assert (await world.balance(BOB, OTHER_GUILD)).held == 0
    await world.advance(24 * 3600)
    assert (await world.submit(user_id=BOB, guild_id=OTHER_GUILD)).status is JobStatus.WAITING


async def test_the_budget_of_one_guild_ends_for_that_guild_alone(open_world: OpenWorld) -> None:
    world = await open_world(credits={"guild_budget": 100})
    await world.submit(user_id=ANN)
    await assert_refused(world, "guild_budget_used_up", "This server's budget", r"<t:\d+:R>", user_id=BOB)
    await world.submit(user_id=BOB, guild_id=OTHER_GUILD)


async def test_a_job_may_cost_as_much_as_the_largest_and_no_more(open_world: OpenWorld) -> None:
    world = await open_world(limits={"largest_job": PRICE})
    await world.submit()
    await assert_refused(world, "job_too_large", "one clip may cost at most 84", duration_s=6)


async def test_the_queue_of_a_member_has_an_end(open_world: OpenWorld) -> None:
    world = await open_world(limits={"waiting_per_member": 2})
    await world.submit("one")
    job = await world.submit("two")
    await assert_refused(world, "too_many_waiting", "2 jobs waiting", "2 may wait")
    await world.submit("of somebody else", user_id=BOB)
    await world.move(job, JobStatus.SENDING)
    await world.submit("three")


async def test_a_paused_guild_takes_nothing_new_and_others_do(world: World) -> None:
    await world.klapper.guilds.pause(GUILD, BOB)
    await assert_refused(world, "guild_paused", "paused")
    await world.submit(guild_id=OTHER_GUILD)
    await world.klapper.guilds.resume(GUILD, BOB)
    await world.submit()


async def test_a_retired_model_is_refused_by_name_and_its_siblings_are_not(world: World) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('kling-3-standard-text2video', 'retired', 0)")
    await assert_refused(world, "model_retired", "Kling 3.0 Standard", "choose another")
    await world.submit(model="o3", duration_s=3)


@pytest.mark.parametrize("reason", ["forbidden", "bad_key", "no_credits", "team_limit"])
async def test_any_other_pause_of_segminds_lets_requests_wait(world: World, reason: str) -> None:
    scope = "kling-3-standard-text2video" if reason == "forbidden" else "all"
    await world.execute("INSERT INTO provider_pauses VALUES (:scope, :reason, 0)", scope=scope, reason=reason)
    assert (await world.submit()).status is JobStatus.WAITING


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"prompt": "x" * 2501}, "prompt_too_long"),
        ({"prompt": ""}, "prompt_missing"),
        ({"model": "v4"}, "unknown_model"),
        ({"mode": "pro"}, "mode_not_taken"),
        ({"duration_s": 16}, "duration_not_a_choice"),
        ({"shots": (Shot("one", 5),), "duration_s": 6}, "shots_sum_differs"),
    ],
)
async def test_what_the_model_does_not_take_is_refused_by_name(
    world: World, options: dict[str, object], code: str
) -> None:
    await assert_refused(world, code, **options)
    assert await written(world) == NOTHING


# Moderation


@pytest.fixture
async def strict(open_world: OpenWorld) -> World:
    return await open_world(moderation={"blocked_terms": ["peg", "big foo"]})


@pytest.mark.parametrize(
    "asked",
    [
        {"prompt": "a Peg on the wall"},
        {"prompt": "BIG\u00a0FOO"},
        {"prompt": "fine", "negative_prompt": "no ｐｅｇ"},
        {"prompt": "fine", "shots": (Shot("a dog", 2), Shot("a peg", 3))},
    ],
)
async def test_a_blocked_term_anywhere_is_refused_and_on_record(strict: World, asked: dict[str, object]) -> None:
    await assert_refused(strict, "blocked_term", "peg|big foo", **asked)
    assert await strict.rows("SELECT verdict, rule FROM decisions") == [("refused", "blocked_term")]
    assert (await strict.balance()).held == 0


@pytest.mark.parametrize("prompt", ["a pegboard", "Winnipeg", "big food", "bigfoo"])
async def test_a_false_friend_of_a_blocked_term_is_made(strict: World, prompt: str) -> None:
    job = await strict.submit(prompt)
    assert await strict.rows("SELECT verdict, rule FROM decisions") == [("allowed", "no_objection")]
    assert job.status is JobStatus.WAITING


async def test_a_blocked_member_is_refused_in_that_guild_alone(world: World) -> None:
    async with world.database.write() as tx:
        member_ref = await world.klapper.ledger.member(tx, GUILD, ANN, 0)
        await world.klapper.standings.block(tx, member_ref, reason="spam", by="operator", now_ms=0)
    await assert_refused(world, "blocked_member", "blocked you")
    assert await world.rows("SELECT verdict, rule FROM decisions") == [("refused", "blocked_member")]
    await world.submit(guild_id=OTHER_GUILD)
    await world.submit(user_id=BOB)


# Many at once


async def test_of_fifty_parallel_requests_with_credit_for_ten_exactly_ten_are_taken(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": 10 * PRICE + PRICE - 1}, limits={"waiting_per_member": 100})
    asks = [world.asking(f"fox {n}") for n in range(50)]
    results = await asyncio.gather(*map(world.klapper.submission.submit, asks), return_exceptions=True)
    taken = [result for result in results if isinstance(result, Submitted)]
    refusals = [result for result in results if isinstance(result, RequestRefused)]
    assert (len(taken), len(refusals)) == (10, 40)
    assert {refusal.code for refusal in refusals} == {"not_enough_credits"}
    assert all(re.search(r"<t:\d+:R>", refusal.sentence) for refusal in refusals)
    assert await written(world) == dict.fromkeys(WRITTEN, 10)
    balance = await world.balance()
    assert (balance.available, balance.held) == (PRICE - 1, 10 * PRICE)


async def test_a_burst_fills_the_queue_and_no_more(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": 100_000}, limits={"waiting_per_member": 3})
    asks = [world.asking(f"fox {n}") for n in range(20)]
    results = await asyncio.gather(*map(world.klapper.submission.submit, asks), return_exceptions=True)
    assert sum(isinstance(result, Submitted) for result in results) == 3


async def test_a_free_job_needs_no_credits(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": 0, "markup": 0})
    view = await world.view((await world.submit()).job_id)
    assert (view.money.state, view.money.credits) == (MoneyState.HELD, 0)


async def test_equal_requests_have_equal_bodies_and_others_do_not(world: World) -> None:
    first = await world.submit("a fox", user_id=ANN)
    same = await world.submit("a fox", user_id=BOB, duration_s=5)
    other = await world.submit("a fox", duration_s=6)
    assert first.body_hash == same.body_hash != other.body_hash
    view = await world.view(first.job_id)
    assert view.request is not None
    assert body_hash(view.request) == first.body_hash


HOSTILE = "a$|!b.-c" * 312  # pieces that may or may not belong together: 2,496 characters


async def test_a_long_text_is_read_beside_the_event_loop(world: World) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    await world.submitted(world.asking("a fox"))  # what is looked up once in a process
    with counted_calls() as of_a_short_one:
        await world.submitted(world.asking("a wolf"))
    with counted_calls() as of_a_hostile_one:
        await world.submitted(world.asking(HOSTILE))
    with counted_calls() as of_reading_it:
        TextRules([]).read([HOSTILE], GuildRules())
    assert of_a_hostile_one.count < 2 * of_a_short_one.count
    assert of_reading_it.count > 10 * of_a_short_one.count  # the test says something
