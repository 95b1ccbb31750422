from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import aiohttp
import discord
import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver
from tests.integration.sandbox_discord.card_bot import CardBot
from tests.integration.sandbox_discord.conftest import running
from tests.integration.sandbox_discord.rest import Rest


async def test_a_wrong_token_cannot_log_in(pointed: SandboxDiscord) -> None:
    async with running(CardBot(1), "wrong") as task:
        with pytest.raises(discord.LoginFailure):
            await task


async def test_a_wrong_token_is_closed_with_4004_at_the_gateway(pointed: SandboxDiscord) -> None:
    client = CardBot(1)
    async with client:
        await client.login(pointed.token)
        client.http.token = "wrong"
        with pytest.raises(discord.ConnectionClosed, match="4004"):
            await client.connect()


async def test_a_connection_without_heartbeats_is_closed_and_one_with_them_stays(server: SandboxDiscord) -> None:
    server.world.limits.change(heartbeat_s=0.2)
    async with aiohttp.ClientSession() as http, http.ws_connect(server.gateway_url) as silent:
        hello = await silent.receive_json()
        assert hello["d"]["heartbeat_interval"] == 200
        async with http.ws_connect(server.gateway_url) as beating:
            await beating.receive_json()
            closed = asyncio.create_task(silent.receive())
            while not closed.done():
                await beating.send_json({"op": 1, "d": None})
                assert (await beating.receive_json())["op"] == 11
                await asyncio.wait([closed], timeout=0.1)
            assert closed.result().type is aiohttp.WSMsgType.CLOSE
            assert silent.close_code == 4009
            assert not beating.closed


async def test_privileged_intents_are_refused(pointed: SandboxDiscord) -> None:
    async with running(discord.Client(intents=discord.Intents(message_content=True)), pointed.token) as task:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await task


async def test_the_bot_knows_its_guild_and_itself(bot: CardBot, driver: Driver) -> None:
    await bot.wait_until_ready()
    guild = bot.get_guild(bot.guild.id)
    assert guild is not None
    assert {channel.name for channel in guild.text_channels} == {"videos", "lounge", "age-restricted"}
    assert [channel.name for channel in guild.text_channels if channel.nsfw] == ["age-restricted"]
    assert [member.name for member in guild.members] == ["klapper"]
    assert guild.me.guild_permissions.attach_files
    assert not guild.me.guild_permissions.manage_messages


async def when_resumed(bot: CardBot) -> None:
    await asyncio.wait_for(bot.resumed.wait(), 10)


@pytest.mark.parametrize(
    "end",
    [Driver.kill_gateway, partial(Driver.kill_gateway, code=4000), Driver.reconnect_gateway],
    ids=["cut", "4000", "opcode 7"],
)
async def test_a_lost_connection_is_resumed_in_the_same_session(
    bot: CardBot, driver: Driver, end: Callable[[Driver], Awaitable[None]]
) -> None:
    await end(driver)
    await when_resumed(bot)
    assert await driver.bot() | {"commands": None} == {"connected": 1, "identified": 1, "commands": None}


async def test_what_happened_meanwhile_is_replayed_in_order(bot: CardBot, driver: Driver) -> None:
    await driver.say("Tom", "videos", "before")
    await driver.kill_gateway()
    result = await driver.slash("Mira", "videos", "post", text="missed", hidden=True)
    await result.wait_response()
    assert result.text == "missed"
    await when_resumed(bot)
    assert bot.seen.count("INTERACTION_CREATE") == 1
    assert bot.seen.count("MESSAGE_CREATE") == 1


async def test_an_invalidated_session_identifies_anew(bot: CardBot, driver: Driver) -> None:
    await driver.invalidate_sessions()
    await driver.wait_for_ready_bot(sessions=2)
    result = await (await driver.slash("Mira", "videos", "post", text="here again")).wait_response()
    assert result.text == "here again"


async def test_events_come_by_intent_only(pointed: SandboxDiscord, driver: Driver) -> None:
    deaf = CardBot(next(iter(pointed.world.guilds)), discord.Intents(guilds=True))
    async with running(deaf, pointed.token):
        await driver.wait_for_ready_bot()
        await driver.say("Tom", "videos", "hello")
        await (await driver.slash("Mira", "videos", "post", text="x", hidden=True)).wait_response()
    assert "INTERACTION_CREATE" in deaf.seen
    assert "MESSAGE_CREATE" not in deaf.seen


async def test_other_peoples_words_are_hidden_from_a_bot_without_message_content(bot: CardBot, driver: Driver) -> None:
    async with asyncio.TaskGroup() as group:
        heard = group.create_task(bot.wait_for("message", timeout=5))
        group.create_task(driver.say("Tom", "videos", "private words"))
    assert heard.result().content == ""


async def test_a_bot_that_is_kicked_is_told(bot: CardBot, driver: Driver) -> None:
    await bot.wait_until_ready()
    async with asyncio.TaskGroup() as group:
        kicked = group.create_task(bot.wait_for("guild_remove", timeout=5))
        group.create_task(driver.remove_bot())
    assert kicked.result().id == bot.guild.id


async def test_a_deleted_channel_is_announced(bot: CardBot, driver: Driver) -> None:
    await bot.wait_until_ready()
    async with asyncio.TaskGroup() as group:
        gone = group.create_task(bot.wait_for("guild_channel_delete", timeout=5))
        group.create_task(driver.delete_channel("lounge"))
    assert gone.result().name == "lounge"


async def test_a_deleted_role_is_announced_and_nobody_has_it(bot: CardBot, rest: Rest, driver: Driver) -> None:
    await bot.wait_until_ready()
    async with asyncio.TaskGroup() as group:
        gone = group.create_task(bot.wait_for("guild_role_delete", timeout=5))
        group.create_task(driver.delete_role("Moderators"))
    role = gone.result()
    assert role.name == "Moderators"
    status, member = await rest.call("GET", f"/guilds/{role.guild.id}/members/{await driver.user_id('Max')}")
    assert (status, str(role.id) in member["roles"]) == (200, False)


async def test_deleted_messages_are_announced(bot: CardBot, driver: Driver) -> None:
    message = await driver.say("Tom", "videos", "x")
    async with asyncio.TaskGroup() as group:
        gone = group.create_task(bot.wait_for("raw_message_delete", timeout=5))
        group.create_task(driver.delete_message(message))
    assert gone.result().message_id == int(message.id)


async def test_a_sharded_client_is_served_too(pointed: SandboxDiscord, driver: Driver) -> None:
    client = discord.AutoShardedClient(intents=discord.Intents(guilds=True), shard_count=1, guild_ready_timeout=0.1)
    async with running(client, pointed.token):
        await driver.wait_for_ready_bot()
        await asyncio.wait_for(client.wait_until_ready(), 10)
        assert len(client.guilds) == 1
