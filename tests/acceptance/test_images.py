"""Images from a member's phone to the clip: upright, without their metadata, uploaded once, and never in the way."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from klapper.images.files import Kind as Format
from sandbox.driver import File, MessageView
from sandbox.segmind import Fault, Kind, Stage
from tests.acceptance.bot_process import BotProcess
from tests.acceptance.panel import ANSWER_S
from tests.acceptance.town import CLIP_S, Town, clips, job_id_of
from tests.integration.sandbox_segmind.drawing import frame_of
from tests.pictures import BLUE, FOREIGN, GREEN, RED, YELLOW, corners, phone_photo, png, quarters

UPRIGHT = (RED, GREEN, BLUE, YELLOW)
SECRETS = (b"Exif", b"telltale")
MEGABYTE = 1_000_000

End = Callable[[BotProcess], Awaitable[object]]


async def test_a_portrait_photo_from_a_phone_animates_upright(town: Town) -> None:
    assert all(secret in phone_photo() for secret in SECRETS)
    await town.open()
    card = await town.video(prompt="they wave", image=File("IMG_0001.JPG", phone_photo()))
    again = await town.video(prompt="they dance", image=File("the same.jpg", phone_photo()))
    done = await town.clip_on(card)

    (sent,) = await town.control.submits("they wave")
    assert sent.body["aspect_ratio"] == "9:16"
    (upload,) = await town.control.uploads()
    uploaded = await town.driver.fetch(sent.body["start_image_url"])
    assert corners(Image.open(io.BytesIO(uploaded))) == UPRIGHT
    assert not any(secret in uploaded for secret in SECRETS)
    assert _inputs(town) == {upload.sha256: len(uploaded)}

    frame = frame_of(await town.driver.fetch(done.attachments[0].url))
    assert frame.height > frame.width
    assert corners(frame) == UPRIGHT

    await town.clip_on(again)
    (twin,) = await town.control.submits("they dance")
    assert twin.body["start_image_url"] == sent.body["start_image_url"]
    assert len(await town.control.uploads()) == 1


async def test_kills_before_during_and_after_the_upload_make_one_clip_on_one_card(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.UPLOAD, Kind.BAD_GATEWAY, times=None))
    await town.open()
    await town.ask(prompt="a survivor", image=_photo("red"))
    await _until_job_is_written(town)
    assert len(_inputs(town)) == 1
    await town.bot.kill()  # at once

    await town.open()
    card = await town.driver.wait_message(
        lambda message: "a survivor" in message.text and not message.ephemeral, timeout=CLIP_S
    )
    await town.card_with(card, "could not be handed to Segmind yet")
    await town.bot.kill()  # before

    seen = await _last_event(town)
    await town.control.clear_faults()
    await town.control.add_fault(Fault(Stage.UPLOAD, Kind.DELAY, seconds=600))
    await town.open()
    await town.control.wait_for_event(_is_upload, after=seen, timeout_s=90)
    await town.bot.kill()  # during

    await town.control.clear_faults()
    await town.control.add_fault(Fault(Stage.SUBMIT, Kind.RATE_LIMITED, times=None))
    await town.open()
    await town.card_with(card, "did not take it")
    await town.bot.kill()  # after
    assert len(await town.control.uploads()) == 1
    assert await town.control.jobs() == []

    await town.control.clear_faults()
    await town.open()
    await town.clip_on(card)
    assert [message.id for message in await town.driver.messages("videos") if clips(message)] == [card.id]
    assert len(await town.control.uploads()) == 1
    assert len(await town.control.jobs()) == 1
    assert (await town.bot.ledger())["spent_credits"] == 84


@pytest.mark.parametrize("end", [BotProcess.kill, BotProcess.stop], ids=["killed", "stopped"])
async def test_an_end_while_an_image_comes_in_leaves_no_job_no_hold_and_no_file(town: Town, end: End) -> None:
    await town.driver.add_fault("GET", "^/cdn/ephemeral-attachments/", delay_s=600)
    await town.open()
    asked = await town.ask(image=_photo("red"))
    assert asked.ephemeral
    async with asyncio.timeout(ANSWER_S):
        while await town.driver.faults():  # until it strikes
            continue
    await end(town.bot)
    await town.driver.clear_faults()
    await town.open()
    books, jobs = await asyncio.gather(town.bot.ledger(), town.jobs())
    assert (books["held_credits"], jobs) == (0, {})
    card = await town.video(image=_photo("red"))
    await town.clip_on(card)
    assert len(_inputs(town)) == 1
    assert list((_media(town) / "inputs" / "incoming").iterdir()) == []


async def test_what_storage_says_decides_between_waiting_and_giving_back(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.UPLOAD, Kind.BAD_REQUEST, text="the image is not readable"))
    await town.open()
    refused = await town.video(prompt="refused", image=_photo("red"))
    await town.card_with(refused, "did not accept one of the images", "not readable", "given back")
    await town.ping_for(refused)

    for kind in (Kind.RATE_LIMITED, Kind.HTML):
        await town.control.add_fault(Fault(Stage.UPLOAD, kind))
    late = [await town.video(prompt=f"{colour} is late", image=_photo(colour)) for colour in ("green", "blue")]
    for card in late:
        await town.card_with(card, "waiting", "84 credits reserved", "tried again")
    for card in late:
        await town.clip_on(card)
    assert len(await town.control.jobs()) == 2
    books = await town.bot.ledger()
    assert (books["spent_credits"], books["held_credits"]) == (168, 0)


REFUSED: tuple[tuple[File, tuple[str, ...]], ...] = (
    (File("IMG_1.heic", FOREIGN[Format.HEIC]), ("HEIC", "JPEG")),
    (File("IMG_2.jpg", FOREIGN[Format.HEIC]), ("IMG_2.jpg", "HEIC", "JPEG")),
    (File("dance.gif", FOREIGN[Format.GIF]), ("GIF", "one frame")),
    (File("dance.png", FOREIGN[Format.GIF]), ("dance.png", "GIF")),
    (File("new.avif", FOREIGN[Format.AVIF]), ("AVIF",)),
    (File("icon.png", png(quarters(299, 400))), ("299", "300")),
    (File("wide.png", png(quarters(1000, 399))), ("2.5",)),
    (File("half.png", png()[: len(png()) // 2]), ("damaged",)),
    (File("notes.txt", b"just words"), ("JPEG", "attach")),
    (File("huge.png", png() + bytes(50 * MEGABYTE)), ("50 MB",)),
)


async def test_every_unsuitable_image_gets_one_sentence_and_holds_nothing(town: Town) -> None:
    await town.driver.set_member_upload_limit("Mira", 100 * MEGABYTE)
    await town.open()
    for file, words in REFUSED:
        said = await town.answer(await town.ask(image=file))
        assert said.startswith("image "), (file.filename, said)
        for word in words:
            assert word in said, (file.filename, said)
    for option in ("end_image", "element_2"):
        files: dict[str, Any] = {"image": _photo("red"), "element_1": _photo("red"), option: REFUSED[0][0]}
        assert (await town.answer(await town.ask(**files))).startswith(f"{option} "), option
    without = await town.answer(await town.ask(prompt="@Element1 waits", element_1=_photo("red")))
    assert "image" in without
    books, jobs = await asyncio.gather(town.bot.ledger(), town.jobs())
    assert (books["held_credits"], jobs) == (0, {})
    assert await town.control.uploads() == []
    cards = [message for message in await town.driver.messages("videos", viewer="Tom") if not message.ephemeral]
    assert cards == []


async def test_twenty_image_jobs_at_once_each_get_their_own_picture(town: Town) -> None:
    await town.open(
        CREDITS__DEFAULT_ALLOWANCE="2000",
        LIMITS__RUNNING_PER_MEMBER="0",
        LIMITS__WAITING_PER_MEMBER="0",
        SEGMIND__MAX_RUNNING_JOBS="20",
    )
    shades = [number * 12 for number in range(20)]
    cards = await asyncio.gather(*(_shaded(town, shade) for shade in shades))
    for shade, card in zip(shades, cards, strict=True):
        done = await town.clip_on(card)
        assert f"shade {shade} " in done.text
        frame = frame_of(await town.driver.fetch(done.attachments[0].url)).convert("L")
        seen = frame.getpixel((frame.width // 2, frame.height * 3 // 4))
        assert isinstance(seen, int | float)
        assert abs(seen - shade) < 6
    assert len({upload.sha256 for upload in await town.control.uploads()}) == 20
    assert len({job_id_of(card) for card in cards}) == len(await town.control.jobs()) == 20
    assert (await town.bot.ledger())["spent_credits"] == 20 * 84


async def _shaded(town: Town, shade: int) -> MessageView:
    picture = png(Image.new("L", (534, 300), shade))
    return await town.video(prompt=f"shade {shade} moves", image=File("grey.png", picture))


async def _until_job_is_written(town: Town) -> None:
    async with asyncio.timeout(ANSWER_S):
        while not await asyncio.to_thread(_has_job, town.bot.database):
            continue


def _has_job(path: Path) -> bool:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return bool(database.execute("SELECT 1 FROM jobs").fetchall())


def _photo(colour: str) -> File:
    return File("photo.png", png(Image.new("RGB", (640, 360), colour)))


def _media(town: Town) -> Path:
    return town.bot.folder / "media"


def _inputs(town: Town) -> dict[str, int]:
    """Bytes of each kept image by its hash."""
    return {path.name: path.stat().st_size for path in (_media(town) / "inputs").iterdir() if path.is_file()}


def _is_upload(event: Any) -> bool:
    return "POST /upload-asset" in (event.detail or "")


async def _last_event(town: Town) -> int:
    return max((event.seq for event in await town.control.events()), default=0)
