"""The images of a job whose turn has come: at Segmind once each, before their job, and in nobody's way."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from klapper.errors import NotTaken, PauseScope, ProviderError, ProviderRejected
from klapper.jobs.job import Job, JobStatus
from klapper.kling.request import Element
from klapper.services.uploads import JOBS_AT_ONCE, UNWRITTEN_REST_S
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import AT_ONCE, end_each, kept_image, pauses, run_all, sent
from tests.unit.services.world import ANN, BOB, World

S = JobStatus
SLUG = "kling-3-standard-image2video"


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """No undo time, no limits of members."""
    return await open_world(**AT_ONCE)


async def with_image(world: World, prompt: str = "a fox", *, image: str = "a picture", **more: Any) -> Job:
    """A job with a first image."""
    return await world.submit(prompt, start_image=(await kept_image(world, image)).sha256, **more)


def hold_uploads(world: World) -> asyncio.Event:
    """From now on uploads wait for this; `let_others_through` lets those through that begin later."""
    return world.provider.held.setdefault("upload", asyncio.Event())


def let_others_through(world: World) -> None:
    del world.provider.held["upload"]


# Before the job


async def test_an_image_is_brought_before_its_job_and_the_body_has_its_address(world: World) -> None:
    await with_image(world)
    await world.start("sending")
    [upload], [post] = world.provider.uploads, world.provider.posts
    assert post.body["start_image_url"] == upload.url
    assert [kind for kind, _ in world.provider.calls if kind in ("upload", "submit")] == ["upload", "submit"]


async def test_every_image_of_a_job_is_brought_and_one_after_the_other(world: World) -> None:
    images = [(await kept_image(world, content)).sha256 for content in "abcd"]
    first, last, front, side = images
    element = Element(front, (side,))
    await world.submit("@Element1 runs", start_image=first, end_image=last, elements=(element,), generate_audio=False)
    gate = hold_uploads(world)
    await world.start("sending")
    assert len(world.provider.uploads) == 1
    gate.set()
    await world.settle()
    urls = {upload.sha256: upload.url for upload in world.provider.uploads}
    assert sorted(urls) == sorted(images)
    assert len(world.provider.uploads) == len(images)
    [post] = world.provider.posts
    assert (post.body["start_image_url"], post.body["end_image_url"]) == (urls[first], urls[last])
    assert post.body["elements"] == [{"frontal_image_url": urls[front], "reference_image_urls": [urls[side]]}]


async def test_nothing_is_brought_during_the_undo_time(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 3})
    await world.start("sending")
    job = await with_image(world)
    await world.advance(2.999)
    await world.move(job, S.CANCELLED)
    await world.advance(60)
    assert world.provider.uploads == []


async def test_nothing_is_brought_before_its_turn(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1}})
    first = await world.submit("first")
    await with_image(world, "second")
    await world.start("sending")
    assert (await sent(world), world.provider.uploads) == (["first"], [])
    await world.move(await world.job(first.job_id), S.FAILED)
    await world.settle()
    assert (await sent(world), len(world.provider.uploads)) == (["first", "second"], 1)


async def test_nothing_is_brought_while_all_is_paused(world: World) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'team_limit', 1)")
    await with_image(world)
    await world.start("sending")
    assert world.provider.uploads == []


# Once


async def test_a_hundred_jobs_with_the_same_image_are_one_upload(world: World) -> None:
    for n in range(100):
        await with_image(world, f"{n}", user_id=ANN + n)
    await world.start("sending")
    [upload] = world.provider.uploads
    assert len(world.provider.posts) == 100
    assert {post.body["start_image_url"] for post in world.provider.posts} == {upload.url}


async def test_an_image_that_segmind_has_is_not_brought_again_after_a_restart(world: World) -> None:
    await with_image(world, "first")
    await world.start("sending")
    await world.kill()
    await with_image(world, "second")
    await world.start("sending")
    assert await sent(world) == ["first", "second"]
    assert len(world.provider.uploads) == 1


async def test_when_one_job_fails_to_bring_a_shared_image_the_other_tries(world: World) -> None:
    world.provider.next_uploads.append(NotTaken("upload_failed", "-"))
    await with_image(world, "first")
    await with_image(world, "second")
    await world.start("sending")
    assert len(world.provider.uploads) == 2
    assert await sent(world) == ["second"]
    await world.advance(5)
    assert await sent(world) == ["second", "first"]
    assert len(world.provider.uploads) == 2


# In nobody's way


async def test_an_upload_that_hangs_keeps_no_other_job_from_being_sent(world: World) -> None:
    hold_uploads(world)
    slow = await with_image(world, "slow")
    await world.start("sending")
    let_others_through(world)
    await world.submit("text")
    await with_image(world, "other image", image="other")
    await world.settle()
    assert await sent(world) == ["text", "other image"]
    assert await world.status(slow.job_id) is S.WAITING


async def test_two_jobs_are_brought_at_a_time_and_text_goes_on_meanwhile(world: World) -> None:
    gate = hold_uploads(world)
    for n in range(5):
        await with_image(world, f"image {n}", image=f"{n}")
    await world.submit("text")
    await world.start("sending")
    assert len(world.provider.uploads) == JOBS_AT_ONCE == 2
    assert await sent(world) == ["text"]
    gate.set()
    await world.settle()
    assert sorted(await sent(world)) == ["image 0", "image 1", "image 2", "image 3", "image 4", "text"]


async def test_a_job_that_was_overtaken_during_its_upload_goes_next(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1}})
    gate = hold_uploads(world)
    await with_image(world, "50/image", guild_id=50)
    for n in range(4):
        await world.submit(f"51/{n}", guild_id=51)
    await world.start("sending")
    assert await sent(world) == ["51/0"]
    gate.set()
    await world.settle()
    await end_each(world, 5)
    assert await sent(world) == ["51/0", "50/image", "51/1", "51/2", "51/3"]


async def test_jobs_that_are_ready_cannot_keep_an_image_from_its_turn(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1}})
    for guild_id in (51, 52):
        for n in range(6):
            await world.submit(f"{guild_id}/{n}", guild_id=guild_id)
    await with_image(world, "53/image", guild_id=53)
    await run_all(world, 13)
    # Its guild is third; two jobs at most go while it is brought.
    assert "53/image" in (await sent(world))[:5]


async def test_an_image_is_brought_within_its_members_limit_only(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"limits": {**AT_ONCE["limits"], "running_per_member": 1}})
    await world.submit("first", user_id=ANN)
    await with_image(world, "second", user_id=ANN)
    await with_image(world, "other", user_id=BOB, image="other")
    await world.start("sending")
    assert len(world.provider.uploads) == 1
    assert sorted(await sent(world)) == ["first", "other"]


# What goes wrong

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
    # One goes while it is brought; from then on it is the first in turn.
    assert await sent(world) == ["51/0", "51/1", "50/image", "51/2"]


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
