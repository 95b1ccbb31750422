from __future__ import annotations

import asyncio

import pytest

from sandbox.discord import SandboxDiscord, World
from sandbox.discord.permissions import EVERYTHING, NOTHING, Permission, in_channel
from sandbox.discord.places import MEMBER_OVERWRITE, ROLE_OVERWRITE, Overwrite
from sandbox.driver import Driver
from tests.integration.sandbox_discord.card_bot import CardBot
from tests.integration.sandbox_discord.rest import Rest

VIEW, SEND, FILES = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.ATTACH_FILES


@pytest.fixture
async def channel(driver: Driver) -> str:
    return f"/channels/{await driver.channel_id('videos')}"


def built(
    *, everyone: Permission, role: Permission, overwrites: list[tuple[str, Permission, Permission]]
) -> Permission:
    """What a member with one role has in a channel with these overwrites of everyone, role and member."""
    world = World()
    guild = world.add_guild("g", owner=world.add_user("owner"), everyone=everyone)
    member = world.join(guild, world.add_user("m"), [world.add_role(guild, "r", role)])
    place = world.add_channel(guild, "c")
    targets = {"everyone": guild.id, "role": member.role_ids[0], "member": member.user.id}
    for target, allow, deny in overwrites:
        kind = MEMBER_OVERWRITE if target == "member" else ROLE_OVERWRITE
        place.overwrites[targets[target]] = Overwrite(targets[target], kind, allow, deny)
    return in_channel(guild, member, place)


@pytest.mark.parametrize(
    ("role", "overwrites", "expected"),
    [
        (NOTHING, [], VIEW),
        (SEND, [], VIEW | SEND),
        (SEND, [("everyone", NOTHING, SEND)], VIEW),
        (NOTHING, [("everyone", NOTHING, SEND), ("role", SEND, NOTHING)], VIEW | SEND),
        (NOTHING, [("role", SEND, NOTHING), ("member", NOTHING, SEND)], VIEW),
        (SEND, [("everyone", NOTHING, VIEW)], NOTHING),
        (SEND, [("everyone", NOTHING, VIEW), ("member", VIEW, NOTHING)], VIEW | SEND),
        (Permission.ADMINISTRATOR, [("member", NOTHING, VIEW)], EVERYTHING),
    ],
)
def test_overwrites_apply_from_everyone_to_the_member(
    role: Permission, overwrites: list[tuple[str, Permission, Permission]], expected: Permission
) -> None:
    assert built(everyone=VIEW, role=role, overwrites=overwrites) == expected


def test_a_thread_takes_the_overwrites_of_its_channel() -> None:
    world = World()
    guild = world.add_guild("g", owner=world.add_user("owner"))
    member = world.join(guild, world.add_user("m"))
    parent = world.add_channel(guild, "c")
    parent.overwrites[guild.id] = Overwrite(guild.id, ROLE_OVERWRITE, deny=VIEW)
    assert in_channel(guild, member, world.add_thread(parent, "t", member.user)) == NOTHING


@pytest.mark.parametrize(
    ("denied", "code"),
    [("view_channel", (403, 50001)), ("send_messages", (403, 50013)), ("attach_files", (403, 50013))],
)
async def test_a_missing_permission_refuses_a_message_with_a_file(
    rest: Rest, channel: str, driver: Driver, denied: str, code: tuple[int, int]
) -> None:
    await driver.set_permissions("videos", "Klapper", deny=[denied])
    assert await rest.code("POST", f"{channel}/messages", {}, files={0: ("a", b"a")}) == code


async def test_without_history_the_past_is_empty_and_replies_are_refused(
    rest: Rest, channel: str, driver: Driver
) -> None:
    message = await driver.say("Tom", "videos", "hello")
    await driver.set_permissions("videos", "Klapper", deny=["read_message_history"])
    assert await rest.call("GET", f"{channel}/messages") == (200, [])
    assert await rest.code("GET", f"{channel}/messages/{message.id}") == (403, 50013)
    reply = {"content": "x", "message_reference": {"message_id": message.id}}
    assert await rest.code("POST", f"{channel}/messages", reply) == (400, 160002)


async def test_an_unknown_channel_and_a_deleted_one_are_10003(rest: Rest, channel: str, driver: Driver) -> None:
    assert await rest.code("GET", "/channels/123456") == (404, 10003)
    await driver.delete_channel("videos")
    assert await rest.code("POST", f"{channel}/messages", {"content": "x"}) == (404, 10003)


async def test_a_bot_that_was_removed_has_no_access(
    server: SandboxDiscord, rest: Rest, channel: str, driver: Driver
) -> None:
    guild_id = next(iter(server.world.guilds))
    await driver.remove_bot()
    assert await rest.code("POST", f"{channel}/messages", {"content": "x"}) == (403, 50001)
    assert await rest.code("GET", f"/guilds/{guild_id}") == (404, 10004)
    await driver.add_bot(["view_channel", "send_messages"])
    assert await rest.code("POST", f"{channel}/messages", {"content": "x"}) == (200, 0)


async def test_a_thread_needs_its_own_permission_and_wakes_up(rest: Rest, driver: Driver) -> None:
    thread = f"/channels/{await driver.add_thread('videos', 'talk', 'Mira')}/messages"
    assert (await rest.call("POST", thread, {"content": "x"}))[0] == 200
    await driver.set_permissions("videos", "Klapper", deny=["send_messages_in_threads"])
    assert await rest.code("POST", thread, {"content": "x"}) == (403, 50013)


async def test_an_archived_thread_takes_new_messages_but_no_edits(rest: Rest, driver: Driver) -> None:
    thread = f"/channels/{await driver.add_thread('videos', 'talk', 'Mira')}/messages"
    _, message = await rest.call("POST", thread, {"content": "x"})
    await driver.change_channel("talk", archived=True)
    assert await rest.code("PATCH", f"{thread}/{message['id']}", {"content": "y"}) == (400, 50083)
    assert await rest.code("POST", thread, {"content": "y"}) == (200, 0)
    await driver.change_channel("talk", archived=True, locked=True)
    assert await rest.code("POST", thread, {"content": "y"}) == (400, 50083)


async def test_the_bot_learns_of_changed_permissions(bot: CardBot, driver: Driver) -> None:
    videos = int(await driver.channel_id("videos"))
    await bot.wait_until_ready()
    guild = bot.get_guild(bot.guild.id)
    assert guild is not None
    place = guild.get_channel(videos)
    assert place is not None
    assert place.permissions_for(guild.me).attach_files
    async with asyncio.TaskGroup() as group:
        group.create_task(bot.wait_for("guild_channel_update", timeout=5))
        group.create_task(driver.set_permissions("videos", "Klapper", deny=["attach_files"]))
    assert not place.permissions_for(guild.me).attach_files
    assert "attach_files" not in await driver.bot_permissions("videos")
