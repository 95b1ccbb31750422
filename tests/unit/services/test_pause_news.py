"""The moderators of a guild that Klapper paused hear of it once, where they are told of what waits for them."""

from __future__ import annotations

import pytest

from klapper.jobs.job import JobStatus
from klapper.moderation.rules import RoleRule
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CYD, GUILD, World

REVIEWS, AUDIT, REVIEWERS = 900, 901, 77


async def paused(open_world: OpenWorld) -> World:
    """Two refusals of Segmind's were too many."""
    world = await open_world(moderation={"guild_refusals_to_pause": 2})
    for prompt, user_id in (("a", ANN), ("b", BOB)):
        await world.move(await world.sent(prompt, user_id=user_id), JobStatus.REFUSED, reason="content_refused")
    return world


async def choose(world: World, *, review: int | None = None, audit: int | None = None) -> None:
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_channels(tx, GUILD, review=review, audit=audit)
        await world.klapper.guild_rules.set_role(tx, GUILD, REVIEWERS, RoleRule(reviews=True))


@pytest.mark.parametrize(
    ("channels", "where"), [({"review": REVIEWS, "audit": AUDIT}, REVIEWS), ({"audit": AUDIT}, AUDIT)]
)
async def test_they_hear_of_it_once_and_also_after_a_kill(
    open_world: OpenWorld, channels: dict[str, int], where: int
) -> None:
    world = await paused(open_world)
    await choose(world, **channels)
    await world.kill()
    for _ in range(2):
        await world.start("pauses")
        await world.advance(120)
        await world.kill()
    assert world.case_messenger.pauses == [(where, 2, [REVIEWERS])]


async def test_a_guild_that_chooses_a_channel_later_hears_of_it_then(open_world: OpenWorld) -> None:
    world = await paused(open_world)
    await world.start("pauses")
    await world.advance(120)
    assert world.case_messenger.pauses == []
    await choose(world, review=REVIEWS)
    await world.advance(60)
    assert len(world.case_messenger.pauses) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_lost_answer_leads_to_the_same_message(open_world: OpenWorld, moment: str) -> None:
    world = await paused(open_world)
    await choose(world, review=REVIEWS)
    world.case_messenger.errors["tell_paused"].append(("try_later", moment))  # type: ignore[arg-type]
    await world.start("pauses")
    await world.advance(120)
    assert len(world.case_messenger.pauses) == 1


async def test_nobody_is_told_of_a_pause_that_is_over_or_of_their_own(open_world: OpenWorld) -> None:
    world = await paused(open_world)
    await world.klapper.guilds.resume(GUILD, BOB)
    await world.klapper.guilds.pause(GUILD, BOB)
    await choose(world, review=REVIEWS)
    await world.start("pauses")
    await world.advance(120)
    assert world.case_messenger.pauses == []


async def test_each_pause_is_news(open_world: OpenWorld) -> None:
    world = await paused(open_world)
    await choose(world, review=REVIEWS)
    await world.start("pauses")
    await world.advance(60)
    await world.klapper.guilds.resume(GUILD, BOB)
    for prompt, user_id in (("c", ANN), ("d", CYD)):
        await world.advance(1)
        await world.move(await world.sent(prompt, user_id=user_id), JobStatus.REFUSED, reason="content_refused")
    await world.advance(60)
    assert [refusals for _, refusals, _ in world.case_messenger.pauses] == [2, 2]


async def test_a_shut_channel_is_not_knocked_at_all_the_time(open_world: OpenWorld) -> None:
    world = await paused(open_world)
    await choose(world, review=REVIEWS)
    world.case_messenger.forbidden.add(REVIEWS)
    await world.start("pauses")
    await world.advance(280)
    assert len(world.case_messenger.calls) == 1
    world.case_messenger.forbidden.clear()
    await world.advance(120)
    assert len(world.case_messenger.pauses) == 1
