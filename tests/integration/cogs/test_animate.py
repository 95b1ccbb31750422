"""Animate this image: the message menu."""

from __future__ import annotations

import discord
import pytest
import simcord

from klapper.images.files import Kind
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import Answer, said
from tests.pictures import FOREIGN, jpeg, phone_photo, png

town = pytest.fixture(open_town)
NAME = "Animate this image"


async def posted(member: simcord.MemberActor, town: Town, *files: tuple[str, bytes], text: str = "") -> discord.Message:
    return await member.send(town.channel, text, attachments=files)


async def animate(town: Town, message: discord.Message, *, by: simcord.MemberActor | None = None) -> Answer:
    return await (by or town.mira).context_menu(town.channel, NAME, message)


async def test_an_image_of_ones_own_becomes_a_job(town: Town) -> None:
    panel = town.panel(await animate(town, await posted(town.mira, town, ("fox.png", png()))))
    assert "Kling 3.0 Standard image to video" in panel.says
    assert "First image: 400 × 320" in panel.says
    assert "Press **Words…** below" in panel.says
    await panel.fill("words", prompt="the fox blinks")
    await panel.press("generate")
    body = await town.body()
    [job] = await town.jobs()
    assert body["slug"] == "kling-3-standard-image2video"
    assert body["prompt"] == "the fox blinks"
    assert body["start_image_url"] in job.request


async def test_a_portrait_photo_from_a_phone_stands_upright(town: Town) -> None:
    panel = town.panel(await animate(town, await posted(town.mira, town, ("photo.jpg", phone_photo()))))
    assert "First image: 720 × 1280" in panel.says
    await panel.fill("words", prompt="she smiles")
    assert "9:16" in panel.says
    assert panel.chosen("shape") == "Shape: as the first image"


async def test_of_several_images_the_first_is_taken_and_the_panel_says_so(town: Town) -> None:
    files = (("notes.txt", b"hello"), ("one.png", png()), ("two.jpg", jpeg()))
    panel = town.panel(await animate(town, await posted(town.mira, town, *files)))
    assert "That message has 2 images; this is the first of them. **Images…** below takes another one." in panel.says
    image = next(iter((await town.klapper.draft_desk.show(panel.draft_id, panel.author)).images.values()))
    assert image.media_type == "image/png"


async def test_an_image_of_somebody_else_needs_sharing(town: Town) -> None:
    message = await posted(town.tom, town, ("fox.png", png()))
    refused = said(await animate(town, message))
    assert "images from your own messages" in refused
    assert "managers" in refused
    assert "/manage" not in refused
    await town.klapper.guilds.share_images(town.guild.id, town.olga.id, sharing=True)
    panel = town.panel(await animate(town, message))
    assert "First image" in panel.says
    await town.klapper.guilds.share_images(town.guild.id, town.olga.id, sharing=False)
    assert "images from your own messages" in said(await animate(town, message))


async def test_a_message_without_an_attached_image_is_refused(town: Town) -> None:
    link = "https://example.com/fox.png"
    for files in ((), (("notes.txt", b"hello"),)):
        assert "has no image attached" in said(await animate(town, await posted(town.mira, town, *files, text=link)))


async def test_a_message_of_the_bots_own_is_refused(town: Town) -> None:
    await town.video()
    assert "a message of mine" in said(await animate(town, town.card()))


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("fox.gif", FOREIGN[Kind.GIF], "GIF"),
        ("fox.heic", FOREIGN[Kind.HEIC], "HEIC"),
        ("fox.png", FOREIGN[Kind.UNKNOWN], "The image"),
    ],
)
async def test_what_is_no_usable_picture_is_refused_with_the_reason(
    town: Town, name: str, data: bytes, why: str
) -> None:
    refused = said(await animate(town, await posted(town.mira, town, (name, data))))
    assert refused.startswith("The image")
    assert why in refused
    assert "attach" not in refused
    assert "post " in refused
    assert await town.drafts() == 0


async def test_an_image_that_cannot_be_fetched_is_said(town: Town) -> None:
    message = await posted(town.mira, town, ("fox.png", png()))
    town.cdn.is_down = True
    assert "could not be fetched from Discord" in said(await animate(town, message))


async def test_nothing_is_stored_while_the_guild_is_paused(town: Town) -> None:
    message = await posted(town.mira, town, ("fox.png", png()))
    await town.klapper.guilds.pause(town.guild.id, town.olga.id)
    assert "Klapper is paused on this server" in said(await animate(town, message))
    assert (await town.drafts(), await town.images()) == (0, 0)


async def test_it_is_refused_where_the_clip_could_not_be_posted(town: Town) -> None:
    closed = town.closed_channel()
    message = await town.mira.send(closed, attachments=[("fox.png", png())])
    assert "**Attach Files**" in said(await town.mira.context_menu(closed, NAME, message))


async def test_the_draft_of_an_animated_image_survives_a_restart(town: Town) -> None:
    panel = town.panel(await animate(town, await posted(town.mira, town, ("fox.png", png()))))
    await town.restart()
    await panel.fill("words", prompt="the fox blinks")
    await town.restart()
    await panel.press("generate")
    assert len(await town.jobs()) == 1
