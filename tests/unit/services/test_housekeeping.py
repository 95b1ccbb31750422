"""What goes and what stays, hour by hour."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from klapper.clock import DAY_MS, SECOND_MS
from klapper.database.database import Database, Reader, Row, Writer
from klapper.drafts.draft import KEPT_MS, Draft, DraftKind
from klapper.jobs.images import URL_TRUSTED_MS
from klapper.jobs.job import JobStatus
from klapper.kling.picture import InputImage
from klapper.kling.request import VideoRequest
from klapper.moderation.kept_words import KeptWords
from klapper.services.clearing import IMAGES_AT_ONCE
from klapper.services.housekeeping import (
    DRAFTS_KEPT_MS,
    IMAGES_UNUSED_MS,
    SWEEP_EVERY_S,
    Housekeeping,
)
from tests.unit.services.brought import finished
from tests.unit.services.turns import kept_image
from tests.unit.services.world import ANN, CHANNEL, GUILD, World

DAY_S = DAY_MS / SECOND_MS
UNUSED_S = IMAGES_UNUSED_MS / SECOND_MS
TRUSTED_S = URL_TRUSTED_MS / SECOND_MS
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


async def test_an_image_that_no_job_was_made_from_goes_an_hour_after_its_last_use(world: World) -> None:
    image = await kept_image(world)
    await world.start("housekeeping")
    await world.advance(UNUSED_S)
    assert await kept(world, image) == (True, True)
    await world.advance(SWEEP_EVERY_S)
    assert await kept(world, image) == (False, False)


async def test_an_image_of_an_ended_job_goes_when_nobody_used_it_for_as_long_as_clips_stay(world: World) -> None:
    image = await kept_image(world)
    await world.move(await world.submit(start_image=image.sha256), JobStatus.CANCELLED)
    await world.start("housekeeping")
    await world.advance(KEEP_DAYS * DAY_S)
    assert await kept(world, image) == (True, True)
    await world.advance(SWEEP_EVERY_S)
    assert await kept(world, image) == (False, False)


@pytest.mark.parametrize("is_of_job", [False, True])
async def test_an_image_that_is_used_again_stays(world: World, is_of_job: bool) -> None:
    image = await kept_image(world)
    if is_of_job:
        await world.move(await world.submit(start_image=image.sha256), JobStatus.CANCELLED)
    await world.clock.jump((KEEP_DAYS + 1) * DAY_S)
    async with world.database.write() as tx:
        await world.klapper.images.touch(tx, image.sha256, world.clock.now_ms())
    await world.start("housekeeping")
    assert await kept(world, image) == (True, True)


def test_the_images_of_a_draft_outlive_it() -> None:
    assert KEPT_MS < IMAGES_UNUSED_MS


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


# Where Segmind has them


async def uploaded(world: World, image: InputImage) -> None:
    async with world.database.write() as tx:
        await world.klapper.images.uploaded(tx, image.sha256, f"https://s/{image.sha256}", world.clock.now_ms())


async def addresses(world: World) -> int:
    """Of how many images it is known where Segmind has them."""
    return len(await world.rows("SELECT 1 FROM images WHERE url IS NOT NULL"))


async def test_an_address_that_segmind_may_have_deleted_is_forgotten_and_a_younger_one_is_not(world: World) -> None:
    image = await kept_image(world)
    await world.submit(start_image=image.sha256)
    await uploaded(world, image)
    await world.clock.jump(TRUSTED_S - 1)
    await world.start("housekeeping")
    assert await addresses(world) == 1
    await world.advance(SWEEP_EVERY_S)
    assert await addresses(world) == 0
    assert await kept(world, image) == (True, True)


async def test_every_old_address_is_forgotten_in_one_sweep(world: World) -> None:
    for n in range(2 * IMAGES_AT_ONCE + 1):
        await uploaded(world, await kept_image(world, f"{n}"))
    await world.clock.jump(TRUSTED_S)
    await world.execute("UPDATE images SET used_at_ms = :now_ms", now_ms=world.clock.now_ms())
    await world.start("housekeeping")
    assert await addresses(world) == 0
    assert len(await world.rows("SELECT 1 FROM images")) == 2 * IMAGES_AT_ONCE + 1


async def test_a_job_that_segmind_has_is_as_it_was_when_its_images_address_is_forgotten(world: World) -> None:
    image = await kept_image(world)
    job = await world.sent(start_image=image.sha256)
    await uploaded(world, image)
    await world.clock.jump(TRUSTED_S)
    await world.start("housekeeping", "sending")
    assert await addresses(world) == 0
    assert await world.job(job.job_id) == job
    assert world.provider.uploads == []


# In nobody's way


class CountedWrites:
    """Statements of one transaction, counted."""

    def __init__(self, tx: Writer, counted: CountedDatabase) -> None:
        self._tx = tx
        self._counted = counted

    async def one(self, sql: str, /, **params: object) -> Row | None:
        self._counted.statements += 1
        return await self._tx.one(sql, **params)

    async def all(self, sql: str, /, **params: object) -> list[Row]:
        self._counted.statements += 1
        return await self._tx.all(sql, **params)

    async def execute(self, sql: str, /, **params: object) -> int:
        self._counted.statements += 1
        return await self._tx.execute(sql, **params)


class CountedDatabase:
    """The database; counts what is done while nobody else may write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.statements = 0

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writer]:
        async with self._database.write() as tx:
            yield CountedWrites(tx, self)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        async with self._database.read() as tx:
            yield tx


def counted_housekeeping(world: World) -> tuple[CountedDatabase, Housekeeping]:
    database, klapper = CountedDatabase(world.database), world.klapper
    housekeeping = Housekeeping(
        database=database,
        clock=world.clock,
        deliveries=klapper.deliveries,
        images=klapper.images,
        drafts=klapper.drafts,
        words=KeptWords(),
        words_days=1,
        cases=klapper.cases,
        clips=klapper.shelf,
        inputs=klapper.input_shelf,
    )
    return database, housekeeping


async def longest_wait(world: World) -> int:
    """How many statements of a sweep the write of somebody else waits for at most, who writes all the time."""
    database, housekeeping = counted_housekeeping(world)
    sweep = asyncio.create_task(housekeeping.run())
    waits = [0]
    for _ in range(20 * IMAGES_AT_ONCE):
        before = database.statements
        async with world.database.write():
            pass
        waits.append(database.statements - before)  # before its turn, and before a commit that it shares
    await world.settle()
    sweep.cancel()
    return max(waits)


@pytest.mark.parametrize("images", [1, IMAGES_AT_ONCE, IMAGES_AT_ONCE + 1, 5 * IMAGES_AT_ONCE])
async def test_a_write_waits_for_no_more_than_one_batch_of_unused_images(world: World, images: int) -> None:
    for n in range(images):
        await kept_image(world, f"{n}")
    await world.clock.jump(2 * UNUSED_S)
    batch = min(images, IMAGES_AT_ONCE)
    assert await longest_wait(world) in (batch - 1, batch)  # its first may run just before the write comes
    assert await world.rows("SELECT 1 FROM images") == []


@pytest.mark.parametrize("images", [1, IMAGES_AT_ONCE, IMAGES_AT_ONCE + 1, 5 * IMAGES_AT_ONCE])
async def test_a_write_waits_for_no_more_than_one_batch_of_files_without_a_row(world: World, images: int) -> None:
    old_s = world.clock.now_ms() / SECOND_MS - (KEEP_DAYS + 1) * DAY_S
    for n in range(images):
        image = await kept_image(world, f"{n}")
        os.utime(world.klapper.input_shelf.path(image.sha256), (old_s, old_s))
    await world.execute("DELETE FROM images")
    batch = min(images, IMAGES_AT_ONCE)
    assert await longest_wait(world) in (batch - 1, batch)  # its first may run just before the write comes
    assert world.klapper.input_shelf.older_than(world.clock.now_ms()) == []


async def test_a_write_waits_for_no_file_that_has_its_row(world: World) -> None:
    old_s = world.clock.now_ms() / SECOND_MS - (KEEP_DAYS + 1) * DAY_S
    for n in range(2 * IMAGES_AT_ONCE):
        image = await kept_image(world, f"{n}")
        os.utime(world.klapper.input_shelf.path(image.sha256), (old_s, old_s))
    assert await longest_wait(world) <= 1


async def test_an_image_that_somebody_uses_during_the_sweep_stays(world: World) -> None:
    for n in range(2 * IMAGES_AT_ONCE):
        await kept_image(world, f"{n}")
    await world.clock.jump(2 * UNUSED_S)
    last = (await world.rows("SELECT MAX(sha256) FROM images"))[0][0]  # of the second batch
    database, housekeeping = counted_housekeeping(world)
    sweep = asyncio.create_task(housekeeping.run())
    is_begun = False
    while not is_begun:
        async with world.database.write() as tx:
            is_begun = database.statements > IMAGES_AT_ONCE  # the second batch waits for this write
            if is_begun:
                await world.klapper.images.touch(tx, last, world.clock.now_ms())
    await world.settle()
    sweep.cancel()
    assert await world.rows("SELECT sha256 FROM images") == [(last,)]
    assert world.klapper.input_shelf.is_there(last)


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
