"""Block this image: the message menu for moderators, and what members hear of it."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord

from klapper.images.files import Kind
from klapper.moderation.audit import Action
from klapper.services.audit_desk import AuditSearch
from tests.integration.cogs.house_bot import Scene
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import Answer, said
from tests.pictures import FOREIGN, jpeg, landscape, png, quarters

town = pytest.fixture(open_town)
NAME = "Block this image"
FOX, OWL = ("fox.png", png(landscape(1))), ("owl.jpg", jpeg(landscape(2)))
COPY = ("copy.jpg", jpeg(landscape(1).resize((620, 590)), quality=50))
LISTED = "on the block list of this server"


async def posted(member: simcord.MemberActor, town: Town, *files: tuple[str, bytes], text: str = "") -> discord.Message:
    return await member.send(town.channel, text, attachments=files)


async def block(town: Town, *files: tuple[str, bytes]) -> Answer:
    """The moderator blocks what Mira has posted."""
    return await town.max.context_menu(town.channel, NAME, await posted(town.mira, town, *files))


async def test_a_blocked_image_is_refused_and_so_is_its_copy(town: Town) -> None:
    answer = await block(town, FOX)
    assert said(answer) == (
        "1 image is blocked on this server from now on: requests with it or a copy of it are refused."
    )
    before = town.channel.last_message
    for file in (FOX, COPY):
        refused = await town.video(image=file)
        assert LISTED in said(refused)
    assert town.channel.last_message == before
    assert await town.jobs() == []
    await town.video(image=OWL)
    assert len(await town.jobs()) == 1


async def test_every_image_of_a_message_is_blocked_once(town: Town) -> None:
    assert "2 images are blocked" in said(await block(town, FOX, ("notes.txt", b"hello"), OWL))
    answer = said(await block(town, FOX, OWL))
    assert answer == "2 images are on the block list of this server already."
    assert len(await town.klapper.image_blocks.listed(town.guild.id)) == 2


async def test_an_image_that_cannot_be_read_keeps_no_other_from_being_blocked(town: Town) -> None:
    answer = said(await block(town, ("fox.gif", FOREIGN[Kind.GIF]), FOX))
    assert answer.startswith("1 image is blocked on this server")
    assert "Image 1 is a GIF file" in answer


async def test_where_nothing_could_be_blocked_the_answer_says_why(town: Town) -> None:
    answer = said(await block(town, ("fox.gif", FOREIGN[Kind.GIF])))
    assert answer.startswith("No image was blocked. The image is a GIF file")


async def test_a_plain_image_is_not_blocked(town: Town) -> None:
    plain = png(quarters(1, 1).resize((400, 400)))
    assert said(await block(town, ("plain.png", plain))).startswith("1 image is not blocked")
    assert await town.klapper.image_blocks.listed(town.guild.id) == []


async def test_a_message_without_an_attached_image_says_so(town: Town) -> None:
    link = "https://example.com/fox.png"
    message = await posted(town.mira, town, ("notes.txt", b"hello"), text=link)
    assert "has no image attached" in said(await town.max.context_menu(town.channel, NAME, message))


async def test_an_image_in_a_message_of_klappers_own_is_blocked_like_any(town: Town) -> None:
    backend = town.env.backend
    mine = backend.create_message(town.channel.id, backend.bot_user.id, "a frame", attachments=await copied(town, FOX))
    message = simcord.ResponseMessage(town.env, mine).message
    assert "1 image is blocked" in said(await town.max.context_menu(town.channel, NAME, message))


async def copied(town: Town, file: tuple[str, bytes]) -> list[dict[str, Any]]:
    """The attachments of a message with this file, as Discord keeps them."""
    message = await posted(town.mira, town, file)
    return list(town.env.backend.get_message(town.channel.id, message.id).attachments)


async def test_only_moderators_see_it(scene: Scene) -> None:
    message = await scene.mira.send(scene.channel, attachments=[FOX])
    with pytest.raises(simcord.SetupError):
        await scene.mira.context_menu(scene.channel, NAME, message)
    answer = await scene.max.context_menu(scene.channel, NAME, message)
    assert answer.ephemeral
    assert len(scene.bot.image_blocks.blocked) == 1


async def test_moderators_see_what_is_blocked_by_whom_and_where_and_take_it_off(town: Town) -> None:
    assert "No image is blocked" in said(await town.max.slash(town.channel, "moderate images"))
    message = await posted(town.mira, town, FOX, OWL)
    await town.max.context_menu(town.channel, NAME, message)
    answer = await town.max.slash(town.channel, "moderate images")
    assert "2 images blocked on this server" in said(answer)
    assert said(answer).count(f"Blocked by <@{town.max.id}>") == said(answer).count(message.jump_url) == 2
    lines = await town.klapper.image_blocks.listed(town.guild.id)
    unblock = f"blocked_image:{lines[-1].block_id}:unblock"
    assert "may time members out" in said(await town.forger.press(unblock, by=town.mira))
    assert len(await town.klapper.image_blocks.listed(town.guild.id)) == 2
    assert answer.response is not None
    for _ in range(2):
        await town.max.click(answer.response, custom_id=unblock)
        assert await town.klapper.image_blocks.listed(town.guild.id) == lines[:-1]
    await town.video(image=FOX)
    assert len(await town.jobs()) == 1
    found = await town.klapper.audit_desk.find(town.guild.id, AuditSearch())
    assert [line.logged.entry.action for line in found].count(Action.IMAGE_UNBLOCKED) == 1


async def test_an_image_of_another_servers_list_stays(town: Town) -> None:
    await block(town, FOX)
    (line,) = await town.klapper.image_blocks.listed(town.guild.id)
    assert not await town.klapper.image_blocks.unblock_line(town.guild.id + 1, town.max.id, line.block_id)
    assert await town.klapper.image_blocks.listed(town.guild.id) == [line]


async def test_a_copy_of_a_blocked_image_takes_it_off_the_list_and_the_audit_says_so(town: Town) -> None:
    await block(town, FOX, OWL)
    message = await posted(town.mira, town, COPY)
    answer = await town.max.context_menu(town.channel, "Unblock this image", message)
    assert said(answer) == "1 image taken off the block list of this server."
    await town.video(image=FOX)
    assert len(await town.jobs()) == 1
    again = await town.max.context_menu(town.channel, "Unblock this image", message)
    assert said(again) == "No image of that message is on the block list of this server."
    lines = await town.klapper.audit_desk.find(town.guild.id, AuditSearch())
    actions = [line.logged.entry.action for line in lines]
    assert actions.count(Action.IMAGE_BLOCKED) == actions.count(Action.IMAGE_UNBLOCKED) == 1
