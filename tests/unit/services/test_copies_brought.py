"""A clip that is too large, or that Discord does not play, comes as a copy; and the card says so, truly and in time."""

from __future__ import annotations

import os

import pytest

from klapper.errors import DeliveryError
from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import DeliveryState
from klapper.services.delivery import AT_ONCE
from klapper.services.desk import Viewer
from klapper.services.packing import MOST_COPIES
from tests.fake_copies import COPY_BYTES
from tests.fakes import dm_channel
from tests.unit.services.brought import LOOPS, finished, outcome, the_clip
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, GUILD, World, tiny_clip

DELIVERED = DeliveryState.DELIVERED
MEBIBYTE = 1024 * 1024
DAY_S = 86400


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 1_000_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )


def is_copy(clip: bytes | None) -> bool:
    return clip is not None and clip.startswith(b"copy")


async def copy_of(world: World, job_id: str) -> CopyState:
    return (await world.delivery(job_id)).copy


# Too large


async def test_a_clip_above_the_said_limit_comes_as_a_copy_without_being_tried(world: World) -> None:
    world.messenger.said_limit_bytes = world.messenger.real_limit_bytes = 1000
    job = await finished(world)
    await world.start(*LOOPS)
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert is_copy(the_clip(world, job).clip)
    assert await copy_of(world, job.job_id) is CopyState.SMALLER
    assert world.copies.limits == [1000]
    [card] = world.messenger.cards(job.job_id)
    assert card.view.delivery is not None
    assert card.view.delivery.copy is CopyState.SMALLER
    assert card.view.link == job.media_url


async def test_the_card_says_that_a_copy_is_being_made_after_a_restart_too(world: World) -> None:
    world.messenger.said_limit_bytes = 1000
    world.copies.take_s = 3600
    job = await finished(world)
    await world.start(*LOOPS)
    await world.advance(20)
    [card] = world.messenger.cards(job.job_id)
    assert card.view.delivery is not None
    assert (card.view.delivery.state, card.view.delivery.copy) == (DeliveryState.PENDING, CopyState.SHRINKING)
    await world.kill()
    assert world.copies.at_once == 0
    assert await copy_of(world, job.job_id) is CopyState.SHRINKING
    world.copies.take_s = 5
    await world.start(*LOOPS)
    await world.advance(20)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert len(world.messenger.pings(job.job_id)) == 1


async def test_a_copy_is_made_once_however_often_bringing_it_fails(world: World) -> None:
    world.messenger.said_limit_bytes = 1000
    world.messenger.errors["edit_card"].extend([("try_later", "before")] * 3)
    job = await finished(world)
    await world.start("delivery")
    await world.advance(30)
    await world.kill()
    await world.start("delivery")
    await world.advance(600)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert len(world.copies.limits) == 1


async def test_a_copy_that_is_refused_too_is_made_smaller_once_more(world: World) -> None:
    said = world.messenger.said_limit_bytes = len(world.provider.clip) - 1
    world.messenger.real_limit_bytes = 400
    job = await finished(world)
    await world.start("delivery")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert world.copies.limits == [said, (COPY_BYTES - 1) // 2]
    async with world.database.read() as tx:
        assert await world.klapper.deliveries.upload_limit(tx, GUILD) == COPY_BYTES - 1


async def test_a_refused_size_leads_to_the_next_limit_that_discord_has(world: World) -> None:
    await world.klapper.limits.learn(GUILD, 30_000_000)
    world.messenger.said_limit_bytes = 50 * MEBIBYTE
    limit = await world.klapper.limits.of(GUILD)
    assert limit.most_bytes == limit.copy_bytes == 25 * MEBIBYTE
    await world.klapper.limits.learn(GUILD, 20_000_000)
    assert (await world.klapper.limits.of(GUILD)).most_bytes == 10 * MEBIBYTE


REASONS = ["copy_too_long", "copy_too_slow", "copy_failed"]


@pytest.mark.parametrize("reason", REASONS)
async def test_a_copy_that_cannot_be_made_leads_to_the_link(world: World, reason: str) -> None:
    world.messenger.said_limit_bytes = 1000
    world.copies.errors.append(DeliveryError(reason))
    world.messenger.errors["edit_card"].append(("try_later", "before"))
    job = await finished(world)
    await world.start("delivery")
    await world.advance(30)
    assert await outcome(world, job) == (DELIVERED, "linked")
    assert the_clip(world, job).view.link_until_ms is not None
    assert len(world.copies.limits) == 1


async def test_a_copy_that_takes_the_process_down_is_not_tried_for_ever(world: World) -> None:
    world.messenger.said_limit_bytes = 1000
    world.copies.take_s = 3600
    job = await finished(world)
    for _ in range(MOST_COPIES):
        await world.start("delivery")
        await world.advance(5)
        await world.kill()
    await world.start("delivery")
    await world.advance(5)
    assert await outcome(world, job) == (DELIVERED, "linked")
    assert len(world.copies.limits) == MOST_COPIES


async def test_copies_that_take_long_keep_no_other_clip_from_being_brought(world: World) -> None:
    world.messenger.said_limit_bytes = 1000
    world.copies.take_s = 3600
    await world.start("delivery")
    slow = [await finished(world, f"{n}") for n in range(AT_ONCE + 2)]
    await world.advance(1)
    world.messenger.said_limit_bytes = 10 * MEBIBYTE
    quick = await finished(world, "quick")
    await world.advance(5)
    assert await outcome(world, quick) == (DELIVERED, "attached")
    assert {(await world.delivery(job.job_id)).state for job in slow} == {DeliveryState.PENDING}


# In a DM


async def test_a_dm_has_a_limit_of_its_own(world: World) -> None:
    await world.klapper.limits.learn(GUILD, len(world.provider.clip))
    job = await finished(world)
    world.messenger.vanish(world.messenger.cards(job.job_id)[0].ref)
    await world.start("delivery")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "dm")
    sent = the_clip(world, job)
    assert sent.ref.channel_id == dm_channel(ANN)
    assert sent.clip == world.provider.clip
    assert await copy_of(world, job.job_id) is CopyState.NONE


async def test_a_clip_that_a_dm_refuses_comes_there_as_a_copy(world: World) -> None:
    world.messenger.real_limit_bytes = 700
    job = await finished(world, deliver_to="dm")
    world.messenger.vanish(world.messenger.cards(job.job_id)[0].ref)
    await world.start("delivery")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "dm")
    assert is_copy(the_clip(world, job).clip)
    async with world.database.read() as tx:
        assert await world.klapper.deliveries.upload_limit(tx, GUILD) is None


# A format that Discord does not play


async def test_a_clip_that_discord_does_not_play_is_converted_although_it_is_small(world: World) -> None:
    world.provider.clip = tiny_clip("mpeg4")
    job = await finished(world)
    await world.start("delivery")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert is_copy(the_clip(world, job).clip)
    assert await copy_of(world, job.job_id) is CopyState.CONVERTED


@pytest.mark.parametrize("reason", REASONS)
async def test_a_clip_that_cannot_be_converted_comes_as_a_file_rather_than_not_at_all(
    world: World, reason: str
) -> None:
    world.provider.clip = tiny_clip("mpeg4")
    world.copies.errors.append(DeliveryError(reason))
    job = await finished(world)
    await world.start("delivery")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert the_clip(world, job).clip == world.provider.clip
    assert await copy_of(world, job.job_id) is CopyState.FAILED


# What becomes of the files


async def test_who_deletes_a_job_breaks_its_copy_off_and_nothing_is_left(world: World) -> None:
    world.messenger.said_limit_bytes = 1000
    world.copies.take_s = 3600
    job = await finished(world)
    await world.start(*LOOPS)
    await world.advance(5)
    assert world.copies.at_once == 1
    await world.klapper.desk.delete(job.job_id, Viewer(GUILD, ANN))
    await world.advance(5)
    assert world.copies.at_once == 0
    assert (await world.delivery(job.job_id)).state is DeliveryState.REMOVED
    assert world.messenger.visible(job.job_id) == []
    assert list((world.settings.media.directory / "outputs").iterdir()) == []


async def test_who_deletes_a_job_deletes_its_copy(world: World) -> None:
    world.messenger.said_limit_bytes = 1000
    job = await finished(world)
    await world.start(*LOOPS)
    await world.advance(10)
    assert len(list((world.settings.media.directory / "outputs").iterdir())) == 2
    await world.klapper.desk.delete(job.job_id, Viewer(GUILD, ANN))
    assert list((world.settings.media.directory / "outputs").iterdir()) == []


async def test_a_copy_is_swept_with_its_clip_and_what_broke_off_sooner(world: World) -> None:
    world.messenger.said_limit_bytes = 1000
    job = await finished(world)
    await world.start("delivery")
    await world.advance(10)
    outputs = world.settings.media.directory / "outputs"
    part = outputs / f"{job.job_id}.copy.mp4.0123.part"
    part.write_bytes(b"half")
    now_s = world.clock.now_ms() / 1000
    for file in outputs.iterdir():
        os.utime(file, (now_s, now_s))
    await world.clock.jump(2 * DAY_S)
    world.klapper.shelf.sweep([])
    assert {file.name for file in outputs.iterdir()} == {f"{job.job_id}.mp4", f"{job.job_id}.copy.mp4"}
    await world.clock.jump(6 * DAY_S)
    world.klapper.shelf.sweep([job.job_id])
    assert len(list(outputs.iterdir())) == 2
    world.klapper.shelf.sweep([])
    assert list(outputs.iterdir()) == []
