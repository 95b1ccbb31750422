"""Buttons in direct messages stay when a member leaves the server, or the bot does: then they make nothing."""

from __future__ import annotations

import discord
import pytest

from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import Answer, Panel, said

town = pytest.fixture(open_town)

ASKED = "/members/"
NO_MEMBER = "You are not a member of that server any more"
NO_BOT = "Klapper is not on that server any more"
NO_ANSWER = "Discord does not say at the moment whether you are still a member"
PRESSES = ["generate", "words", "shot", "discard"]


async def card_in_dm(town: Town) -> discord.Message:
    """The card, in Mira's direct messages, of a job that has ended."""
    await town.video("a fox", deliver="dm")
    card = town.mira.user.dm_channel.last_message
    assert card is not None
    return await town.ended(card, by=town.mira.user)


async def panel_in_dm(town: Town) -> Panel:
    return await town.edit(await card_in_dm(town), by=town.mira.user)


async def press(town: Town, card: discord.Message, action: str) -> Answer:
    return await town.press_card(card, action, by=town.mira.user)


def asked(town: Town) -> int:
    """How often Discord was asked about a member."""
    return sum(sent.method == "GET" and ASKED in sent.path for sent in town.env.http_requests)


# Cards


@pytest.mark.parametrize("action", ["again", "edit"])
async def test_who_left_begins_nothing_from_a_card(town: Town, action: str) -> None:
    card = await card_in_dm(town)
    await town.lose_mira()
    await town.clock.jump(30)
    assert NO_MEMBER in said(await press(town, card, action))
    assert (len(await town.jobs()), await town.drafts()) == (1, 0)


@pytest.mark.parametrize("action", ["again", "edit"])
async def test_nothing_is_begun_for_a_server_without_the_bot(town: Town, action: str) -> None:
    card = await card_in_dm(town)
    await town.lose_bot()
    await town.clock.jump(30)
    assert NO_BOT in said(await press(town, card, action))
    assert (len(await town.jobs()), await town.drafts()) == (1, 0)


@pytest.mark.parametrize("action", ["again", "edit"])
async def test_no_answer_is_a_no_until_the_next_press(town: Town, action: str) -> None:
    card = await card_in_dm(town)
    await town.clock.jump(30)
    # 429 and 5xx are tried again by discord.py itself, for longer than anybody waits here.
    town.env.inject_error("GET", "/guilds/*/members/*", status=400, code=0)
    assert NO_ANSWER in said(await press(town, card, action))
    assert (len(await town.jobs()), await town.drafts()) == (1, 0)
    await press(town, card, action)
    assert len(await town.jobs()) + await town.drafts() == 2


@pytest.mark.parametrize("code", [50001, 10004])
async def test_a_server_that_discord_says_is_none_of_ours_is_one_without_the_bot(town: Town, code: int) -> None:
    card = await card_in_dm(town)
    town.env.inject_error("GET", "/guilds/*/members/*", status=403, code=code)
    assert NO_BOT in said(await press(town, card, "again"))
    assert len(await town.jobs()) == 1


async def card_of_thread(town: Town) -> tuple[discord.Message, discord.Thread]:
    """A card in direct messages of a job that was asked for in a thread of the channel, where clips cost half."""
    await town.klapper.quota_desk.set_channel(town.guild.id, town.olga.id, town.channel.id, 50, seen=None)
    channel = town.env.bot.get_channel(town.channel.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="foxes", type=discord.ChannelType.public_thread)
    [handle] = town.channel.threads
    await town.mira.slash(handle, "video", prompt="a fox", deliver="dm")
    card = town.mira.user.dm_channel.last_message
    assert card is not None
    return await town.ended(card, by=town.mira.user), thread


async def test_an_archived_thread_has_the_price_of_its_channel(town: Town) -> None:
    card, thread = await card_of_thread(town)
    await thread.edit(archived=True)
    await town.clock.jump(30)
    await press(town, card, "again")
    assert [job.price.credits for job in await town.jobs()] == [42, 42]


async def test_without_an_answer_about_a_thread_nothing_is_made_by_other_rules(town: Town) -> None:
    card, thread = await card_of_thread(town)
    await thread.edit(archived=True)
    town.env.inject_error("GET", "/channels/*", status=400, code=0)
    assert NO_ANSWER in said(await press(town, card, "again"))
    assert len(await town.jobs()) == 1


async def test_a_receipt_can_be_had_by_one_who_left(town: Town) -> None:
    card = await card_in_dm(town)
    await town.lose_mira()
    answer = await press(town, card, "receipt")
    assert NO_MEMBER not in said(answer)
    assert asked(town) == 0


async def test_nobody_is_asked_about_on_the_server_itself(town: Town) -> None:
    await town.video("a fox")
    panel = await town.edit(await town.ended())
    await panel.choose("length", "6")
    await panel.press("generate")
    assert len(await town.jobs()) == 2
    assert asked(town) == 0


# Panels


@pytest.mark.parametrize("action", PRESSES)
async def test_who_left_does_nothing_with_a_draft(town: Town, action: str) -> None:
    panel = await panel_in_dm(town)
    before = panel.says
    await town.lose_mira()
    answer = await panel.press(action)
    assert answer.modal is None
    assert NO_MEMBER in said(answer)
    assert panel.says == before
    assert len(await town.jobs()) == 1


@pytest.mark.parametrize("action", PRESSES)
async def test_a_draft_for_a_server_without_the_bot_does_nothing(town: Town, action: str) -> None:
    panel = await panel_in_dm(town)
    await town.lose_bot()
    assert NO_BOT in said(await panel.press(action))
    assert len(await town.jobs()) == 1


async def test_a_form_that_was_open_when_its_author_left_changes_nothing(town: Town) -> None:
    panel = await panel_in_dm(town)
    opened = await panel.press("words")
    before = panel.says
    await town.lose_mira()
    assert NO_MEMBER in said(await panel.send(opened, prompt="a wolf"))
    assert panel.says == before


async def test_no_answer_about_the_author_of_a_draft_is_a_no(town: Town) -> None:
    panel = await panel_in_dm(town)
    town.env.inject_error("GET", "/guilds/*/members/*", status=400, code=0)
    assert NO_ANSWER in said(await panel.press("generate"))
    assert len(await town.jobs()) == 1
    await panel.press("generate")
    assert len(await town.jobs()) == 2


async def test_a_draft_that_is_over_says_so_to_one_who_left(town: Town) -> None:
    panel = await panel_in_dm(town)
    await town.lose_mira()
    await town.clock.jump(15 * 60)
    await panel.press("generate")
    assert "This draft has expired" in panel.says
