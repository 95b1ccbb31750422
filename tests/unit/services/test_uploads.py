"""The images of a job whose turn has come: at Segmind once each, before their job, and in nobody's way."""

from __future__ import annotations

import pytest

from klapper.clock import SECOND_MS
from klapper.errors import NotTaken
from klapper.jobs.images import URL_TRUSTED_MS
from klapper.jobs.job import JobStatus
from klapper.kling.request import Element
from klapper.services.uploads import JOBS_AT_ONCE
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import (
    AT_ONCE,
    end_each,
    hold_uploads,
    kept_image,
    let_others_through,
    run_all,
    sent,
    with_image,
)
from tests.unit.services.world import ANN, BOB, World

S = JobStatus


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """No undo time, no limits of members."""
    return await open_world(**AT_ONCE)


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


@pytest.mark.parametrize(("age_ms", "is_again"), [(URL_TRUSTED_MS - 1, False), (URL_TRUSTED_MS, True)])
async def test_an_image_is_brought_again_when_its_address_is_too_old_to_be_trusted(
    world: World, age_ms: int, is_again: bool
) -> None:
    await with_image(world, "first")
    await world.start("sending")
    await world.clock.jump(age_ms / SECOND_MS)
    await with_image(world, "second")
    await world.settle()
    calls = [kind for kind, _ in world.provider.calls if kind in ("upload", "submit")]
    assert calls == (["upload", "submit", "upload", "submit"] if is_again else ["upload", "submit", "submit"])


async def test_a_job_that_waited_too_long_with_its_images_brought_brings_them_again(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE | {"segmind": {"max_running_jobs": 1}})
    first = await with_image(world, "first")
    await with_image(world, "second")
    await world.start("sending")
    await world.clock.jump(URL_TRUSTED_MS / SECOND_MS)
    await world.move(await world.job(first.job_id), S.FAILED)
    await world.settle()
    assert await sent(world) == ["first", "second"]
    assert len(world.provider.uploads) == 2


async def test_when_one_job_fails_to_bring_a_shared_image_the_other_tries(world: World) -> None:
    world.provider.next_uploads.append(NotTaken("upload_failed", "-"))
    await with_image(world, "first")
    await with_image(world, "second")
    await world.start("sending")
    assert len(world.provider.uploads) == 2
    assert len(await sent(world)) == 1  # who of the two came to it first is nobody's business
    await world.advance(5)
    assert sorted(await sent(world)) == ["first", "second"]
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
