"""Direct messages and threads: where a card may go besides a channel."""

from __future__ import annotations

import discord
import pytest

from sandbox.driver import Driver, NotPossible
from tests.integration.sandbox_discord.panel_bot import PanelBot, panel, stopped
from tests.integration.sandbox_discord.rest import Rest


async def sent_to(panels: PanelBot, driver: Driver, member: str) -> discord.Message:
    user = await panels.fetch_user(int(await driver.user_id(member)))
    return await user.send(view=stopped(panel(1)))


async def test_a_button_in_a_direct_message_reaches_the_bot_without_a_guild(panels: PanelBot, driver: Driver) -> None:
    sent = await sent_to(panels, driver, "Mira")
    answer = await (await driver.press("Mira", str(sent.id), label="Edit", beside="Shot 1")).wait_response()
    interaction = panels.interactions[0]
    assert interaction.guild_id is None
    assert interaction.context.dm_channel
    assert interaction.user.id == int(await driver.user_id("Mira"))
    assert interaction.filesize_limit == 10 * 1024 * 1024
    assert (answer.text, answer.ephemeral, answer.message.dm) == ("edit 1", True, True)


async def test_a_card_in_a_direct_message_is_edited_and_deleted(panels: PanelBot, driver: Driver) -> None:
    sent = await sent_to(panels, driver, "Mira")
    await (await driver.press("Mira", str(sent.id), label="Next")).wait_response()
    assert "Page 2" in (await driver.message(str(sent.id))).text
    room = panels.get_partial_messageable(sent.channel.id)
    await room.get_partial_message(sent.id).edit(view=stopped(panel(3)))
    assert "Page 3" in (await driver.message(str(sent.id))).text
    await room.get_partial_message(sent.id).delete()
    assert await driver.dm_messages("Mira") == []
    with pytest.raises(discord.NotFound) as again:
        await room.get_partial_message(sent.id).delete()
    assert again.value.code == 10008


async def test_direct_messages_are_seen_by_their_recipient_only(panels: PanelBot, driver: Driver) -> None:
    sent = await sent_to(panels, driver, "Mira")
    with pytest.raises(NotPossible, match="somebody else"):
        await driver.press("Tom", str(sent.id), label="Next")


async def test_closed_direct_messages_take_edits_but_no_new_messages(panels: PanelBot, driver: Driver) -> None:
    sent = await sent_to(panels, driver, "Mira")
    await driver.close_dm("Mira")
    await sent.edit(view=stopped(panel(2)))
    with pytest.raises(discord.Forbidden) as closed:
        await sent_to(panels, driver, "Mira")
    assert closed.value.code == 50007


async def test_a_command_in_a_thread_tells_the_thread(panels: PanelBot, driver: Driver) -> None:
    thread = await driver.add_thread("videos", "talk", "Mira")
    result = await (await driver.slash("Mira", "talk", "panel")).wait_response()
    interaction = panels.interactions[0]
    assert isinstance(interaction.channel, discord.Thread)
    assert interaction.channel.parent_id == int(await driver.channel_id("videos"))
    assert result.message.channel_id == thread


async def test_a_card_lives_in_a_thread(panels: PanelBot, driver: Driver) -> None:
    room = panels.get_partial_messageable(int(await driver.add_thread("videos", "talk", "Mira")))
    sent = await room.send(view=stopped(panel(1)))
    await (await driver.press("Tom", str(sent.id), label="Next")).wait_response()
    await room.get_partial_message(sent.id).edit(view=stopped(panel(7)))
    assert "Page 7" in (await driver.message(str(sent.id))).text


async def test_a_thread_needs_its_own_permission_and_says_so_in_interactions(panels: PanelBot, driver: Driver) -> None:
    await driver.add_thread("videos", "talk", "Mira")
    await driver.set_permissions("videos", "Klapper", deny=["send_messages_in_threads"])
    await (await driver.slash("Mira", "talk", "panel")).wait_response()
    permissions = panels.interactions[0].app_permissions
    assert (permissions.send_messages, permissions.send_messages_in_threads) == (True, False)


async def test_a_member_who_acts_in_an_archived_thread_wakes_it(panels: PanelBot, driver: Driver) -> None:
    room = panels.get_partial_messageable(int(await driver.add_thread("videos", "talk", "Mira")))
    sent = await room.send(view=stopped(panel(1)))
    await driver.change_channel("talk", archived=True)
    await (await driver.press("Tom", str(sent.id), label="Next")).wait_response()
    await sent.edit(view=stopped(panel(9)))


async def test_a_locked_thread_is_closed_to_plain_members(panels: PanelBot, driver: Driver) -> None:
    room = panels.get_partial_messageable(int(await driver.add_thread("videos", "talk", "Mira")))
    sent = await room.send(view=stopped(panel(1)))
    await driver.change_channel("talk", archived=True, locked=True)
    with pytest.raises(NotPossible, match="locked"):
        await driver.slash("Mira", "talk", "panel")
    with pytest.raises(NotPossible, match="locked"):
        await driver.press("Mira", str(sent.id), label="Next")
    with pytest.raises(discord.HTTPException) as refused:
        await room.send("x")
    assert refused.value.code == 50083


async def test_an_archived_thread_takes_no_edits_but_deletions(rest: Rest, driver: Driver) -> None:
    thread = f"/channels/{await driver.add_thread('videos', 'talk', 'Mira')}/messages"
    _, message = await rest.call("POST", thread, {"content": "x"})
    await driver.change_channel("talk", archived=True)
    assert await rest.code("PATCH", f"{thread}/{message['id']}", {"content": "y"}) == (400, 50083)
    assert await rest.code("DELETE", f"{thread}/{message['id']}") == (204, 0)


async def test_an_interaction_in_a_thread_locked_meanwhile_is_refused(
    panels: PanelBot, rest: Rest, driver: Driver
) -> None:
    await driver.add_thread("videos", "talk", "Mira")
    await (await driver.slash("Mira", "talk", "panel")).wait_response()
    interaction = panels.interactions[0]
    webhook = f"/webhooks/{interaction.application_id}/{interaction.token}"
    await driver.change_channel("talk", archived=True, locked=True)
    assert await rest.code("POST", webhook, {"content": "x"}) == (400, 50083)
    assert await rest.code("PATCH", f"{webhook}/messages/@original", {"components": []}) == (400, 50083)


async def test_an_answer_wakes_a_thread_archived_meanwhile(panels: PanelBot, rest: Rest, driver: Driver) -> None:
    await driver.add_thread("videos", "talk", "Mira")
    await (await driver.slash("Mira", "talk", "panel")).wait_response()
    webhook = f"/webhooks/{panels.interactions[0].application_id}/{panels.interactions[0].token}"
    await driver.change_channel("talk", archived=True)
    assert (await rest.call("POST", webhook, {"content": "x"}))[0] == 200
    assert (await rest.call("PATCH", f"{webhook}/messages/@original", {"flags": 0}))[0] == 200


async def test_permissions_taken_between_two_requests_count_at_once(panels: PanelBot, driver: Driver) -> None:
    room = panels.get_partial_messageable(int(await driver.channel_id("videos")))
    await room.send("before")
    await driver.set_permissions("videos", "Klapper", deny=["send_messages"])
    with pytest.raises(discord.Forbidden) as refused:
        await room.send("after")
    assert refused.value.code == 50013
    await (await driver.slash("Mira", "videos", "panel")).wait_response()
    assert not panels.interactions[0].app_permissions.send_messages


async def test_the_upload_limit_counts_as_it_is_now(panels: PanelBot, driver: Driver) -> None:
    room = panels.get_partial_messageable(int(await driver.channel_id("videos")))
    for limit, code in ((5, 40005), (10**6, 0)):
        await driver.set_upload_limit(limit)
        try:
            await room.send(file=discord.File(__file__, "a.txt"))
            answered = 0
        except discord.HTTPException as error:
            answered = error.code
        assert answered == code
