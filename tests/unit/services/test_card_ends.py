"""Cards at their end: lost, delivered, or the last thing a dying process did not do."""

from __future__ import annotations

import asyncio

import pytest

from klapper.jobs.job import Job, JobStatus
from klapper.services.desk import Viewer
from klapper.services.views import JobView, WaitingFor
from tests.fakes import Message, dm_channel
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, World

S = JobStatus
HOUR_S = 3600


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 100_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0, "undo_s": 0}
    )


def only_card(world: World, job: Job) -> Message:
    [card] = world.messenger.cards(job.job_id)
    return card


async def change(world: World, job: Job, *path: JobStatus) -> Job:
    """Move a job; the board hears of it as in the program."""
    return await world.move(await world.job(job.job_id), *path)


# Lost cards


@pytest.mark.parametrize(
    ("reason", "lost"),
    [
        ("card_deleted", "deleted"),
        ("channel_gone", "channel_gone"),
        ("dm_closed", "forbidden"),
        ("too_old", "too_old"),
    ],
)
async def test_a_lost_card_is_neither_edited_nor_posted_again(world: World, reason: str, lost: str) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.advance(5)
    world.messenger.errors["edit_card"].append((reason, "before"))
    sent = await world.move(job, S.SENDING)
    await world.advance(60)
    await world.move(sent, S.UNKNOWN)
    await world.advance(60)
    await world.kill()
    await world.start("cards")
    await world.advance(60)
    card = (await world.view(job.job_id)).card
    assert card is not None
    assert card.lost == lost
    assert (world.messenger.count("post_card"), world.messenger.count("edit_card")) == (1, 1)
    assert await world.klapper.board.ensure_placed(job.job_id) is None


async def test_a_card_whose_permission_came_back_shows_the_end(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.advance(5)
    world.messenger.errors["edit_card"].extend([("forbidden", "before")] * 4)
    await world.move(job, S.CANCELLED)
    tries = world.messenger.count("edit_card")
    await world.advance(119)
    assert world.messenger.count("edit_card") == tries + 1
    await world.advance(4 * 120)
    [card] = world.messenger.cards(job.job_id)
    assert card.view.job.status is S.CANCELLED


async def test_a_card_that_stays_forbidden_is_given_up_an_hour_after_its_job(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.advance(5)
    world.messenger.errors["edit_card"].extend([("forbidden", "before")] * 1000)
    await world.move(job, S.CANCELLED)
    await world.advance(3_900)
    card = (await world.view(job.job_id)).card
    assert card is not None
    assert card.lost == "forbidden"
    world.messenger.errors.clear()


async def test_a_clip_that_went_by_dm_leaves_a_card_that_says_so(world: World) -> None:
    job = await world.finished()
    view = await world.view(job.job_id)
    await world.klapper.board.place(view, world.messenger.answer(view))
    world.messenger.errors["edit_card"].extend([("forbidden", "before")] * 2)
    await world.start("cards", "delivery")
    await world.advance(300)
    [card] = world.messenger.cards(job.job_id)
    assert card.view.delivery is not None
    assert (card.view.delivery.way, card.clip) == ("dm", None)
    assert len(world.messenger.clips(job.job_id)) == 1


async def test_a_card_that_could_not_be_edited_shows_the_end_after_a_restart(world: World) -> None:
    job = await world.finished()
    view = await world.view(job.job_id)
    await world.klapper.board.place(view, world.messenger.answer(view))
    world.messenger.errors["edit_card"].extend([("forbidden", "before")] * 9)
    await world.start("cards", "delivery")
    await world.advance(120)  # the clip went by DM, its requester was told
    await world.kill()
    world.messenger.errors.clear()
    before = only_card(world, job).view.delivery
    assert before is None or before.way == ""
    await world.start("cards", "delivery")
    await world.advance(10)
    card = only_card(world, job)
    assert card.view.delivery is not None
    assert card.view.delivery.way == "dm"
    edits = card.edits
    await world.kill()
    await world.start("cards", "delivery")
    await world.advance(300)
    assert card.edits == edits


async def test_an_equal_request_says_what_it_waits_for(world: World) -> None:
    first = await world.submit("same")
    second = await world.submit("same")
    await world.move(first, S.SENDING, S.UNKNOWN)
    await world.advance(5)
    assert (await world.view(second.job_id)).waiting_for is WaitingFor.EQUAL_UNCLEAR


async def test_a_card_that_cannot_be_posted_is_lost_and_the_job_goes_on(world: World) -> None:
    world.messenger.forbidden.add(CHANNEL)
    await world.start()
    job = await world.submit()
    await world.advance(150)
    assert await world.status(job.job_id) is S.SUCCEEDED
    assert [clip.ref.channel_id for clip in world.messenger.clips(job.job_id)] == [dm_channel(ANN)]


# Ends


async def test_a_delivered_card_is_not_edited_any_more(world: World) -> None:
    await world.start()
    job = await world.submit()
    await world.advance(150)
    card = only_card(world, job)
    edits = card.edits
    await world.execute("UPDATE cards SET shown = 'what an older version showed'")
    world.klapper.board.changed(job.job_id)
    await world.klapper.board.flush(job.job_id)
    await world.advance(60)
    assert card.edits == edits
    assert card.clip == world.provider.clip


async def test_a_job_that_ended_just_before_the_process_died_gets_its_last_edit(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    world.messenger.held["edit_card"] = asyncio.Event()
    await world.klapper.desk.cancel(job.job_id, Viewer(GUILD, ANN))
    await world.kill()
    world.messenger.held.clear()
    await world.clock.jump(3 * 24 * HOUR_S)
    await world.submit("of another day", user_id=BOB)
    await world.start("cards")
    await world.advance(5)
    assert only_card(world, job).view.job.status is S.CANCELLED


async def test_flushing_shows_the_end_whatever_the_budget_says(world: World) -> None:
    job = await world.submit()
    await world.klapper.board.ensure_placed(job.job_id)
    await change(world, job, S.CANCELLED)
    assert await world.klapper.board.flush(job.job_id) == only_card(world, job).ref
    assert only_card(world, job).view.job.status is S.CANCELLED


async def test_flushing_waits_for_the_edit_that_is_under_way(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.advance(5)
    world.messenger.held["edit_card"] = asyncio.Event()
    sent = await world.move(job, S.SENDING)
    await world.advance(5)
    await world.move(sent, S.FAILED)
    flushing = asyncio.create_task(world.klapper.board.flush(job.job_id))
    await world.settle()
    assert world.messenger.count("edit_card") == 1
    world.messenger.held.pop("edit_card").set()
    await asyncio.wait([flushing])
    assert only_card(world, job).view.job.status is S.FAILED


async def test_a_view_is_what_the_database_says_now(world: World) -> None:
    job = await world.submit()
    view = await world.klapper.board.view(job.job_id)
    assert isinstance(view, JobView)
    assert view.job.status is S.WAITING
    assert await world.klapper.board.view("no-such-job") is None
