"""Whatever Discord sends that nobody here expects is answered, once."""

from __future__ import annotations

from typing import Any

from simcord.enums import InteractionType
from simcord.interactions import base_payload

from tests.integration.cogs.house_bot import Scene, words


async def submit_modal(scene: Scene, custom_id: str) -> str:
    """A form that was opened before a restart is sent."""
    data: dict[str, Any] = {"custom_id": custom_id, "components": []}
    record, payload = base_payload(
        scene.env.backend,
        type=InteractionType.MODAL_SUBMIT,
        channel_id=scene.channel.id,
        guild_id=scene.guild.id,
        user_id=scene.mira.id,
        data=data,
    )
    scene.env.backend.emit("INTERACTION_CREATE", payload)
    await scene.env.settle()
    assert record.ephemeral
    assert record.message_id is not None
    return scene.env.backend.get_message(scene.channel.id, record.message_id).content


async def test_a_form_that_nobody_owns_is_answered(scene: Scene) -> None:
    assert "belongs to something that has ended" in await submit_modal(scene, "survey:1")


async def test_a_command_that_is_gone_is_answered(scene: Scene) -> None:
    scene.bot.tree.remove_command("help")
    result = await scene.mira.slash(scene.channel, "help")
    assert result.ephemeral
    assert words(result.response).startswith("This command has changed: reload Discord")
    assert scene.refusals() == ["CommandNotFound"]


async def test_a_server_that_is_not_served_gets_no_suggestions(scene: Scene) -> None:
    await scene.video()
    scene.house.served = lambda guild_id: False
    assert await scene.mira.autocomplete(scene.channel, "jobs show", "job", "") == []


async def test_a_button_on_a_server_that_is_not_served_says_so(scene: Scene) -> None:
    card = await scene.card()
    scene.house.served = lambda guild_id: False
    result = await scene.mira.click(card, label="Cancel")
    assert "Klapper does not work on this server" in words(result.response)
