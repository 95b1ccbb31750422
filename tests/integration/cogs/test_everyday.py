"""What members do every day, with the real services behind the commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from klapper.jobs.job import DeliveryState
from tests.integration.cogs.forgery import Forger
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, asked, open_town, town_with
from tests.integration.cogs.real_panel import said
from tests.pictures import noise, phone_photo, png, turned

town = pytest.fixture(open_town)

PORTRAIT = ("photo.jpg", phone_photo())
NO_SUCH_JOB = "There is no such job here: `/jobs list` shows those you have."
NOT_YOUR_JOB = "This is another member's request: `/jobs list` shows yours."
ACTIONS = ("cancel", "receipt", "again", "edit", "delete", "delete_yes")


@pytest.fixture
async def frugal_town(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, checker: ModuleType | None
) -> AsyncIterator[Town]:
    """Members have few credits and are asked above half of them."""
    async for built in town_with(tmp_path, caplog, checker, credits={"default_allowance": 200, "confirm_above": 100}):
        yield built


async def test_a_portrait_photo_makes_an_upright_video(town: Town) -> None:
    answer = await town.video(image=PORTRAIT)
    assert "is here: https://discord.com/channels/" in said(answer)
    body = await town.body()
    assert (body["slug"], body["aspect_ratio"]) == ("kling-3-standard-image2video", "9:16")
    (job,) = await town.jobs()
    async with town.klapper.database.read() as tx:
        (image,) = await town.klapper.images.missing(tx, job.job_id, trusted_since_ms=0)
    assert (image.width, image.height) == (720, 1280)
    assert image.sha256 == body["start_image_url"]


async def test_equal_pictures_are_one_and_each_option_names_its_own(town: Town) -> None:
    same = png(noise(320, 320))
    await town.video("@Element1", image=("a.png", same), element_1=("b.png", same))
    body = await town.body()
    assert body["elements"] == [{"frontal_image_url": body["start_image_url"]}]


async def test_own_defaults_count_where_a_request_says_nothing(town: Town) -> None:
    await town.mira.slash(town.channel, "settings defaults", model="o3", aspect_ratio="1:1", mode="pro")
    await town.video()
    body = await town.body()
    assert (body["slug"], body["aspect_ratio"], body["mode"]) == ("kling-o3-text2video", "1:1", "pro")
    await town.video("another", aspect_ratio="16:9", mode="std")
    body = await town.body()
    assert (body["aspect_ratio"], body["mode"]) == ("16:9", "std")
    await town.video("a photo", image=PORTRAIT)
    assert (await town.body())["slug"] == "kling-o3-image2video"


async def test_a_picture_that_is_none_is_refused_by_its_option(town: Town) -> None:
    answer = await town.video(image=PORTRAIT, end_image=("end.png", b"GIF89a" + b"\0" * 100))
    assert said(answer).strip().startswith("end_image is named `end.png` but is a GIF file")
    assert not await town.jobs()


async def test_who_cannot_pay_is_told_before_the_picture_is_fetched(frugal_town: Town) -> None:
    frugal_town.cdn.is_down = True
    answer = await frugal_town.video(image=PORTRAIT, duration=15)
    assert not answer.deferred
    assert "This costs 252 credits and you have 200" in said(answer)


async def test_a_dear_video_is_asked_about_and_made_after_a_restart(frugal_town: Town) -> None:
    answer = await frugal_town.video(image=PORTRAIT, duration=7, spoiler=True)
    panel = frugal_town.panel(answer)
    assert "118 credits" in panel.says
    assert not await frugal_town.jobs()
    await frugal_town.restart()
    await panel.press("generate")
    (job,) = await frugal_town.jobs()
    assert job.spoiler
    assert job.price.credits == 118


async def test_the_same_request_in_ten_seconds_is_asked_about(town: Town) -> None:
    await town.video()
    card = town.card()
    answer = await town.video()
    assert card.jump_url in said(answer)
    assert len(await town.jobs()) == 1
    await town.clock.advance(11)
    await town.video()
    assert len(await town.jobs()) == 2


async def test_again_repeats_everything_with_its_pictures(town: Town) -> None:
    await town.video("@Element1 runs", image=PORTRAIT, element_1=("fox.jpg", turned(1, size=(400, 400))), spoiler=True)
    card = await town.ended()
    await town.clock.advance(11)
    answer = await town.press_card(card, "again")
    first, second = await town.jobs()
    assert second.body_hash == first.body_hash
    assert asked(second, town) == replace(asked(first, town), model="v3")  # whatever Mira's default will be then
    assert (second.parent_job_id, second.spoiler) == (first.job_id, True)
    assert town.card().jump_url in said(answer)


async def test_a_deleted_job_is_removed_and_stays_in_the_books(town: Town) -> None:
    await town.video()
    card = await town.ended()
    (job,) = await town.jobs()
    answer = await town.press_card(card, "delete")
    assert answer.response is not None
    await town.mira.click(answer.response, label="Delete for good")
    view = await town.klapper.board.view(job.job_id)
    assert view is not None
    assert view.delivery is not None
    assert (view.delivery.state, view.delivery.reason) == (DeliveryState.REMOVED, "requester")
    assert job.job_id in words((await town.mira.slash(town.channel, "jobs list")).response)


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_job_is_nobody_elses_business(town: Town, action: str) -> None:
    await town.video()
    await town.ended()
    (job,) = await town.jobs()
    pressed = f"job:{job.job_id}:{action}"
    guild = town.env.create_guild("Elsewhere")
    elsewhere = Forger(town.env, guild.create_text_channel("videos"))
    answers = [
        await town.forger.press(pressed, by=town.tom),
        await town.forger.press(f"job:zzzz9999:{action}", by=town.mira),
        await elsewhere.press(pressed, by=guild.add_member(town.mira.user)),
    ]
    expected = [NOT_YOUR_JOB, NO_SUCH_JOB, NO_SUCH_JOB]
    assert [said(answer).strip().startswith(words) for answer, words in zip(answers, expected, strict=True)] == [
        True
    ] * 3
    assert await town.jobs() == [job]
    assert await town.drafts() == 0


async def test_a_manager_shares_and_help_says_so(town: Town) -> None:
    await town.olga.slash(town.channel, "manage sharing", state="on")
    said_here = words((await town.mira.slash(town.channel, "help")).response)
    assert "You may animate images of others, too." in said_here
    assert len(said_here) <= 2_000


async def test_prices_are_those_of_every_model(town: Town) -> None:
    shown = words((await town.mira.slash(town.channel, "credits prices")).response)
    assert all(f"**{model.title}**" in shown for model in town.klapper.catalogue.models)
    assert "**Kling 3.0 Standard text to video**, **Kling 3.0 Standard image to video**\n- 5 s: 84 credits" in shown
    assert shown.splitlines()[-1].startswith("-# A card shows the exact price")
