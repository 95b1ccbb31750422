"""A deleted job's messages go for good: each once, after a crash too, and nothing is posted for it again."""

from __future__ import annotations

import asyncio
import logging

import pytest

from klapper.errors import DeliveryError
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.jobs.store import Changes
from klapper.services.desk import Viewer
from klapper.services.removal import GIVE_UP_AFTER_MS, LATE_POST_MS, REFUSED_RETRY_S
from tests.fakes import dm_channel
from tests.unit.services.brought import LOOPS, finished
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, AwaitCount, World

S = JobStatus
HOUR_S, DAY_S = 3600, 86400


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 1_000_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )


async def delete(world: World, job: Job) -> None:
    await world.klapper.desk.delete(job.job_id, Viewer(GUILD, ANN))


async def lost(world: World, job: Job) -> str:
    card = (await world.view(job.job_id)).card
    assert card is not None
    return card.lost


async def leftovers(world: World, job: Job) -> list[tuple[object, ...]]:
    """What the books still say is to be taken away."""
    posts = await world.rows("SELECT step FROM posts WHERE job_id = :id", id=job.job_id)
    return posts + await world.rows("SELECT 'card' FROM cards WHERE job_id = :id AND lost = ''", id=job.job_id)


async def brought(world: World, *closed: str) -> Job:
    """A job that ended, its clip delivered and its requester pinged. closed: what the edit of the card meets."""
    job = await finished(world)
    world.messenger.errors["edit_card"].extend((reason, "before") for reason in closed)
    await world.start(*LOOPS)
    await world.advance(10)
    return job


async def deleted_at(world: World, job: Job, n: int) -> bool:
    """Start the loops and delete the job at the n-th await of all tasks together; False when there were fewer."""
    pressed: list[asyncio.Task[None]] = []
    count = AwaitCount(n, lambda: pressed.append(asyncio.create_task(delete(world, job))))
    event_loop = asyncio.get_running_loop()
    event_loop.set_task_factory(count.task)
    try:
        await world.start(*LOOPS)
        await world.advance(2)
    finally:
        event_loop.set_task_factory(None)
    await asyncio.gather(*pressed)
    return bool(pressed)


# What goes


@pytest.mark.parametrize(
    ("closed", "messages"),
    [([], ["card", "ping"]), (["too_old"], ["card", "clip", "ping"]), (["forbidden"], ["card", "clip"])],
    ids=["clip in the card", "clip in a reply", "clip in the DM"],
)
async def test_card_clip_and_ping_are_taken_away_each_once(
    world: World, closed: list[str], messages: list[str]
) -> None:
    job = await brought(world, *closed)
    assert [message.kind for message in world.messenger.visible(job.job_id)] == messages
    await delete(world, job)
    await world.advance(1)
    assert world.messenger.visible(job.job_id) == []
    assert await lost(world, job) == "deleted"
    assert await leftovers(world, job) == []
    deletes = world.messenger.count("delete")
    assert deletes == len(messages)
    await world.kill()
    await world.start(*LOOPS)
    await world.advance(HOUR_S)
    assert world.messenger.count("delete") == deletes


async def test_the_file_goes_too(world: World) -> None:
    job = await brought(world)
    file = world.settings.media.directory / "outputs" / f"{job.job_id}.mp4"
    assert file.exists()
    await delete(world, job)
    assert not file.exists()


async def test_other_jobs_stay(world: World) -> None:
    job = await brought(world)
    other = await finished(world, "another")
    await world.advance(10)
    before = world.messenger.visible(other.job_id)
    await delete(world, job)
    await world.advance(60)
    assert world.messenger.visible(other.job_id) == before != []


@pytest.mark.parametrize("path", [[S.CANCELLED], [S.SENDING, S.FAILED], [S.EXPIRED]], ids=lambda path: path[-1])
async def test_a_job_without_a_clip_is_taken_away(world: World, path: list[JobStatus]) -> None:
    job = await world.submit()
    await world.start(*LOOPS)
    await world.move(job, *path)
    await world.advance(10)
    await delete(world, job)
    await world.advance(1)
    assert world.messenger.visible(job.job_id) == []


async def test_a_job_in_the_dm_is_taken_away_there(world: World) -> None:
    job = await finished(world, deliver_to="dm")
    await world.start(*LOOPS)
    await world.advance(10)
    assert {message.ref.channel_id for message in world.messenger.visible(job.job_id)} == {dm_channel(ANN)}
    await delete(world, job)
    await world.advance(1)
    assert world.messenger.visible(job.job_id) == []


async def test_a_card_that_was_deleted_by_hand_does_not_keep_the_clip_in_the_dm(world: World) -> None:
    job = await finished(world)
    world.messenger.vanish(world.messenger.cards(job.job_id)[0].ref)
    await world.start(*LOOPS)
    await world.advance(10)
    [clip] = world.messenger.visible(job.job_id)
    assert clip.ref.channel_id == dm_channel(ANN)
    await delete(world, job)
    await world.advance(1)
    assert world.messenger.visible(job.job_id) == []


@pytest.mark.parametrize("notify", ["ping", "dm"])
async def test_both_pieces_of_news_about_a_late_clip_go(world: World, notify: str) -> None:
    await world.klapper.preferences.notify(GUILD, ANN, notify)  # type: ignore[arg-type]
    job = await world.move(await world.sent(), S.ABANDONED)
    await world.start(*LOOPS)
    await world.clock.jump(HOUR_S)
    await world.advance(10)
    assert job.request_id is not None
    late = Changes(media_url=world.provider.jobs[job.request_id].url)
    await world.move(await world.job(job.job_id), S.SUCCEEDED, reason="late", changes=late)
    await world.advance(10)
    assert len(world.messenger.pings(job.job_id)) == 2
    await delete(world, job)
    await world.advance(1)
    assert world.messenger.visible(job.job_id) == []


async def test_a_card_that_nobody_wrote_down_is_found(world: World) -> None:
    job = await world.move(await world.submit(), S.CANCELLED)
    world.messenger.answer(await world.view(job.job_id))
    await delete(world, job)
    await world.start(*LOOPS)
    await world.advance(1)
    assert world.messenger.visible(job.job_id) == []
    assert await lost(world, job) == "deleted"


async def test_a_card_that_was_never_posted_is_given_up_when_no_post_can_be_under_way(world: World) -> None:
    job = await world.move(await world.submit(), S.CANCELLED)
    await delete(world, job)
    await world.start(*LOOPS)
    await world.advance(LATE_POST_MS / 1000 - 60)
    assert await lost(world, job) == ""
    world.messenger.answer(await world.view(job.job_id))  # an answer to the interaction that took long
    await world.advance(120)
    assert world.messenger.visible(job.job_id) == []
    assert world.messenger.count("post_card") == 0
    assert await lost(world, job) == "deleted"


# Nothing comes again


async def test_an_abandoned_job_that_was_deleted_does_not_bring_its_late_clip(world: World) -> None:
    job = await world.move(await world.sent(), S.ABANDONED)
    await world.start(*LOOPS)
    await world.clock.jump(HOUR_S)
    await world.advance(10)
    await delete(world, job)
    await world.advance(1)
    assert job.request_id is not None
    late = Changes(media_url=world.provider.jobs[job.request_id].url)
    await world.move(await world.job(job.job_id), S.SUCCEEDED, reason="late", changes=late)
    await world.advance(60)
    assert world.messenger.visible(job.job_id) == []
    assert (await world.delivery(job.job_id)).state is DeliveryState.REMOVED


@pytest.mark.parametrize("held", ["edit_card", "reply_with_clip", "send_clip", "tell"])
async def test_what_is_posted_while_the_job_is_deleted_goes_too(world: World, held: str) -> None:
    job = await finished(world)
    closed = {"reply_with_clip": "too_old", "send_clip": "forbidden"}.get(held)
    if closed:
        world.messenger.errors["edit_card"].append((closed, "before"))
    world.messenger.held[held] = asyncio.Event()
    await world.start(*LOOPS)
    await world.advance(5)
    assert world.messenger.count(held) == 1
    await delete(world, job)
    await world.advance(5)
    world.messenger.held.pop(held).set()
    await world.advance(1)
    assert world.messenger.visible(job.job_id) == []
    assert (await world.delivery(job.job_id)).state is DeliveryState.REMOVED
    assert not (world.settings.media.directory / "outputs" / f"{job.job_id}.mp4").exists()
    await world.advance(2 * LATE_POST_MS / 1000)
    assert world.messenger.visible(job.job_id) == []
    assert await leftovers(world, job) == []


async def test_a_clip_that_was_loading_is_neither_posted_nor_kept(world: World) -> None:
    job = await finished(world)
    world.provider.held["download"] = asyncio.Event()
    await world.start(*LOOPS)
    await world.advance(1)
    await delete(world, job)
    world.provider.held.pop("download").set()
    await world.advance(60)
    assert world.messenger.visible(job.job_id) == []
    assert world.messenger.count("send_clip") == 0
    assert not (world.settings.media.directory / "outputs" / f"{job.job_id}.mp4").exists()


async def test_a_delivery_that_fails_meanwhile_does_not_forget_who_deleted_the_job(world: World) -> None:
    job = await finished(world)
    world.provider.held["download"] = asyncio.Event()
    world.provider.next_downloads.append(DeliveryError("try_later"))
    await world.start(*LOOPS)
    await world.advance(1)
    await world.klapper.desk.delete(job.job_id, Viewer(GUILD, BOB, is_moderator=True))
    world.provider.held.pop("download").set()
    await world.advance(60)
    delivery = await world.delivery(job.job_id)
    assert (delivery.state, delivery.reason) == (DeliveryState.REMOVED, "moderator")


async def test_a_deleted_job_has_no_card_to_find_or_post(world: World) -> None:
    job = await world.move(await world.submit(), S.CANCELLED)
    await delete(world, job)
    assert await world.klapper.board.ensure_placed(job.job_id) is None
    assert world.messenger.count("post_card") == 0


# Crashes


@pytest.mark.parametrize("down_s", [0, 600], ids=["back at once", "back when nonces are forgotten"])
@pytest.mark.parametrize("closed", [[], ["too_old"], ["forbidden"]], ids=["card", "reply", "dm"])
async def test_a_removal_that_is_killed_at_any_await_is_finished_by_the_next_start(
    world: World, closed: list[str], down_s: float
) -> None:
    n, was_killed = 0, True
    while was_killed:
        n += 1
        job = await brought(world, *closed)
        await world.kill()
        await delete(world, job)
        was_killed = await world.killed_at(n, 2, *LOOPS)
        await world.clock.jump(down_s)
        await world.start(*LOOPS)
        await world.advance(1)
        assert world.messenger.visible(job.job_id) == [], n
        assert await leftovers(world, job) == [], n
        await world.kill()
    assert n > 10


@pytest.mark.parametrize("closed", [[], ["too_old"], ["forbidden"]], ids=["card", "reply", "dm"])
async def test_a_job_deleted_after_its_delivery_died_at_any_await_leaves_nothing(
    world: World, closed: list[str]
) -> None:
    n, was_killed = 0, True
    while was_killed:
        n += 1
        job = await finished(world, f"{n}")
        world.messenger.errors["edit_card"].extend((reason, "before") for reason in closed)
        was_killed = await world.killed_at(n, 2, *LOOPS)
        world.messenger.errors.clear()
        await delete(world, job)
        await world.start(*LOOPS)
        await world.advance(700)
        assert world.messenger.visible(job.job_id) == [], n
        assert await leftovers(world, job) == [], n
        await world.kill()
    assert n > 50


@pytest.mark.parametrize("closed", [[], ["too_old"], ["forbidden"]], ids=["card", "reply", "dm"])
async def test_a_job_deleted_at_any_await_of_its_delivery_leaves_nothing(world: World, closed: list[str]) -> None:
    n, was_pressed = 0, True
    while was_pressed:
        n += 1
        job = await finished(world, f"{n}")
        world.messenger.errors["edit_card"].extend((reason, "before") for reason in closed)
        was_pressed = await deleted_at(world, job, n)
        world.messenger.errors.clear()
        await world.advance(700)
        if was_pressed:
            assert world.messenger.visible(job.job_id) == [], n
            assert await leftovers(world, job) == [], n
        await world.kill()
    assert n > 50


# Refusals


async def test_a_removal_waits_for_a_permission_without_hurry(world: World) -> None:
    job = await brought(world, "too_old")
    world.messenger.forbidden.add(CHANNEL)
    await delete(world, job)
    await world.advance(2 * HOUR_S)
    assert world.messenger.count("delete") <= 4 * (2 * HOUR_S / REFUSED_RETRY_S + 1)
    assert len(world.messenger.visible(job.job_id)) == 3
    world.messenger.forbidden.clear()
    await world.advance(REFUSED_RETRY_S)
    assert world.messenger.visible(job.job_id) == []


async def test_what_cannot_be_taken_away_for_a_day_is_left_and_the_operator_told_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    job = await brought(world)
    world.messenger.forbidden.add(CHANNEL)
    with caplog.at_level(logging.ERROR, "klapper"):
        await delete(world, job)
        await world.advance(GIVE_UP_AFTER_MS / 1000 + 2 * REFUSED_RETRY_S)
        tries = world.messenger.count("delete")
        await world.kill()
        await world.start(*LOOPS)
        await world.advance(DAY_S)
    assert [record.message for record in caplog.records] == ["a deleted job's messages cannot be taken away"]
    assert world.messenger.count("delete") == tries
    assert await lost(world, job) == "forbidden"


async def test_deleting_once_more_is_another_try(world: World) -> None:
    job = await brought(world)
    world.messenger.forbidden.add(CHANNEL)
    await delete(world, job)
    await world.advance(GIVE_UP_AFTER_MS / 1000 + 2 * REFUSED_RETRY_S)
    world.messenger.forbidden.clear()
    await delete(world, job)
    await world.advance(1)
    assert world.messenger.cards(job.job_id) == []


async def test_a_removal_survives_an_outage_of_discord_of_any_length(world: World) -> None:
    job = await brought(world)
    world.messenger.errors["delete"].extend([("try_later", "before")] * 20_000)
    await delete(world, job)
    await world.clock.jump(2 * DAY_S)
    await world.advance(60)
    world.messenger.errors.clear()
    await world.advance(60)
    assert world.messenger.visible(job.job_id) == []


@pytest.mark.parametrize("lost_as", ["too_old", "forbidden"])
async def test_a_card_that_could_not_be_edited_any_more_is_taken_away_all_the_same(world: World, lost_as: str) -> None:
    job = await finished(world)
    await world.execute("UPDATE cards SET lost = :lost WHERE job_id = :id", lost=lost_as, id=job.job_id)
    await delete(world, job)
    await world.start(*LOOPS)
    await world.advance(1)
    assert world.messenger.visible(job.job_id) == []
    assert await lost(world, job) == "deleted"
