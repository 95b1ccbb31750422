"""An attachment becomes a stored image once, or a sentence; and leaves nothing else behind."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from klapper.clock import SystemClock
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import RequestRefused
from klapper.images.checks import MOST_READ_BYTES
from klapper.images.files import Kind
from klapper.jobs.images import ImageStore, Unused
from klapper.kling.picture import InputImage
from klapper.services.input_shelf import InputShelf
from klapper.services.intake import (
    LEAST_FREE_BYTES,
    TAKES_AT_ONCE,
    TAKES_PER_MEMBER,
    Attached,
    AttachmentError,
    ImageIntake,
)
from tests import pictures
from tests.databases import FleetingDatabase, new_database

MIRA, TOM = 1, 2


class Discord:
    """Where attachments are: a complete fake of the port, which can be held up."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.errors: dict[str, AttachmentError] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.fetched: list[str] = []
        self.under_way = self.most_at_once = 0

    def has(self, name: str, data: bytes, *, option: str = "image") -> Attached:
        url = f"https://cdn.discordapp.com/attachments/1/2/{name}"
        self.files[url] = data
        return Attached(option, url, name, len(data))

    async def fetch(self, url: str, to_path: Path, *, most_bytes: int) -> None:
        self.fetched.append(url)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            to_path.write_bytes(self.files[url][:most_bytes])
            await self.gate.wait()
            if url in self.errors:
                raise self.errors[url]
        finally:
            self.under_way -= 1


class House:
    """An intake with its shelf and its rows."""

    def __init__(self, folder: Path, database: SqliteDatabase) -> None:
        self.folder = folder
        self.discord = Discord()
        self.shelf = InputShelf(folder)
        self.images = ImageStore()
        self.database = database
        self.free_bytes = 2 * LEAST_FREE_BYTES
        self.intake = ImageIntake(
            database=database,
            clock=SystemClock(),
            images=self.images,
            shelf=self.shelf,
            source=self.discord,
            normalise=pictures.normalise_here,
            free_bytes=lambda folder: self.free_bytes,
        )

    async def row(self, sha256: str) -> InputImage | None:
        async with self.database.read() as tx:
            return await self.images.get(tx, sha256)

    def kept(self) -> set[str]:
        """Every file on the shelf, half-done ones included."""
        return {path.name for path in (self.folder / "inputs").rglob("*") if path.is_file()}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with FleetingDatabase.open(new_database(tmp_path / "klapper.db")) as database:
        yield House(tmp_path / "media", database)


async def refusal(house: House, *pending: Attached) -> RequestRefused:
    with pytest.raises(RequestRefused) as caught:
        await house.intake.take_all(pending, MIRA)
    assert house.kept() == set()
    return caught.value


async def until_fetching(house: House, attachments: int) -> None:
    async with asyncio.timeout(10):
        while len(house.discord.fetched) < attachments:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_a_taken_image_is_on_disk_and_has_a_row(house: House) -> None:
    image = await house.intake.take(house.discord.has("photo.jpg", pictures.phone_photo()), MIRA)
    assert await house.row(image.sha256) == image
    assert house.kept() == {image.sha256}
    assert hashlib.sha256(house.shelf.path(image.sha256).read_bytes()).hexdigest() == image.sha256


async def test_every_image_comes_back_under_what_stood_for_it(house: House) -> None:
    start = house.discord.has("a.jpg", pictures.jpeg(), option="image")
    end = house.discord.has("b.png", pictures.png(), option="end_image")
    taken = await house.intake.take_all([start, end], MIRA)
    assert list(taken) == [start.key, end.key]
    assert [image.media_type for image in taken.values()] == ["image/jpeg", "image/png"]


async def test_what_stands_for_an_image_is_shaped_like_its_hash_and_differs_by_address(house: House) -> None:
    keys = {house.discord.has(name, b"").key for name in ("a.jpg", "b.jpg")}
    assert len(keys) == 2
    assert all(len(key) == 64 and int(key, 16) for key in keys)


async def test_equal_images_are_stored_once(house: House) -> None:
    pending = [house.discord.has(f"{n}.png", pictures.png()) for n in range(3)]
    taken = await house.intake.take_all(pending, MIRA)
    (image,) = set(taken.values())
    assert len(taken) == 3
    assert house.kept() == {image.sha256}


async def test_an_attachment_that_is_used_twice_is_fetched_once(house: House) -> None:
    attached = house.discord.has("a.png", pictures.png())
    await house.intake.take_all([attached, attached], MIRA)
    assert len(house.discord.fetched) == 1


async def test_nothing_attached_is_nothing_taken(house: House) -> None:
    assert await house.intake.take_all([], MIRA) == {}


async def test_a_size_that_discord_already_names_too_large_is_not_fetched(house: House) -> None:
    attached = Attached("image", "https://cdn.discordapp.com/x", "x.png", MOST_READ_BYTES + 1)
    assert (await refusal(house, attached)).code == "image_too_large"
    assert house.discord.fetched == []


async def test_the_first_refused_image_gives_the_sentence_and_its_option(house: House) -> None:
    good = house.discord.has("a.jpg", pictures.jpeg(), option="image")
    heic = house.discord.has("b.jpg", pictures.FOREIGN[Kind.HEIC], option="element_1")
    gif = house.discord.has("c.gif", pictures.FOREIGN[Kind.GIF], option="element_2")
    with pytest.raises(RequestRefused) as caught:
        await house.intake.take_all([good, heic, gif], MIRA)
    assert caught.value.sentence.startswith("element_1 is named `b.jpg` but is a HEIC file")


REASONS = [("too_large", "image_too_large"), ("gone", "image_not_loaded"), ("try_later", "image_not_loaded")]


@pytest.mark.parametrize(("reason", "code"), [*REASONS, ("address", "image_not_loaded")])
async def test_an_attachment_that_does_not_come_is_a_refusal(house: House, reason: str, code: str) -> None:
    attached = house.discord.has("a.jpg", pictures.jpeg(), option="end_image")
    house.discord.errors[attached.url] = AttachmentError(reason, "It did not come.")  # type: ignore[arg-type]
    refused = await refusal(house, attached)
    assert refused.code == code
    assert refused.sentence.startswith("end_image ")


async def test_a_row_without_its_file_gets_it_back(house: House) -> None:
    attached = house.discord.has("a.png", pictures.png())
    image = await house.intake.take(attached, MIRA)
    house.shelf.remove(image.sha256)
    assert not house.shelf.is_there(image.sha256)
    await house.intake.take(attached, MIRA)
    assert house.shelf.is_there(image.sha256)


async def test_a_file_without_its_row_gets_it_back(house: House) -> None:
    attached = house.discord.has("a.png", pictures.png())
    image = await house.intake.take(attached, MIRA)
    async with house.database.write() as tx:
        assert await house.images.drop(tx, image.sha256, Unused(2**53, 2**53))
    await house.intake.take(attached, MIRA)
    assert await house.row(image.sha256) == image


async def test_a_file_that_lost_its_content_gets_it_back(house: House) -> None:
    attached = house.discord.has("a.png", pictures.png())
    image = await house.intake.take(attached, MIRA)
    house.shelf.path(image.sha256).write_bytes(b"")
    await house.intake.take(attached, MIRA)
    assert house.shelf.path(image.sha256).stat().st_size == image.size_bytes


async def test_eight_attachments_are_under_way_at_a_time(house: House) -> None:
    house.discord.gate.clear()
    pending = [house.discord.has(f"{n}.png", pictures.png()) for n in range(TAKES_AT_ONCE + 3)]
    taking = asyncio.gather(*(house.intake.take(one, user_id) for user_id, one in enumerate(pending)))
    await until_fetching(house, TAKES_AT_ONCE)
    for _ in range(50):
        await asyncio.sleep(0)
    assert house.discord.most_at_once == TAKES_AT_ONCE
    house.discord.gate.set()
    await taking
    assert house.discord.most_at_once == TAKES_AT_ONCE


async def test_one_member_has_two_places_and_leaves_the_others(house: House) -> None:
    house.discord.gate.clear()
    mine = [house.discord.has(f"{n}.png", pictures.png()) for n in range(TAKES_AT_ONCE)]
    theirs = house.discord.has("theirs.png", pictures.png())
    taking = [asyncio.create_task(house.intake.take_all(mine, MIRA))]
    await until_fetching(house, TAKES_PER_MEMBER)
    taking.append(asyncio.create_task(house.intake.take_all([theirs], TOM)))
    await until_fetching(house, TAKES_PER_MEMBER + 1)
    for _ in range(50):
        await asyncio.sleep(0)
    assert house.discord.most_at_once == TAKES_PER_MEMBER + 1
    house.discord.gate.set()
    taken = await asyncio.gather(*taking)
    assert [len(images) for images in taken] == [TAKES_AT_ONCE, 1]


async def test_a_members_places_are_shared_by_all_that_they_do(house: House) -> None:
    house.discord.gate.clear()
    pending = [house.discord.has(f"{n}.png", pictures.png()) for n in range(TAKES_PER_MEMBER + 2)]
    taking = [asyncio.create_task(house.intake.take(one, MIRA)) for one in pending]
    for _ in range(50):
        await asyncio.sleep(0)
    assert house.discord.most_at_once == TAKES_PER_MEMBER
    house.discord.gate.set()
    await asyncio.gather(*taking)
    assert house.discord.most_at_once == TAKES_PER_MEMBER


async def test_a_cancelled_take_leaves_nothing_and_frees_its_place(house: House) -> None:
    house.discord.gate.clear()
    pending = [house.discord.has(f"{n}.png", pictures.png()) for n in range(TAKES_AT_ONCE)]
    taking = asyncio.create_task(house.intake.take_all(pending, MIRA))
    await until_fetching(house, TAKES_PER_MEMBER)
    assert house.kept() == {"attachment"}
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert house.kept() == set()
    house.discord.gate.set()
    assert len(await house.intake.take_all(pending, MIRA)) == TAKES_AT_ONCE


async def test_a_refusal_ends_the_takes_beside_it(house: House) -> None:
    house.discord.gate.clear()
    slow = house.discord.has("a.png", pictures.png())
    refused = await refusal(house, Attached("image", "https://cdn.discordapp.com/x", "x.png", 0), slow)
    assert refused.code == "image_empty"
    assert house.discord.under_way == 0


async def test_a_disk_that_is_nearly_full_takes_nothing(house: House) -> None:
    house.free_bytes = LEAST_FREE_BYTES - 1
    attached = house.discord.has("a.png", pictures.png(), option="end_image")
    refused = await refusal(house, attached)
    assert refused.code == "image_not_stored"
    assert refused.sentence.startswith("end_image ")
    assert house.discord.fetched == []
    house.free_bytes = LEAST_FREE_BYTES
    await house.intake.take(attached, MIRA)


async def test_a_full_disk_is_a_sentence_and_nothing_is_kept(house: House) -> None:
    house.folder.mkdir()
    (house.folder / "inputs").write_text("a file where the folder should be")
    with pytest.raises(RequestRefused) as caught:
        await house.intake.take(house.discord.has("a.png", pictures.png()), MIRA)
    assert caught.value.code == "image_not_stored"


async def test_what_an_earlier_process_left_half_done_goes_at_the_start(house: House) -> None:
    image = await house.intake.take(house.discord.has("a.png", pictures.png()), MIRA)
    left = house.folder / "inputs" / "incoming" / "left"
    left.mkdir()
    (left / "attachment").write_bytes(b"by a crash")
    house.shelf.clear_incoming()
    assert house.kept() == {image.sha256}


def test_clearing_a_shelf_that_was_never_used_is_fine(tmp_path: Path) -> None:
    InputShelf(tmp_path / "media").clear_incoming()
    InputShelf(tmp_path / "media").remove("0" * 64)
    assert list(tmp_path.iterdir()) == []
