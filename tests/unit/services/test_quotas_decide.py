"""What a guild set decides in the reserving transaction, and the refusal says which rule it was."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from klapper.clock import DAY_MS, SECOND_MS
from klapper.drafts.draft import Draft
from klapper.jobs.job import JobStatus
from klapper.kling.request import VideoRequest
from klapper.ledger.periods import Rhythm
from klapper.moderation.rules import Place
from klapper.quotas.makes import Makes
from klapper.quotas.quota import Limits, Newcomers, RoleQuota
from klapper.services.asking import Ask, Question
from klapper.services.drafts import Author
from klapper.services.quota import DISCORD_EPOCH_MS
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import AT_ONCE
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, OTHER_GUILD, PRICE, World

OLGA, ROLE, OTHER_ROLE, CATEGORY = 2001, 90, 91, 70
AS_ARTIST = Place((CHANNEL, CATEGORY), frozenset({GUILD, ROLE}))
AS_BOTH = replace(AS_ARTIST, role_ids=frozenset({GUILD, ROLE, OTHER_ROLE}))
HERE = Place((CHANNEL, CATEGORY), frozenset({GUILD}))


def asking(world: World, place: Place = HERE, **more: Any) -> Ask:
    return replace(world.asking(**more), place=place)


async def refused(world: World, code: str, *words: str, place: Place = HERE, **more: Any) -> str:
    """Refused when it is previewed and when it is submitted, in the same words; nothing is held."""
    held = (await world.balance()).held
    refusal = await world.refused(asking(world, place, **more))
    assert refusal.code == code
    for word in words:
        assert word in refusal.sentence, refusal.sentence
    assert (await world.balance()).held == held
    return refusal.sentence


async def accepted(world: World, place: Place = HERE, **more: Any) -> int:
    """The price that was reserved."""
    submitted = await world.klapper.submission.submit(asking(world, place, **more))
    assert not isinstance(submitted, Question)
    return submitted.job.price.credits


def with_fox(draft: Draft) -> Draft:
    return replace(draft, request=VideoRequest(prompt="a fox"))


async def test_a_refusal_names_the_role_that_decides(world: World) -> None:
    desk = world.klapper.quota_desk
    await desk.set_role(GUILD, OLGA, GUILD, RoleQuota(20))
    await desk.set_role(GUILD, OLGA, ROLE, RoleQuota(PRICE + 10))
    await refused(
        world,
        "not_enough_credits",
        "you have 20 until the next ones come <t:",
        "your 20 a week are what everybody gets on",
    )
    await accepted(world, AS_ARTIST)
    await refused(
        world,
        "not_enough_credits",
        f"This costs {PRICE} credits and you have 10 (84 more are reserved) until the next ones come <t:",
        f"your {PRICE + 10} a week come from the role <@&{ROLE}>",
        "wait until then",
        place=AS_ARTIST,
    )
    await desk.set_member(GUILD, OLGA, ANN, 0)
    await refused(world, "not_enough_credits", "the managers of this server gave you no allowance", place=AS_ARTIST)


async def test_a_role_that_is_gained_tops_up_and_one_that_is_lost_takes_nothing_back(world: World) -> None:
    desk = world.klapper.quota_desk
    await desk.set_role(GUILD, OLGA, GUILD, RoleQuota(PRICE))
    await desk.set_role(GUILD, OLGA, ROLE, RoleQuota(3 * PRICE))
    await accepted(world)
    await accepted(world, AS_ARTIST)  # two more of the three that the role gives
    await accepted(world, HERE)
    await refused(world, "not_enough_credits", "you have 0")
    await refused(world, "not_enough_credits", "you have 0", place=AS_ARTIST)  # not granted once more


async def test_the_guilds_period_is_its_own(world: World) -> None:
    await world.klapper.quota_desk.set_rhythm(GUILD, OLGA, Rhythm("day", "Pacific/Apia"))
    await accepted(world)
    assert (await world.balance()).allowance == 500 - PRICE
    resets_at_ms = (await world.balance()).resets_at_ms
    assert resets_at_ms - world.clock.now_ms() <= DAY_MS
    await world.advance((resets_at_ms - world.clock.now_ms()) / SECOND_MS)
    assert (await world.balance()).allowance == 500
    other = await world.balance(guild_id=OTHER_GUILD)
    assert other.resets_at_ms > resets_at_ms


@pytest.mark.parametrize(("percent", "price"), [(150, 126), (50, 42), (1, 1), (0, 0), (1_000, 840)])
async def test_a_channel_has_its_price_on_the_draft_in_the_question_and_in_the_books(
    world: World, percent: int, price: int
) -> None:
    await world.klapper.quota_desk.set_role(GUILD, OLGA, GUILD, RoleQuota(2_000))
    await world.klapper.quota_desk.set_channel(GUILD, OLGA, CATEGORY, percent)
    drafts, author = world.klapper.draft_desk, Author(GUILD, CHANNEL, ANN, HERE)
    draft = (await drafts.storyboard(author)).draft
    view = await drafts.change(draft.draft_id, author, with_fox)
    assert view.priced is not None
    assert view.priced.price.credits == price
    assert await accepted(world) == price
    assert (await world.balance()).held == price
    assert await accepted(world, Place((8,), frozenset({GUILD}))) == PRICE
    units = await world.rows("SELECT DISTINCT budget_units FROM jobs")
    assert units == [(PRICE,)]  # what the operator pays is the same everywhere


async def test_a_refusal_says_what_the_channel_made_of_the_price(world: World) -> None:
    await world.klapper.quota_desk.set_role(GUILD, OLGA, GUILD, RoleQuota(100))
    await world.klapper.quota_desk.set_channel(GUILD, OLGA, CHANNEL, 150)
    await refused(world, "not_enough_credits", f"This costs 126 credits (50 % more in <#{CHANNEL}>) and you have 100")


async def test_a_price_that_the_channel_changed_since_the_question_is_asked_about_again(world: World) -> None:
    drafts, author = world.klapper.draft_desk, Author(GUILD, CHANNEL, ANN, HERE)
    draft = (await drafts.storyboard(author)).draft
    draft = (await drafts.change(draft.draft_id, author, with_fox)).draft
    await world.klapper.quota_desk.set_channel(GUILD, OLGA, CHANNEL, 150)
    outcome = await world.klapper.submission.submit(
        await drafts.ask(draft.draft_id, author, 900, revision=draft.revision)
    )
    assert isinstance(outcome, Question)
    assert (outcome.draft.price_credits, outcome.place) == (126, HERE)


ONLY = RoleQuota(makes=Makes(frozenset({"v1"}), frozenset({"std"}), 5))


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({}, "model_not_allowed", "Kling 3.0 Standard is not for you here: this server allows only Kling 1."),
        ({"model": "v1", "mode": "pro"}, "mode_not_allowed", "The mode pro is not for you here: this server allows"),
        ({"model": "v1", "duration_s": 10}, "clip_too_long", "This is 10 s long, and this server allows at most 5 s"),
    ],
)
async def test_what_neither_everybody_nor_a_role_may_make_is_refused_by_name(
    world: World, asked: dict[str, Any], code: str, words: str
) -> None:
    await world.klapper.quota_desk.set_role(GUILD, OLGA, GUILD, ONLY)
    await refused(world, code, words, **asked)
    await accepted(world, model="v1")
    await world.klapper.quota_desk.set_role(GUILD, OLGA, ROLE, RoleQuota(makes=Makes(frozenset({"v3", "v1"}))))
    await accepted(world, AS_ARTIST, **asked)


async def test_a_refusal_names_the_roles_that_allow_less(world: World) -> None:
    desk = world.klapper.quota_desk
    await desk.set_role(GUILD, OLGA, ROLE, ONLY)
    await refused(world, "model_not_allowed", f"your role <@&{ROLE}> allows only", place=AS_ARTIST)
    await desk.set_role(GUILD, OLGA, OTHER_ROLE, RoleQuota(makes=Makes(frozenset({"o3"}))))
    said = (
        f"your roles <@&{ROLE}> and <@&{OTHER_ROLE}> allow only Kling 1, in std, up to 5 s or Kling O3. Ask for that."
    )
    await refused(world, "not_allowed", said, place=AS_BOTH)
    await accepted(world, AS_BOTH, model="o3")


async def test_a_refusal_says_what_is_reserved_besides(world: World) -> None:
    await world.klapper.quota_desk.set_role(GUILD, OLGA, GUILD, RoleQuota(PRICE + 1))
    await accepted(world)
    await refused(world, "not_enough_credits", f"you have 1 ({PRICE} more are reserved) until the next ones")


async def test_a_channel_that_takes_less_lifts_no_limit(world: World) -> None:
    await world.klapper.quota_desk.set_limits(GUILD, OLGA, Limits(largest_job=PRICE - 1))
    await world.klapper.quota_desk.set_channel(GUILD, OLGA, CHANNEL, 50)
    await refused(world, "job_too_large", f"At the usual price, which counts for this, it costs {PRICE} credits")


async def test_who_sets_the_periods_of_a_guild_does_not_set_when_its_budget_begins_anew(world: World) -> None:
    budgeting = world.budgeting()
    await budgeting.set(GUILD, PRICE, actor="operator:ada")
    await accepted(world)
    resets_at_ms = (await world.balance(guild_id=OTHER_GUILD)).resets_at_ms  # of the operator's week
    for day in range(5):
        await world.klapper.quota_desk.set_rhythm(GUILD, OLGA, Rhythm("day", "UTC", day))
        await world.advance(DAY_MS / SECOND_MS)
        if world.clock.now_ms() < resets_at_ms:
            await refused(world, "guild_budget_used_up", f"<t:{resets_at_ms // SECOND_MS}:R>")


def account(created_at_ms: int) -> int:
    """A Discord id from then (Discord docs, Snowflakes)."""
    return (created_at_ms - DISCORD_EPOCH_MS) << 22


async def test_an_account_that_is_too_young_hears_when_it_is_old_enough(world: World) -> None:
    await world.klapper.quota_desk.set_newcomers(GUILD, OLGA, Newcomers(account_days=7))
    now_ms = world.clock.now_ms()
    new = account(now_ms - 7 * DAY_MS + SECOND_MS)
    sentence = await refused(world, "account_too_new", "at least 7 days old", user_id=new)
    at = re.search(r"<t:(\d+):R>", sentence)
    assert at is not None
    assert abs(int(at[1]) * SECOND_MS - now_ms - SECOND_MS) <= SECOND_MS
    await world.advance(1)
    await accepted(world, user_id=new)


async def test_a_member_who_joined_lately_waits_and_one_of_whom_nobody_knows_is_refused(world: World) -> None:
    await world.klapper.quota_desk.set_newcomers(GUILD, OLGA, Newcomers(member_days=3))
    now_ms = world.clock.now_ms()
    new, old = (replace(HERE, joined_at_ms=now_ms - days * DAY_MS) for days in (2, 3))
    await refused(world, "member_too_new", "joined at least 3 days ago", place=new)
    await refused(world, "joining_unknown", "Discord did not say when")
    await accepted(world, old)
    refusal = await world.refused(asking(world, new))
    with pytest.raises(type(refusal)) as begun:
        await world.klapper.submission.may_begin(GUILD, ANN, new)
    assert begun.value.code == "member_too_new"


async def test_the_guilds_limits_count_where_they_are_lower(open_world: OpenWorld) -> None:
    world = await open_world(limits={"waiting_per_member": 3, "largest_job": 400})
    await world.klapper.quota_desk.set_limits(GUILD, OLGA, Limits(waiting_per_member=1, largest_job=100))
    await refused(world, "job_too_large", "may cost at most 100 on this server", duration_s=10)
    await accepted(world)
    await refused(world, "too_many_waiting", "1 may wait at a time")
    assert await accepted(world, user_id=BOB) == PRICE
    for _ in range(3):
        await world.submit(guild_id=OTHER_GUILD)
    assert (await world.refused(world.asking(guild_id=OTHER_GUILD))).code == "too_many_waiting"


async def test_a_guild_that_lowers_what_may_run_does_not_slow_others(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"limits": {**AT_ONCE["limits"], "running_per_member": 2}})
    await world.klapper.quota_desk.set_limits(GUILD, OLGA, Limits(running_per_guild=1, running_per_member=1))
    for user_id in (ANN, BOB):
        for guild_id in (GUILD, OTHER_GUILD):
            for number in range(3):
                await world.submit(f"{number}", user_id=user_id, guild_id=guild_id)
    await world.start("sending")
    running = dict(await world.rows("SELECT guild_id, COUNT(*) FROM jobs WHERE status = 'queued' GROUP BY guild_id"))
    assert running == {GUILD: 1, OTHER_GUILD: 4}
    await world.klapper.quota_desk.set_limits(GUILD, OLGA, Limits())
    await world.advance(10)
    assert len(await world.rows("SELECT 1 FROM jobs WHERE guild_id = :g AND status = 'queued'", g=GUILD)) == 4


async def test_a_budget_that_is_set_by_hand_counts_at_once_and_is_the_guilds_alone(world: World) -> None:
    budgeting = world.budgeting()
    await budgeting.set(GUILD, 2 * PRICE, actor="operator:ada")
    await accepted(world)
    await budgeting.set(GUILD, PRICE + 10, actor="operator:ada")  # lowered below what is left of it
    await refused(world, "guild_budget_used_up")
    await world.submit(guild_id=OTHER_GUILD)
    await budgeting.set(GUILD, 2 * PRICE, actor="operator:ada")
    await accepted(world)
    await refused(world, "guild_budget_used_up", "starts anew <t:")
    await budgeting.reset(GUILD, actor="operator:ada")
    await accepted(world)
    lines = await world.rows("SELECT actor, detail FROM audit WHERE action = 'budget_set' ORDER BY entry_id")
    assert [detail for _, detail in lines] == ["168 units", "94 units", "168 units", "as configured"]
    assert {actor for actor, _ in lines} == {"operator:ada"}


async def test_a_job_that_was_accepted_is_not_touched_by_a_change(world: World) -> None:
    job = await world.submit("a fox")
    desk = world.klapper.quota_desk
    await desk.set_role(GUILD, OLGA, GUILD, RoleQuota(0, Makes(frozenset({"v1"}))))
    await desk.set_limits(GUILD, OLGA, Limits(largest_job=1))
    await world.start()
    await world.advance(300)
    assert await world.status(job.job_id) is JobStatus.SUCCEEDED
