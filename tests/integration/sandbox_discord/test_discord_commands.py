from __future__ import annotations

import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver, File, NoResponse, NotPossible
from tests.integration.sandbox_discord.card_bot import CardBot, png
from tests.integration.sandbox_discord.rest import Rest


async def test_a_command_becomes_a_card_with_its_file(bot: CardBot, driver: Driver) -> None:
    image = File("mine.png", png(100))
    result = await driver.slash("Mira", "videos", "draw", prompt="a cat", number=3, shape="Round", image=image)
    message = await result.wait_message(lambda one: bool(one.attachments))
    assert result.deferred
    assert message.is_v2
    assert not message.ephemeral
    assert [one.filename for one in message.attachments] == ["card.png"]
    assert await driver.fetch(message.attachments[0].url) == png()
    states = [one.text for one in await driver.message_versions(message)]
    assert states == ["", "# Card 3\na cat round 1.0 False 108", "# Card 3\ndone"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "needs"),
        ({"prompt": "x"}, "length of prompt"),
        ({"prompt": "x" * 41}, "length of prompt"),
        ({"prompt": 5}, "takes a string"),
        ({"prompt": "cat", "number": 0}, "number must be"),
        ({"prompt": "cat", "number": 51}, "number must be"),
        ({"prompt": "cat", "number": "3"}, "takes a integer"),
        ({"prompt": "cat", "number": True}, "takes a integer"),
        ({"prompt": "cat", "shape": "square"}, "shape offers"),
        ({"prompt": "cat", "loud": "yes"}, "takes a boolean"),
        ({"prompt": "cat", "colour": "red"}, "no option"),
    ],
)
async def test_values_that_the_client_would_not_send_are_not_possible(
    bot: CardBot, driver: Driver, options: dict[str, object], why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        await driver.slash("Mira", "videos", "draw", **options)
    assert not bot.interactions


async def test_a_subcommand_is_reached_by_its_path(bot: CardBot, driver: Driver) -> None:
    result = await (await driver.slash("Tom", "lounge", "jobs list", page=2)).wait_response()
    assert result.text == "page 2 in Klapper Sandbox"


async def test_a_command_group_alone_cannot_be_sent(bot: CardBot, driver: Driver) -> None:
    with pytest.raises(NotPossible, match="needs a subcommand"):
        await driver.slash("Tom", "lounge", "jobs")


async def test_autocomplete_answers_what_is_being_typed(bot: CardBot, driver: Driver) -> None:
    choices = await driver.autocomplete("Mira", "videos", "act", "name", "ki")
    assert [choice["value"] for choice in choices] == ["ki0", "ki1", "ki2"]


async def test_a_message_command_sees_the_message(bot: CardBot, driver: Driver) -> None:
    message = await driver.say("Tom", "videos", "look at this", files=[File("a.png", png())])
    result = await (await driver.message_menu("Mira", message, "Describe")).wait_response()
    assert result.text == "look at this 1"


async def test_a_command_is_hidden_from_members_without_its_permission(bot: CardBot, driver: Driver) -> None:
    with pytest.raises(NotPossible, match="not offered"):
        await driver.slash("Mira", "videos", "admin_only")
    result = await (await driver.slash("Ada", "videos", "admin_only")).wait_response()
    assert result.text == "hello admin"


async def test_a_command_for_guilds_is_not_offered_in_direct_messages(bot: CardBot, driver: Driver) -> None:
    with pytest.raises(NotPossible, match="not offered in this kind of place"):
        await driver.slash("Mira", "@me", "jobs list")
    result = await (await driver.slash("Mira", "@me", "post", text="hi")).wait_response()
    assert result.message.dm


async def test_a_member_who_cannot_see_the_channel_cannot_use_commands_there(bot: CardBot, driver: Driver) -> None:
    await driver.set_permissions("videos", "@everyone", deny=["view_channel"])
    with pytest.raises(NotPossible, match="cannot see"):
        await driver.slash("Mira", "videos", "post", text="hi")


async def test_a_command_that_is_not_answered_fails_after_the_time_limit(bot: CardBot, driver: Driver) -> None:
    await driver.set_limits(acknowledge_s=0.2)
    result = await driver.slash("Mira", "videos", "silent")
    with pytest.raises(NoResponse):
        await result.wait_response()


async def test_a_replayed_interaction_arrives_twice_with_one_id(bot: CardBot, driver: Driver) -> None:
    result = await (await driver.slash("Mira", "videos", "post", text="once", hidden=True)).wait_response()
    await driver.replay_interaction(result)
    refused = await driver.wait_request(lambda one: one.path.endswith("/callback") and one.status == 400)
    assert refused.answer["code"] == 40060
    assert [one.id for one in bot.interactions] == [int(result.id)] * 2


async def test_the_interaction_carries_what_the_place_allows(bot: CardBot, driver: Driver) -> None:
    await driver.set_upload_limit(5_000, announced_bytes=9_000)
    await driver.set_permissions("videos", "Klapper", deny=["attach_files"])
    await (await driver.slash("Mira", "videos", "post", text="hi")).wait_response()
    interaction = bot.interactions[0]
    assert interaction.filesize_limit == 9_000
    assert not interaction.app_permissions.attach_files
    assert interaction.app_permissions.send_messages
    assert interaction.permissions.attach_files
    assert interaction.context.guild


async def test_registering_again_keeps_the_ids_of_commands_that_stay(bot: CardBot, driver: Driver) -> None:
    before = {one["name"]: one["id"] for one in await driver.commands()}
    bot.tree.remove_command("silent")
    await bot.tree.sync()
    after = {one["name"]: one["id"] for one in await driver.commands()}
    assert after == {name: number for name, number in before.items() if name != "silent"}


async def test_a_guild_command_hides_the_global_one_of_its_name(bot: CardBot, driver: Driver) -> None:
    bot.tree.copy_global_to(guild=bot.guild)
    await bot.tree.sync(guild=bot.guild)
    names = [one["name"] for one in await driver.commands()]
    assert sorted(names) == sorted(set(names))
    assert all("guild_id" in one for one in await driver.commands())


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "Upper", "description": "x"},
        {"name": "no_description"},
        {"name": "long", "description": "x" * 101},
        {"name": "spaced name", "description": "x"},
        {"name": "late", "description": "x", "options": [
            {"type": 3, "name": "a", "description": "a"},
            {"type": 3, "name": "b", "description": "b", "required": True},
        ]},
        {"name": "twice", "description": "x", "options": [{"type": 3, "name": "a", "description": "a"}] * 2},
        {"name": "many", "description": "x", "options": [
            {"type": 3, "name": f"o{number}", "description": "a"} for number in range(26)
        ]},
        {"name": "big", "description": "x", "options": [
            {"type": 3, "name": f"o{n}", "description": "a", "choices": [
                {"name": f"{c}" + "x" * 90, "value": "y" * 90} for c in range(5)
            ]} for n in range(10)
        ]},
    ],
    ids=lambda one: one["name"],
)  # fmt: skip
async def test_a_definition_that_breaks_a_rule_is_refused(
    rest: Rest, server: SandboxDiscord, definition: object
) -> None:
    application_id = server.world.application.id
    assert await rest.code("PUT", f"/applications/{application_id}/commands", [definition]) == (400, 50035)
