"""The server's answers, and discord.py's bodies, against Discord's own API description."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import discord
import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver, File, RequestView
from tests.discord_schema import needed_schema_checker
from tests.integration.sandbox_discord.card_bot import CardBot, card, png
from tests.integration.sandbox_discord.panel_bot import PanelBot, panel, stopped
from tests.integration.sandbox_discord.rest import Rest


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    return needed_schema_checker()


async def play(bot: CardBot, driver: Driver) -> None:
    """Uses every kind of answer once."""
    result = await driver.slash("Mira", "videos", "draw", prompt="a cat", image=File("a.png", png()))
    message = await result.wait_message(lambda one: bool(one.attachments))
    sent = await bot.get_partial_messageable(int(message.channel_id)).send(view=card(2, "x"))
    opened = await (await driver.press("Tom", str(sent.id), label="Modal")).wait_response()
    await (await driver.submit_modal("Tom", opened, words="fine", proof=[File("p.png", png())])).wait_response()
    await (await driver.press("Tom", str(sent.id), label="Receipt")).wait_response()
    await (await driver.press("Tom", str(sent.id), label="Cancel")).wait_response()
    await driver.autocomplete("Mira", "videos", "act", "name", "ki")
    await (await driver.slash("Mira", "videos", "defer_only")).wait_message()
    await (await driver.slash("Mira", "@me", "post", text="hi")).wait_response()
    await driver.wait_message(lambda one: one.dm and one.content == "and a follow-up")
    await (await driver.message_menu("Mira", message, "Describe")).wait_response()


async def look_around(bot: CardBot, driver: Driver) -> None:
    """Reads and writes through every plain route."""
    channel = await bot.fetch_channel(int(await driver.channel_id("videos")))
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send("x", silent=True)
    await message.reply("y")
    await message.edit(content="z")
    [_ async for _ in channel.history(limit=5)]
    await channel.fetch_message(message.id)
    await message.delete()
    await (await bot.fetch_user(int(await driver.user_id("Tom")))).send("psst")
    guild = await bot.fetch_guild(bot.guild.id)
    await guild.fetch_member(int(await driver.user_id("Mira")))
    await guild.fetch_roles()
    await guild.fetch_channels()
    await bot.application_info()
    await bot.tree.fetch_commands()
    await bot.http.get_bot_gateway()
    await bot.fetch_channel(int(await driver.add_thread("videos", "talk", "Mira")))


async def play_panels(panels: PanelBot, driver: Driver) -> None:
    """Opens panels and forms everywhere, uses every kind of field and every way to answer, and ends them."""
    picture = File("SPOILER_a.png", png())
    await (await driver.slash("Mira", "videos", "look", first=picture, second=picture)).wait_message()
    await driver.autocomplete("Mira", "videos", "look", "style", "oil", first=picture)
    said = await driver.say("Tom", "videos", files=[picture])
    await (await driver.message_menu("Mira", said, "Animate this image")).wait_response()
    await driver.add_thread("videos", "talk", "Mira")
    for place in ("videos", "talk"):
        shown = (await (await driver.slash("Mira", place, "panel")).wait_response()).message
        await (await driver.press("Mira", shown, label="Edit", beside="Shot 1")).wait_response()
        await (await driver.choose("Mira", shown, "panel:size", ["large"])).wait_response()
        for label in ("Form 1", "Form 2", "Form 3"):
            opened = await (await driver.press("Mira", shown, label=label)).wait_response()
            await (await driver.submit_modal("Mira", opened, files=[picture], side="left")).wait_response()
        await driver.wait_request(lambda one: one.path.endswith("@original") and "Page 10" in str(one.answer))
        await driver.press("Mira", shown, label="Discard")
        await driver.wait_message(lambda one: one.deleted)
    short = await (await driver.slash("Mira", "videos", "form", short=True)).wait_response()
    await (await driver.submit_modal("Mira", short, aloud=False)).wait_response()


async def play_directly(panels: PanelBot, driver: Driver) -> None:
    """A card in a direct message: pressed, edited with its file kept, deleted."""
    user = await panels.fetch_user(int(await driver.user_id("Mira")))
    view = panel(1)
    view.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://SPOILER_a.txt", spoiler=True)))
    sent = await user.send(view=stopped(view), file=discord.File(__file__, "SPOILER_a.txt"))
    edited = discord.ui.LayoutView(timeout=None)
    edited.add_item(discord.ui.File("attachment://SPOILER_a.txt", spoiler=True))
    await sent.edit(view=stopped(edited))
    await (await driver.slash("Mira", "@me", "panel")).wait_response()
    await sent.delete()


def complaints(checker: ModuleType, request: RequestView) -> list[str]:
    """What the description has against a request's body or against the answer to it."""
    found: list[str] = []
    if request.status is not None:
        found += checker.validate_response(request.method, request.path, request.status, request.answer)
    if request.status is not None and request.status < 400 and request.method != "GET":
        found += checker.validate(request.method, request.path, request.body, files=request.parts or None)
    return [f"{request.method} {request.path}: {one}" for one in found]


async def test_every_answer_and_every_body_fits_discords_description(
    bot: CardBot, driver: Driver, checker: ModuleType
) -> None:
    await play(bot, driver)
    await look_around(bot, driver)
    requests = await driver.requests()
    assert len(requests) > 30
    assert [line for request in requests for line in complaints(checker, request)] == []


async def test_panels_forms_and_direct_messages_fit_discords_description(
    panels: PanelBot, driver: Driver, checker: ModuleType
) -> None:
    await play_panels(panels, driver)
    await play_directly(panels, driver)
    requests = await driver.requests()
    assert {4, 5, 6, 7, 8, 9} == {one.body["type"] for one in requests if one.path.endswith("/callback")}
    assert [line for request in requests for line in complaints(checker, request)] == []


async def test_refusals_fit_discords_description(
    server: SandboxDiscord, rest: Rest, driver: Driver, checker: ModuleType
) -> None:
    channel = f"/channels/{await driver.channel_id('videos')}/messages"
    refused: list[tuple[str, str, Any]] = [
        ("POST", channel, {}),
        ("POST", channel, {"content": "x" * 2001, "nonce": "9" * 30}),
        ("POST", channel, {"flags": 32768, "components": [{"type": 17, "components": [{"type": 2}]}]}),
        ("PUT", f"/applications/{server.world.application.id}/commands", [{"name": "Bad Name"}]),
        ("GET", f"{channel}/1", None),
        ("GET", "/channels/1", None),
        ("PATCH", "/webhooks/1/token/messages/@original", {"content": "x"}),
        ("POST", "/interactions/1/token/callback", {"type": 5}),
    ]
    for method, path, body in refused:
        status, answer = await rest.call(method, path, body)
        assert status >= 400
        # The description wants numbers as codes inside `errors`; the documentation's examples, and Discord, use words.
        worded = re.compile(r"_errors\[\d+\]\.code: ")
        found = [one for one in checker.validate_response(method, path, status, answer) if not worded.search(one)]
        assert found == []
