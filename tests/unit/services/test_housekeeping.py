"""What goes and what stays, hour by hour."""

from __future__ import annotations

import os

from klapper.clock import DAY_MS, SECOND_MS
from klapper.drafts.draft import Draft, DraftKind
from klapper.jobs.job import JobStatus
from klapper.kling.picture import InputImage
from klapper.kling.request import VideoRequest
from klapper.services.housekeeping import DRAFTS_KEPT_MS, SWEEP_EVERY_S
from tests.unit.services.brought import finished
from tests.unit.services.turns import kept_image
from tests.unit.services.world import ANN, CHANNEL, GUILD, World

DAY_S = DAY_MS / SECOND_MS
KEEP_DAYS = 7  # as an operator has it who changed nothing


async def kept(world: World, image: InputImage) -> tuple[bool, bool]:
    """Whether its file is there, and whether its row is."""
    rows = await world.rows("SELECT 1 FROM images WHERE sha256 = :sha256", sha256=image.sha256)
    return world.klapper.input_shelf.is_there(image.sha256), bool(rows)


def clip(world: World, job_id: str, *, age_days: float) -> None:
    path = world.klapper.shelf.path(job_id)
    path.write_bytes(b"clip")
    at_s = world.clock.now_ms() / SECOND_MS - age_days * DAY_S
    os.utime(path, (at_s, at_s))


# Clips


async def test_an_old_clip_goes_and_a_young_one_stays(world: World) -> None:
    clip(world, "old", age_days=KEEP_DAYS + 1)
    clip(world, "young", age_days=KEEP_DAYS - 1)
    await world.start("housekeeping")
    assert [world.klapper.shelf.size_bytes(name) for name in ("old", "young")] == [None, 4]


async def test_an_old_clip_that_is_not_delivered_yet_stays(world: World) -> None:
    job = await finished(world)
    clip(world, job.job_id, age_days=KEEP_DAYS + 1)
    await world.start("housekeeping")
    assert world.klapper.shelf.size_bytes(job.job_id) == 4


# Input images


async def test_an_image_that_nobody_used_for_long_goes_with_its_file(world: World) -> None:
    image = await kept_image(world)
    await world.clock.jump((KEEP_DAYS + 1) * DAY_S)
    young = await kept_image(world, "another")
    await world.start("housekeeping")
    assert await kept(world, image) == (False, False)
    assert await kept(world, young) == (True, True)


async def test_an_image_that_is_used_again_stays(world: World) -> None:
    image = await kept_image(world)
    await world.clock.jump((KEEP_DAYS + 1) * DAY_S)
    async with world.database.write() as tx:
        await world.klapper.images.touch(tx, image.sha256, world.clock.now_ms())
    await world.start("housekeeping")
    assert await kept(world, image) == (True, True)


async def test_an_image_stays_as_long_as_its_job_is_unfinished(world: World) -> None:
    image = await kept_image(world)
    job = await world.submit(start_image=image.sha256)
    await world.clock.jump((KEEP_DAYS + 1) * DAY_S)
    await world.start("housekeeping")
    assert await kept(world, image) == (True, True)
    await world.move(job, JobStatus.CANCELLED)
    await world.advance(SWEEP_EVERY_S)
    assert await kept(world, image) == (False, False)


async def test_an_image_whose_file_went_already_loses_its_row(world: World) -> None:
    image = await kept_image(world)
    world.klapper.input_shelf.remove(image.sha256)
    await world.clock.jump((KEEP_DAYS + 1) * DAY_S)
    await world.start("housekeeping")
    assert await kept(world, image) == (False, False)


async def test_a_file_that_never_got_its_row_goes_when_it_is_old(world: World) -> None:
    image, young = await kept_image(world), await kept_image(world, "another")
    await world.execute("DELETE FROM images")
    at_s = world.clock.now_ms() / SECOND_MS - (KEEP_DAYS + 1) * DAY_S
    os.utime(world.klapper.input_shelf.path(image.sha256), (at_s, at_s))
    await world.start("housekeeping")
    assert await kept(world, image) == (False, False)
    assert await kept(world, young) == (True, False)


async def test_whenever_the_process_dies_no_file_is_left_without_its_row(world: World) -> None:
    n, was_killed = 0, True
    while was_killed:
        n += 1
        image = await kept_image(world, f"{n}")
        await world.clock.jump((KEEP_DAYS + 1) * DAY_S)
        was_killed = await world.killed_at(n, 1, "housekeeping")
        is_file, is_row = await kept(world, image)
        assert is_row or not is_file, n
        await world.start("housekeeping")
        assert await kept(world, image) == (False, False), n
        await world.kill()
    assert n > 10


# What is half done


async def test_what_an_earlier_process_left_half_loaded_goes_at_the_start(world: World) -> None:
    with world.klapper.input_shelf.incoming() as file:
        file.write_bytes(b"half")
        await world.start("housekeeping")
        assert not file.exists()


async def test_what_is_being_loaded_now_stays(world: World) -> None:
    await world.start("housekeeping")
    with world.klapper.input_shelf.incoming() as file:
        file.write_bytes(b"half")
        await world.advance(2 * SWEEP_EVERY_S)
        assert file.exists()


# Drafts


async def test_a_draft_is_forgotten_a_day_after_it_expired(world: World) -> None:
    draft = Draft(
        draft_id="d",
        kind=DraftKind.PANEL,
        guild_id=GUILD,
        channel_id=CHANNEL,
        user_id=ANN,
        request=VideoRequest(prompt="a fox"),
        created_at_ms=world.clock.now_ms(),
        expires_at_ms=world.clock.now_ms(),
    )
    async with world.database.write() as tx:
        await world.klapper.drafts.add(tx, draft)
    await world.start("housekeeping")
    await world.advance(DRAFTS_KEPT_MS / SECOND_MS)
    assert await world.rows("SELECT draft_id FROM drafts") == [("d",)]
    await world.advance(SWEEP_EVERY_S)
    assert await world.rows("SELECT draft_id FROM drafts") == []


# The loop


async def test_a_sweep_that_fails_keeps_no_other_from_its_work(world: World) -> None:
    clip(world, "old", age_days=KEEP_DAYS + 1)
    image = await kept_image(world)
    await world.clock.jump((KEEP_DAYS + 1) * DAY_S)
    await world.execute("ALTER TABLE deliveries RENAME TO hidden")
    await world.start("housekeeping")
    assert await kept(world, image) == (False, False)
    assert [crash.split(":")[0] for crash in world.crashes.seen] == ["housekeeping failed"]
    world.crashes.seen.clear()
    await world.execute("ALTER TABLE hidden RENAME TO deliveries")
    await world.advance(SWEEP_EVERY_S)
    assert world.klapper.shelf.size_bytes("old") is None


async def test_there_is_one_sweep_an_hour(world: World) -> None:
    await world.start("housekeeping")
    for hour in range(3):
        clip(world, "old", age_days=KEEP_DAYS + 1)
        await world.advance(SWEEP_EVERY_S - 1)
        assert world.klapper.shelf.size_bytes("old") == 4, hour
        await world.advance(1)
        assert world.klapper.shelf.size_bytes("old") is None, hour
