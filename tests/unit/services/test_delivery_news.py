"""Who hears how a job ended, and what is kept when nobody can be reached."""

from __future__ import annotations

import os

import pytest

from klapper.jobs.job import DeliveryState, JobStatus
from klapper.jobs.store import Changes
from klapper.services.desk import Viewer
from klapper.services.views import MoneyState
from tests.fakes import dm_channel
from tests.unit.services.brought import LOOPS, finished, outcome, the_clip
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, World

S = JobStatus
DELIVERED, UNDELIVERABLE = DeliveryState.DELIVERED, DeliveryState.UNDELIVERABLE
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 1_000_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )


# The requester hears


async def test_the_requester_is_pinged_once_below_the_card(world: World) -> None:
    job = await finished(world)
    await world.start(*LOOPS)
    await world.advance(60)
    await world.kill()
    await world.start(*LOOPS)
    await world.advance(60)
    [ping] = world.messenger.pings(job.job_id)
    assert ping.ref.channel_id == CHANNEL
    assert ping.view.delivery is not None
    assert ping.view.delivery.state is DELIVERED


ENDS = [
    ([S.SENDING, S.FAILED], 1),
    ([S.EXPIRED], 1),
    ([S.IN_REVIEW, S.REJECTED], 1),
    ([S.CANCELLED], 1),  # by somebody else
]


@pytest.mark.parametrize(("path", "pings"), ENDS, ids=[path[-1] for path, _ in ENDS])
async def test_whoever_did_not_end_a_job_is_told_of_its_end(world: World, path: list[JobStatus], pings: int) -> None:
    job = await world.submit()
    await world.start(*LOOPS)
    await world.move(job, *path)
    await world.advance(10)
    [card] = world.messenger.cards(job.job_id)
    assert card.view.job.status is path[-1]
    assert len(world.messenger.pings(job.job_id)) == pings


async def test_who_cancels_is_not_told_so_and_a_moderator_does_not_cancel_in_silence(world: World) -> None:
    own, others = await world.submit("own"), await world.submit("other's")
    await world.start(*LOOPS)
    await world.klapper.desk.cancel(own.job_id, Viewer(GUILD, ANN))
    await world.klapper.desk.cancel(others.job_id, Viewer(GUILD, BOB, is_moderator=True))
    await world.advance(10)
    assert world.messenger.pings(own.job_id) == []
    assert len(world.messenger.pings(others.job_id)) == 1


async def test_a_failed_job_whose_card_is_too_old_is_told_in_a_reply(world: World) -> None:
    world.messenger.refuse_old_edits = True
    job = await world.sent()
    await world.klapper.board.ensure_placed(job.job_id)
    await world.clock.jump(2 * HOUR_S)
    await world.start(*LOOPS)
    await world.move(job, S.FAILED)
    await world.advance(60)
    assert len(world.messenger.pings(job.job_id)) == 1


async def test_a_replied_clip_is_followed_by_a_ping(world: World) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].append(("too_old", "before"))
    await world.start("delivery")
    await world.advance(10)
    assert len(world.messenger.pings(job.job_id)) == 1


@pytest.mark.parametrize("card", ["card_deleted", "too_old"])
async def test_a_clip_in_the_dm_needs_no_ping(world: World, card: str) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].append((card, "before"))
    world.messenger.errors["reply_with_clip"].append(("forbidden", "before"))
    await world.start("delivery")
    await world.advance(10)
    assert the_clip(world, job).ref.channel_id == dm_channel(ANN)
    assert world.messenger.count("tell") == 0


async def test_a_lost_answer_to_a_ping_is_not_a_second_ping(world: World) -> None:
    job = await finished(world)
    world.messenger.errors["tell"].append(("try_later", "after"))
    await world.start("delivery")
    await world.advance(60)
    assert len(world.messenger.pings(job.job_id)) == 1
    assert (await world.delivery(job.job_id)).told_at_ms is not None


@pytest.mark.parametrize("reason", ["forbidden", "card_deleted", "channel_gone", "dm_closed"])
async def test_where_nobody_can_be_pinged_the_job_is_done_all_the_same(world: World, reason: str) -> None:
    job = await finished(world)
    world.messenger.errors["tell"].append((reason, "before"))
    await world.start("delivery")
    await world.advance(60)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert world.messenger.count("tell") == 1


async def test_a_late_clip_is_told_although_its_loss_was_told_before(world: World) -> None:
    job = await world.move(await world.sent(), S.ABANDONED)
    await world.start(*LOOPS)
    await world.clock.jump(HOUR_S)
    await world.advance(10)
    assert len(world.messenger.pings(job.job_id)) == 1
    assert job.request_id is not None
    found = Changes(media_url=world.provider.jobs[job.request_id].url)
    await world.move(await world.job(job.job_id), S.SUCCEEDED, reason="late", changes=found)
    await world.advance(10)
    the_clip(world, job)
    assert len(world.messenger.pings(job.job_id)) == 2


async def test_the_ping_about_an_earlier_end_is_not_taken_for_the_clip(world: World) -> None:
    job = await world.move(await world.sent(), S.ABANDONED)
    await world.start(*LOOPS)
    await world.clock.jump(HOUR_S)
    await world.advance(10)
    assert job.request_id is not None
    found = Changes(media_url=world.provider.jobs[job.request_id].url)
    world.messenger.refuse_old_edits = True
    await world.clock.jump(2 * HOUR_S)
    world.messenger.errors["reply_with_clip"].append(("try_later", "before"))
    await world.move(await world.job(job.job_id), S.SUCCEEDED, reason="late", changes=found)
    await world.settle()
    await world.kill()
    await world.clock.jump(600)
    await world.start(*LOOPS)
    await world.advance(10)
    the_clip(world, job)


# Kept on disk


async def test_a_clip_that_reaches_nobody_stays_charged_and_on_disk_for_its_days(world: World) -> None:
    world.messenger.closed_dms.add(ANN)
    world.messenger.gone.add(CHANNEL)
    job = await world.finished()
    await world.start(*LOOPS, "housekeeping")
    await world.advance(60)
    assert await outcome(world, job) == (UNDELIVERABLE, "unreachable")
    assert (await world.view(job.job_id)).money.state is MoneyState.CHARGED
    file = world.settings.media.directory / "outputs" / f"{job.job_id}.mp4"
    assert file.read_bytes() == world.provider.clip
    loaded_at_s = world.clock.now_ms() / 1000
    os.utime(file, (loaded_at_s, loaded_at_s))
    await world.clock.jump(7 * DAY_S - MINUTE_S)
    await world.advance(1)
    assert file.exists()
    await world.clock.jump(HOUR_S + 2 * MINUTE_S)
    await world.advance(61)
    assert not file.exists()


async def test_a_clip_that_is_still_to_be_brought_is_kept_however_old_it_is(world: World) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].extend([("try_later", "before")] * 100)
    await world.start("delivery", "housekeeping")
    file = world.settings.media.directory / "outputs" / f"{job.job_id}.mp4"
    os.utime(file, (0, 0))
    await world.clock.jump(2 * HOUR_S)
    await world.advance(61)
    assert file.exists()
