"""Commands in the menu of a message, and messages that are taken away."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.driver import Driver, File, NotPossible
from tests.integration.sandbox_discord.panel_bot import PanelBot, panel, stopped
from tests.integration.sandbox_discord.rest import Rest
from tests.integration.sandbox_discord.test_discord_attachments import picture

MENU = "Animate this image"


async def place(panels: PanelBot, driver: Driver) -> discord.PartialMessageable:
    return panels.get_partial_messageable(int(await driver.channel_id("videos")))


@pytest.mark.parametrize("presser", ["Mira", "Tom"])
async def test_a_menu_tells_whose_message_it_is_and_what_is_attached(
    panels: PanelBot, driver: Driver, presser: str
) -> None:
    message = await driver.say("Mira", "videos", files=[File("a.png", picture()), File("b.txt", b"x")])
    answer = await (await driver.message_menu(presser, message, MENU)).wait_response()
    assert answer.text == "Mira ['a.png', 'b.txt'] False"
    assert answer.ephemeral


async def test_a_menu_gives_addresses_that_can_be_fetched(panels: PanelBot, driver: Driver) -> None:
    message = await driver.say("Tom", "videos", files=[File("a.png", picture())])
    await (await driver.message_menu("Mira", message, MENU)).wait_response()
    data: dict[str, Any] = dict(panels.interactions[0].data or {})
    seen = data["resolved"]["messages"][message.id]["attachments"][0]
    assert (seen["width"], seen["height"], seen["content_type"]) == (8, 6, "image/png")
    assert await driver.fetch(seen["url"]) == picture()


async def test_a_menu_works_on_the_bots_own_messages(panels: PanelBot, driver: Driver) -> None:
    view = panel(1)
    view.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://clip.mp4")))
    file = discord.File(__file__, "clip.mp4")
    sent = await (await place(panels, driver)).send(view=stopped(view), file=file)
    answer = await (await driver.message_menu("Mira", str(sent.id), MENU)).wait_response()
    assert answer.text == "Klapper ['clip.mp4'] True"


async def test_a_private_message_has_no_menu_of_commands(panels: PanelBot, driver: Driver) -> None:
    message = (await (await driver.slash("Mira", "videos", "panel")).wait_response()).message
    with pytest.raises(NotPossible, match="no menu"):
        await driver.message_menu("Mira", message, MENU)


async def test_a_message_that_is_gone_has_no_menu(panels: PanelBot, driver: Driver) -> None:
    message = await driver.say("Tom", "videos", "x")
    await driver.delete_message(message)
    with pytest.raises(NotPossible, match="no message"):
        await driver.message_menu("Mira", message, MENU)


async def test_a_bot_deletes_its_own_message_once(panels: PanelBot, driver: Driver) -> None:
    sent = await (await place(panels, driver)).send(view=stopped(panel(1)))
    await sent.delete()
    assert (await driver.message_versions(str(sent.id)))[-1].deleted
    with pytest.raises(discord.NotFound) as again:
        await sent.delete()
    assert again.value.code == 10008
    with pytest.raises(NotPossible, match="no message"):
        await driver.press("Mira", str(sent.id), label="Next")


async def test_a_bot_deletes_its_own_message_without_any_permission_but_seeing_it(
    panels: PanelBot, driver: Driver
) -> None:
    sent = await (await place(panels, driver)).send("x")
    await driver.set_permissions("videos", "Klapper", deny=["send_messages", "read_message_history"])
    await sent.delete()
    assert await driver.messages("videos") == []


async def test_a_message_of_somebody_else_is_deleted_by_moderators_only(rest: Rest, driver: Driver) -> None:
    message = await driver.say("Tom", "videos", "mine")
    path = f"/channels/{message.channel_id}/messages/{message.id}"
    assert await rest.code("DELETE", path) == (403, 50013)
    await driver.set_permissions("videos", "Klapper", allow=["manage_messages"])
    assert await rest.code("DELETE", path) == (204, 0)
