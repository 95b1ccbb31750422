"""Rate limits and scripted faults, as discord.py takes them."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver, NotPossible
from tests.integration.sandbox_discord.card_bot import CardBot
from tests.integration.sandbox_discord.rest import Rest


async def place(bot: CardBot, driver: Driver) -> discord.PartialMessageable:
    return bot.get_partial_messageable(int(await driver.channel_id("videos")))


async def test_a_429_with_via_is_waited_for(bot: CardBot, driver: Driver) -> None:
    await driver.add_fault("POST", "/messages$", status=429, times=2, retry_after_s=0.01)
    await (await place(bot, driver)).send("patience")
    assert [one.status for one in await driver.requests("POST", "/messages$")] == [429, 429, 200]


async def test_a_429_without_via_is_taken_for_a_ban(bot: CardBot, driver: Driver) -> None:
    await driver.add_fault("POST", "/messages$", status=429, via=False)
    with pytest.raises(discord.HTTPException, match="429"):
        await (await place(bot, driver)).send("banned")


async def test_a_429_reaches_interaction_routes_too(bot: CardBot, driver: Driver) -> None:
    await driver.add_fault("POST", "/callback$", status=429, retry_after_s=0.01)
    result = await (await driver.slash("Mira", "videos", "post", text="patience")).wait_response()
    assert result.text == "patience"


async def test_an_exhausted_bucket_makes_discord_py_wait_ahead(bot: CardBot, driver: Driver) -> None:
    await driver.limit_route("POST", "/messages$", requests=2, window_s=0.2)
    channel = await place(bot, driver)
    async with asyncio.timeout(5):
        for number in range(5):
            await channel.send(str(number))
    assert {one.status for one in await driver.requests("POST", "/messages$")} == {200}


async def test_a_bucket_used_up_by_others_answers_429(rest: Rest, driver: Driver) -> None:
    await driver.limit_route("GET", "^/users/@me$", requests=1, window_s=30)
    assert (await rest.call("GET", "/users/@me"))[0] == 200
    status, body = await rest.call("GET", "/users/@me")
    assert status == 429
    assert 0 < body["retry_after"] <= 30


async def test_channels_have_buckets_of_their_own(rest: Rest, driver: Driver) -> None:
    await driver.limit_route("POST", "/messages$", requests=1, window_s=30)
    for name in ("videos", "lounge"):
        path = f"/channels/{await driver.channel_id(name)}/messages"
        assert [(await rest.call("POST", path, {"content": "x"}))[0] for _ in range(2)] == [200, 429]


async def test_a_fault_before_has_no_effect_and_one_after_has(rest: Rest, driver: Driver) -> None:
    path = f"/channels/{await driver.channel_id('videos')}/messages"
    await driver.add_fault("POST", "/messages$", status=502)
    await driver.add_fault("POST", "/messages$", status=502, when="after")
    assert (await rest.call("POST", path, {"content": "lost"}))[0] == 502
    assert (await rest.call("POST", path, {"content": "applied"}))[0] == 502
    assert [one.content for one in await driver.messages("videos")] == ["applied"]
    assert await driver.faults() == []


@pytest.mark.parametrize(("when", "expected"), [("before", []), ("after", ["sent"])])
async def test_a_dropped_connection_may_have_taken_effect(
    bot: CardBot, driver: Driver, when: str, expected: list[str]
) -> None:
    await driver.add_fault("POST", "/messages$", drop=True, when=when)  # type: ignore[arg-type]
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await (await place(bot, driver)).send("sent")
    assert [one.content for one in await driver.messages("videos")] == expected
    assert [one.status for one in await driver.requests("POST", "/messages$")] == [None]


async def test_a_message_sent_again_after_a_lost_answer_exists_once(bot: CardBot, driver: Driver) -> None:
    await driver.add_fault("POST", "/messages$", drop=True, when="after")
    channel = await place(bot, driver)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await channel.send("once", nonce=7)
    await channel.send("once", nonce=7)
    assert len(await driver.messages("videos")) == 1


async def test_a_delayed_callback_comes_too_late(bot: CardBot, driver: Driver) -> None:
    await driver.set_limits(acknowledge_s=0.1)
    await driver.add_fault("POST", "/callback$", delay_s=0.2)
    await driver.slash("Mira", "videos", "post", text="late")
    refused = await driver.wait_request(lambda one: one.path.endswith("/callback"))
    assert (refused.status, refused.answer["code"]) == (404, 10062)


async def test_html_instead_of_json_can_be_scripted(rest: Rest, driver: Driver) -> None:
    await driver.add_fault("GET", "/users/@me", status=502, body="<html>bad gateway</html>")
    with pytest.raises(ValueError, match="Expecting value"):
        await rest.call("GET", "/users/@me")


async def test_the_record_tells_bodies_files_and_answers_but_no_tokens_of_the_bot(rest: Rest, driver: Driver) -> None:
    path = f"/channels/{await driver.channel_id('videos')}/messages"
    await rest.call("POST", path, {"content": "x"}, files={0: ("a.txt", b"abc")})
    recorded = (await driver.requests("POST"))[0]
    assert recorded.body == {"content": "x"}
    assert recorded.files == [{"part": "files[0]", "filename": "a.txt", "size": 3, "type": "text/plain"}]
    assert recorded.answer["attachments"][0]["filename"] == "a.txt"
    assert recorded.authorized


async def test_without_the_bots_token_nothing_is_answered(server: SandboxDiscord) -> None:
    async with aiohttp.ClientSession() as session:
        stranger = Rest(server.api_url, "somebody else", session)
        assert await stranger.call("GET", "/users/@me") == (401, {"message": "401: Unauthorized", "code": 0})


async def test_an_unknown_route_is_404(rest: Rest) -> None:
    assert await rest.call("GET", "/no/such/route") == (404, {"message": "404: Not Found", "code": 0})


async def test_a_fault_whose_path_is_no_pattern_is_refused(driver: Driver) -> None:
    with pytest.raises(NotPossible, match="add_fault"):
        await driver.add_fault("GET", "(")


async def test_a_client_that_dies_while_it_uploads_changes_nothing_and_disturbs_nobody(
    server: SandboxDiscord, driver: Driver, rest: Rest, caplog: pytest.LogCaptureFixture
) -> None:
    channel = await driver.channel_id("videos")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(_head_of_upload(channel, server.token))
    assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b'--b\r\nContent-Disposition: form-data; name="files[0]"; filename="a.mp4"\r\n\r\nhalf')
    await writer.drain()
    writer.transport.abort()
    assert await rest.code("POST", f"/channels/{channel}/messages", {"content": "still there"}) == (200, 0)
    assert [message.content for message in await driver.messages("videos")] == ["still there"]
    assert caplog.records == []


def _head_of_upload(channel: str, token: str) -> bytes:
    lines = [
        f"POST /api/v10/channels/{channel}/messages HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bot {token}",
        "Content-Type: multipart/form-data; boundary=b",
        "Content-Length: 1000000",
        "Expect: 100-continue",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
