"""Private panels: selects, sections with buttons, turning pages, and their end."""

from __future__ import annotations

import discord
import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver, InteractionResult, MessageView, NoResponse, NotPossible
from tests.integration.sandbox_discord.conftest import running
from tests.integration.sandbox_discord.panel_bot import PanelBot, panel, stopped
from tests.integration.sandbox_discord.rest import Rest


async def shown(driver: Driver) -> InteractionResult:
    return await (await driver.slash("Mira", "videos", "panel")).wait_response()


async def until(driver: Driver, message: MessageView, text: str) -> MessageView:
    return await driver.wait_message(lambda one: text in one.text, message=message)


async def test_a_panel_is_seen_by_one_member_only(panels: PanelBot, driver: Driver) -> None:
    message = (await shown(driver)).message
    assert (message.ephemeral, message.is_v2) == (True, True)
    with pytest.raises(NotPossible, match="does not see"):
        await driver.press("Tom", message, label="Next")


async def test_buttons_of_one_name_are_told_apart_by_their_section(panels: PanelBot, driver: Driver) -> None:
    message = (await shown(driver)).message
    with pytest.raises(NotPossible, match="2 components match 'Edit'"):
        await driver.press("Mira", message, label="Edit")
    pressed = await (await driver.press("Mira", message, label="Edit", beside="Shot 2")).wait_response()
    assert pressed.text == "edit 2"
    with pytest.raises(NotPossible, match="0 components match"):
        await driver.press("Mira", message, label="Edit", beside="Shot 9")


async def test_a_choice_is_made_by_value_or_by_what_is_shown(panels: PanelBot, driver: Driver) -> None:
    message = (await shown(driver)).message
    assert message.chosen("panel:size") == ["small"]
    for chosen, value in (("medium", "medium"), ("Large", "large")):
        await (await driver.choose("Mira", message, "panel:size", [chosen])).wait_response()
        assert (await driver.message(message)).chosen("panel:size") == [value]
    with pytest.raises(LookupError, match="panel:size"):
        message.chosen("other")


async def test_pages_turn_in_the_same_private_message(panels: PanelBot, driver: Driver) -> None:
    message = (await shown(driver)).message
    for page in (2, 3):
        await (await driver.press("Mira", message, label="Next")).wait_response()
        assert f"Page {page}" in (await driver.message(message)).text
    assert len(await driver.messages("videos", viewer="Mira")) == 1


@pytest.mark.parametrize("label", ["Next", "Late"])
async def test_pages_turn_after_the_token_of_the_command_ended(
    panels: PanelBot, rest: Rest, driver: Driver, label: str
) -> None:
    first = await shown(driver)
    await driver.age_interaction(first, 16 * 60)
    await driver.age_message(first.message, 16 * 60)
    webhook = f"/webhooks/{panels.interactions[0].application_id}/{panels.interactions[0].token}/messages/@original"
    assert await rest.code("PATCH", webhook, {"components": []}) == (401, 50027)
    await driver.press("Mira", first.message, label=label)
    await until(driver, first.message, "Page 2")


async def test_the_token_of_a_press_ends_too(panels: PanelBot, rest: Rest, driver: Driver) -> None:
    message = (await shown(driver)).message
    pressed = await (await driver.press("Mira", message, label="Next")).wait_response()
    await driver.age_interaction(pressed, 16 * 60)
    webhook = f"/webhooks/{panels.interactions[1].application_id}/{panels.interactions[1].token}/messages/@original"
    assert await rest.code("GET", webhook) == (401, 50027)


async def test_a_panel_works_after_the_bot_was_replaced(
    pointed: SandboxDiscord, panels: PanelBot, driver: Driver
) -> None:
    message = (await shown(driver)).message
    await panels.close()
    await driver.wait_for_bot_gone()
    successor = PanelBot(next(iter(pointed.world.guilds)))
    async with running(successor, pointed.token):
        await driver.wait_for_ready_bot(sessions=2)
        await (await driver.press("Mira", message, label="Next")).wait_response()
        await (await driver.choose("Mira", message, "panel:size", ["large"])).wait_response()
    assert (await driver.message(message)).chosen("panel:size") == ["large"]


async def test_a_bot_deletes_its_private_message(panels: PanelBot, driver: Driver) -> None:
    message = (await shown(driver)).message
    await driver.press("Mira", message, label="Discard")
    await driver.wait_message(lambda one: one.deleted, message=message)
    assert await driver.messages("videos", viewer="Mira") == []
    with pytest.raises(NotPossible, match="no message"):
        await driver.press("Mira", message, label="Next")


async def test_a_press_on_a_message_that_is_gone_meanwhile_cannot_change_it(
    server: SandboxDiscord, panels: PanelBot, driver: Driver
) -> None:
    message = (await shown(driver)).message
    await driver.add_fault("POST", "/callback$", delay_s=0.1)
    await driver.press("Mira", message, label="Next")
    await driver.delete_message(message)
    refused = await driver.wait_request(lambda one: one.path.endswith("/callback") and one.status == 404)
    assert refused.answer["code"] == 10008


async def test_the_forty_components_are_counted_as_discord_py_counts_them(panels: PanelBot, driver: Driver) -> None:
    place = panels.get_partial_messageable(int(await driver.channel_id("videos")))
    # A section is three: itself, its text and its button. The rest of the panel is twelve.
    view = panel(1, sections=9)
    view.add_item(discord.ui.TextDisplay("the fortieth"))
    assert view.total_children_count == 40
    sent = await place.send(view=stopped(view))
    assert len((await driver.message(str(sent.id))).components) == 40
    with pytest.raises(ValueError, match="40"):
        view.add_item(discord.ui.TextDisplay("the forty-first"))


async def test_the_four_thousand_characters_are_those_of_all_texts(panels: PanelBot, driver: Driver) -> None:
    place = panels.get_partial_messageable(int(await driver.channel_id("videos")))
    view = panel(1)
    view.add_item(discord.ui.TextDisplay("x" * (4000 - view.content_length())))
    await place.send(view=stopped(view))
    longer = panel(1)
    longer.add_item(discord.ui.TextDisplay("x" * (4001 - longer.content_length())))
    with pytest.raises(discord.HTTPException) as refused:
        await place.send(view=stopped(longer))
    assert (refused.value.status, refused.value.code) == (400, 50035)


async def test_a_forged_press_on_somebody_elses_panel_reaches_the_bot(panels: PanelBot, driver: Driver) -> None:
    message = (await shown(driver)).message
    forged = await (await driver.forge_press("Tom", message, "panel:edit:2")).wait_response()
    assert forged.text == "edit 2"
    await (await driver.forge_press("Tom", message, "panel:size", ["large"])).wait_response()
    assert (await driver.message(message)).chosen("panel:size") == ["large"]


async def test_a_forged_press_of_what_the_message_does_not_have_reaches_no_dynamic_item(
    panels: PanelBot, driver: Driver
) -> None:
    message = (await shown(driver)).message
    await driver.set_limits(acknowledge_s=0.2)
    forged = await driver.forge_press("Tom", message, "panel:spy:7")
    with pytest.raises(NoResponse):
        await forged.wait_response()
    assert dict(panels.interactions[-1].data or {})["custom_id"] == "panel:spy:7"


async def test_a_forged_form_reaches_the_bot_as_it_was_sent(panels: PanelBot, driver: Driver) -> None:
    message = (await shown(driver)).message
    await (await driver.forge_modal("Tom", "videos", "form:message", {"text": "x"})).wait_response()
    await (await driver.forge_modal("Tom", "videos", "form:update", {"text": "y"}, message)).wait_response()
    assert [one["custom_id"] for one in panels.submitted] == ["form:message", "form:update"]
    assert "Page 102" in (await driver.message(message)).text
