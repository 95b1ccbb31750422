"""Every obstacle on a clip's way has its next step, and never a second clip where somebody took the first away."""

from __future__ import annotations

import pytest

from klapper.jobs.job import DeliveryState, JobStatus
from tests.fakes import dm_channel
from tests.unit.services.brought import LOOPS, finished, outcome, the_clip
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, CHANNEL, GUILD, World

DELIVERED, UNDELIVERABLE = DeliveryState.DELIVERED, DeliveryState.UNDELIVERABLE
HOUR_S = 3600


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 1_000_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )


def in_channel(world: World) -> int:
    return len([m for m in world.messenger.messages if m.ref.channel_id == CHANNEL and not m.deleted])


async def test_a_job_that_runs_while_its_guild_removes_the_bot_is_delivered_by_dm(world: World) -> None:
    job = await world.submit()
    await world.start()
    await world.advance(20)
    assert await world.status(job.job_id) in (JobStatus.QUEUED, JobStatus.PROCESSING)
    world.messenger.forbidden.add(CHANNEL)
    await world.klapper.guilds.left(GUILD)
    await world.advance(300)
    assert await outcome(world, job) == (DELIVERED, "dm")
    assert the_clip(world, job).ref.channel_id == dm_channel(ANN)
    assert (await world.delivery(job.job_id)).told_at_ms is not None
    assert world.messenger.pings(job.job_id) == []


async def test_nothing_is_posted_in_the_channel_of_a_card_that_somebody_deleted(world: World) -> None:
    job = await finished(world)
    world.messenger.vanish(world.messenger.cards(job.job_id)[0].ref)
    await world.start(*LOOPS)
    await world.advance(HOUR_S)
    assert await outcome(world, job) == (DELIVERED, "dm")
    assert in_channel(world) == 0
    assert world.messenger.count("post_card") == 1


async def test_an_old_card_is_edited_once_more_and_then_replied_to(world: World) -> None:
    job = await finished(world)
    world.messenger.refuse_old_edits = True
    await world.clock.jump(2 * HOUR_S)
    await world.start(*LOOPS)
    await world.advance(HOUR_S)
    assert await outcome(world, job) == (DELIVERED, "replied")
    assert the_clip(world, job).ref.channel_id == CHANNEL
    assert world.messenger.count("edit_card") == 1


async def test_an_archived_thread_is_woken_by_the_reply_with_the_clip(world: World) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].append(("archived", "before"))
    await world.start(*LOOPS)
    await world.advance(60)
    assert await outcome(world, job) == (DELIVERED, "replied")
    [card] = world.messenger.cards(job.job_id)
    assert card.view.delivery is not None
    assert card.view.delivery.way == "replied"  # the card can be edited again, and says so
    assert len(world.messenger.pings(job.job_id)) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_hours_of_errors_and_drops_end_in_one_clip(world: World, moment: str) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].extend([("try_later", moment)] * 12)  # type: ignore[list-item]
    await world.start("delivery")
    await world.advance(6 * HOUR_S)
    assert await outcome(world, job) == (DELIVERED, "attached")
    the_clip(world, job)


async def test_a_requester_with_closed_dms_and_no_channel_is_left_a_file_and_a_card_that_says_so(world: World) -> None:
    job = await finished(world)
    world.messenger.forbidden.add(CHANNEL)
    world.messenger.closed_dms.add(ANN)
    await world.start(*LOOPS)
    await world.advance(60)
    assert await outcome(world, job) == (UNDELIVERABLE, "unreachable")
    assert world.klapper.shelf.size_bytes(job.job_id) == len(world.provider.clip)
    world.messenger.forbidden.clear()
    await world.advance(600)
    [card] = world.messenger.cards(job.job_id)
    assert card.view.delivery is not None
    assert card.view.delivery.state is UNDELIVERABLE
