"""When an image cannot be brought: what it makes of its job, whoever decides or dies meanwhile."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from klapper.errors import NotTaken, PauseScope, ProviderError, ProviderRejected
from klapper.jobs.job import JobStatus
from klapper.services.uploads import UNWRITTEN_REST_S
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import (
    AT_ONCE,
    end_each,
    hold_uploads,
    kept_image,
    let_others_through,
    pauses,
    sent,
    with_image,
)
from tests.unit.services.world import BOB, World

S = JobStatus
SLUG = "kling-3-standard-image2video"


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """No undo time, no limits of members."""
    return await open_world(**AT_ONCE)


# What the answers mean

OUTCOMES: list[tuple[ProviderError, JobStatus, MoneyState, list[tuple[str, str]]]] = [
    (NotTaken("upload_failed", "-"), S.WAITING, MoneyState.HELD, []),
    (NotTaken("rate_limited", "-", retry_after_s=40), S.WAITING, MoneyState.HELD, []),
    (NotTaken("bad_key", "-", pause=PauseScope.ALL), S.WAITING, MoneyState.HELD, [("all", "bad_key")]),
    (NotTaken("no_credits", "-", pause=PauseScope.ALL), S.WAITING, MoneyState.HELD, [("all", "no_credits")]),
    (NotTaken("forbidden", "-", pause=PauseScope.MODEL), S.WAITING, MoneyState.HELD, [(SLUG, "forbidden")]),
    (ProviderRejected("image_refused", "-", text="no picture"), S.FAILED, MoneyState.RELEASED, []),
    (ProviderRejected("bad_request", "-", text="no type"), S.FAILED, MoneyState.RELEASED, []),
]


@pytest.mark.parametrize(
    ("error", "status", "money", "paused"), OUTCOMES, ids=[getattr(error, "reason", "") for error, *_ in OUTCOMES]
)
async def test_each_answer_leads_to_its_state_its_money_and_its_pause(
    world: World, error: ProviderError, status: JobStatus, money: MoneyState, paused: list[tuple[str, str]]
) -> None:
    assert isinstance(error, NotTaken | ProviderRejected)
    world.provider.next_uploads.append(error)
    job = await with_image(world)
    await world.start("sending")
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (status, error.reason, money)
    assert await pauses(world) == paused
    assert view.job.provider_text == (error.text if isinstance(error, ProviderRejected) else "")
    assert (view.delivery is not None) == (status is S.FAILED)
    assert world.provider.posts == []
    assert await world.path(job.job_id) == [S.WAITING, *([S.FAILED] if status is S.FAILED else [])]


async def test_a_job_whose_images_are_not_taken_rests_longer_each_time_up_to_five_minutes(world: World) -> None:
    world.provider.next_uploads.extend([NotTaken("upload_failed", "-")] * 9)
    job = await with_image(world)
    await world.start("sending")
    await world.advance(3000)
    at_s = [upload.at_ms / 1000 for upload in world.provider.uploads]
    assert [later - earlier for earlier, later in pairwise(at_s)] == pytest.approx(
        [5, 10, 20, 40, 80, 160, 300, 300, 300], abs=0.1
    )
    assert await world.path(job.job_id) == [S.WAITING, S.SENDING, S.QUEUED]


async def test_a_job_rests_as_long_as_segmind_said(world: World) -> None:
    world.provider.next_uploads.append(NotTaken("rate_limited", "-", retry_after_s=40))
    await with_image(world)
    await world.start("sending")
    await world.advance(39.9)
    assert len(world.provider.uploads) == 1
    await world.advance(0.2)
    assert len(world.provider.posts) == 1


async def test_a_resting_job_lets_others_go_and_keeps_its_place(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1}})
    world.provider.next_uploads.append(NotTaken("upload_failed", "-"))
    await with_image(world, "50/image", guild_id=50)
    for n in range(3):
        await world.submit(f"51/{n}", guild_id=51)
    await world.start("sending")
    await world.advance(5)
    await end_each(world, 4)
    # One goes while it rests, and perhaps one more while it is brought; from then on it is the first in turn.
    order = await sent(world)
    assert order.index("50/image") in (1, 2)
    assert [name for name in order if name != "50/image"] == ["51/0", "51/1", "51/2"]


async def test_a_job_goes_on_when_the_pause_that_its_upload_began_ends(world: World) -> None:
    world.provider.next_uploads.append(NotTaken("team_limit", "-", pause=PauseScope.ALL))
    await with_image(world)
    await world.start("sending")
    await world.advance(600)
    assert len(world.provider.uploads) == 1
    await world.execute("DELETE FROM provider_pauses")  # as `bot.py resume` does
    await world.advance(5)
    assert len(world.provider.posts) == 1


async def test_a_job_whose_image_is_gone_from_disk_fails_and_is_released(world: World) -> None:
    job = await with_image(world)
    [image] = await world.rows("SELECT sha256 FROM images")
    world.klapper.input_shelf.path(image[0]).unlink()
    await world.start("sending")
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.FAILED, "image_lost", MoneyState.RELEASED)
    assert world.provider.posts == []


async def test_a_job_whose_image_is_gone_from_disk_is_sent_when_segmind_has_it(world: World) -> None:
    await with_image(world, "first")
    await world.start("sending")
    await with_image(world, "second", user_id=BOB)
    [image] = await world.rows("SELECT sha256 FROM images")
    world.klapper.input_shelf.path(image[0]).unlink()
    await world.settle()
    assert await sent(world) == ["first", "second"]


async def test_a_job_whose_image_nobody_knows_any_more_fails_and_is_released(world: World) -> None:
    job = await with_image(world)
    await world.execute("DELETE FROM images")
    await world.start("sending")
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.FAILED, "image_lost", MoneyState.RELEASED)
    assert (world.provider.uploads, world.provider.posts) == ([], [])


async def test_a_defect_of_our_own_lets_the_job_rest_and_others_go(world: World) -> None:
    def fail(kind: str, about: str) -> None:
        if kind == "upload" and len(world.provider.uploads) == 1:
            raise ZeroDivisionError

    world.provider.disturb = fail
    job = await with_image(world, "image")
    await world.submit("text")
    await world.start("sending")
    assert (await world.job(job.job_id)).reason == "upload_failed"
    assert [crash.split(":")[0] for crash in world.crashes.seen] == ["upload crashed"]
    world.crashes.seen.clear()
    await world.advance(5)
    assert await sent(world) == ["text", "image"]


async def test_a_full_disk_is_not_asked_again_and_again(world: World) -> None:
    gate = hold_uploads(world)
    await with_image(world)
    await world.start("sending")
    world.database.is_full = True
    gate.set()
    await world.advance(3 * UNWRITTEN_REST_S)
    assert 1 < len(world.provider.uploads) <= 4
    world.database.is_full = False
    await world.advance(UNWRITTEN_REST_S)
    assert len(world.provider.posts) == 1
    assert all("DatabaseError" in crash for crash in world.crashes.seen)
    world.crashes.seen.clear()


async def test_the_card_says_that_the_images_could_not_be_brought(world: World) -> None:
    world.provider.next_uploads.append(NotTaken("upload_failed", "-"))
    job = await with_image(world)
    await world.start("sending", "cards")
    await world.advance(3)
    [card] = world.messenger.cards(job.job_id)
    assert (card.view.job.status, card.view.job.reason) == (S.WAITING, "upload_failed")


# Somebody else's decisions


async def test_a_job_that_is_cancelled_during_its_upload_stays_cancelled(world: World) -> None:
    gate = hold_uploads(world)
    job = await with_image(world)
    await world.start("sending")
    await world.move(job, S.CANCELLED)
    gate.set()
    await world.settle()
    assert await world.status(job.job_id) is S.CANCELLED
    assert world.provider.posts == []
    assert await world.rows("SELECT url FROM images") == [(world.provider.uploads[0].url,)]  # it is there all the same


@pytest.mark.parametrize(
    "error",
    [NotTaken("upload_failed", "-"), NotTaken("bad_key", "-", pause=PauseScope.ALL), ProviderRejected("x", "-")],
    ids=["later", "paused", "refused"],
)
async def test_an_answer_that_comes_after_the_cancelling_changes_the_job_no_more(
    world: World, error: ProviderError
) -> None:
    gate = hold_uploads(world)
    world.provider.next_uploads.append(error)
    job = await with_image(world)
    await world.start("sending")
    await world.move(job, S.CANCELLED, reason="by hand")
    gate.set()
    await world.settle()
    after = await world.job(job.job_id)
    assert (after.status, after.reason, after.not_before_ms) == (S.CANCELLED, "by hand", job.not_before_ms)
    assert await pauses(world) == ([("all", "bad_key")] if getattr(error, "reason", "") == "bad_key" else [])


async def test_a_job_that_is_cancelled_between_its_images_has_no_further_ones_brought(world: World) -> None:
    gate = hold_uploads(world)
    last = await kept_image(world, "last")
    job = await with_image(world, end_image=last.sha256)
    await world.start("sending")
    await world.move(job, S.CANCELLED)
    gate.set()
    await world.settle()
    assert len(world.provider.uploads) == 1


# Interruptions


async def test_a_stop_leaves_no_upload_under_way(world: World) -> None:
    hold_uploads(world)
    job = await with_image(world)
    loop = asyncio.create_task(world.klapper.sending.run())
    await world.settle()
    assert len(world.provider.uploads) == 1
    loop.cancel()
    await world.settle()
    assert loop.cancelled()
    assert world.tasks() == {asyncio.current_task()}
    assert await world.status(job.job_id) is S.WAITING


async def test_an_upload_that_was_broken_off_is_done_again_after_a_restart(world: World) -> None:
    hold_uploads(world)
    await with_image(world)
    await world.start("sending")
    await world.kill()
    let_others_through(world)
    await world.start("sending")
    assert len(world.provider.uploads) == 2
    assert len(world.provider.posts) == 1


async def test_a_crash_of_the_loop_does_not_disturb_the_upload_under_way(world: World) -> None:
    gate = hold_uploads(world)
    await with_image(world)
    await world.start("sending")
    await world.execute("ALTER TABLE served_guilds RENAME TO hidden")
    world.klapper.sending.wake()
    await world.advance(1)
    assert any("loop crashed" in crash for crash in world.crashes.seen)
    await world.execute("ALTER TABLE hidden RENAME TO served_guilds")
    await world.advance(20)
    world.crashes.seen.clear()
    gate.set()
    await world.settle()
    assert (len(world.provider.uploads), len(world.provider.posts)) == (1, 1)


async def test_whenever_the_process_dies_the_job_is_sent_once_with_its_images(world: World) -> None:
    n, was_killed = 0, True
    while was_killed:
        n += 1
        before = len(world.provider.uploads)
        job = await with_image(world, f"{n}", image=f"{n}")
        was_killed = await world.killed_at(n, 1, "sending")
        await world.start("sending")
        await world.advance(1)
        after = await world.job(job.job_id)
        posts = world.provider.posts_of(f"{n}")
        assert len(posts) <= 1, n
        assert after.status is S.QUEUED or (after.status is S.UNKNOWN and after.reason == "interrupted"), n
        urls = {upload.url for upload in world.provider.uploads[before:]}
        assert len(urls) == 1, n
        assert {post.body["start_image_url"] for post in posts} <= urls, n
        assert len(world.provider.uploads) - before <= 2, n
        await world.kill()
        await world.move(after, S.FAILED)
    assert n > 50
