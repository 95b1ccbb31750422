from __future__ import annotations

from contextlib import aclosing
from typing import Any

import aiohttp
import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver
from tests.integration.sandbox_discord.card_bot import CardBot
from tests.integration.sandbox_discord.rest import Rest


@pytest.fixture
async def channel(driver: Driver) -> str:
    return f"/channels/{await driver.channel_id('videos')}/messages"


async def send(rest: Rest, channel: str, content: str, **more: Any) -> dict[str, Any]:
    status, message = await rest.call("POST", channel, {"content": content} | more)
    assert status == 200, message
    return dict(message)


async def test_a_nonce_makes_one_message_only(rest: Rest, channel: str, driver: Driver) -> None:
    first = await send(rest, channel, "one", nonce="n", enforce_nonce=True)
    second = await send(rest, channel, "two", nonce="n", enforce_nonce=True)
    assert second["id"] == first["id"]
    assert [one.content for one in await driver.messages("videos")] == ["one"]


async def test_a_nonce_is_forgotten_after_minutes(rest: Rest, channel: str, driver: Driver) -> None:
    first = await send(rest, channel, "one", nonce=7, enforce_nonce=True)
    await driver.age_message(first["id"], 200)
    assert (await send(rest, channel, "two", nonce=7, enforce_nonce=True))["id"] != first["id"]


async def test_a_nonce_that_is_not_enforced_changes_nothing(rest: Rest, channel: str) -> None:
    first = await send(rest, channel, "one", nonce="n")
    assert (await send(rest, channel, "two", nonce="n"))["id"] != first["id"]


async def test_history_is_paged_newest_first(rest: Rest, channel: str) -> None:
    sent = [(await send(rest, channel, str(number)))["id"] for number in range(5)]

    async def page(query: str) -> list[str]:
        _, messages = await rest.call("GET", f"{channel}?{query}")
        return [message["content"] for message in messages]

    assert await page("limit=2") == ["4", "3"]
    assert await page(f"before={sent[3]}&limit=2") == ["2", "1"]
    assert await page(f"after={sent[1]}&limit=2") == ["3", "2"]
    assert await page(f"around={sent[2]}&limit=3") == ["3", "2", "1"]
    assert await rest.code("GET", f"{channel}?limit=101") == (400, 50035)


async def test_a_reply_shows_and_pings_its_author(rest: Rest, channel: str, driver: Driver) -> None:
    asked = await driver.say("Tom", "videos", "a question")
    reference = {"message_id": asked.id}
    reply = await send(rest, channel, "an answer", message_reference=reference)
    quiet = await send(rest, channel, "hm", message_reference=reference, allowed_mentions={"parse": []})
    assert reply["referenced_message"]["content"] == "a question"
    assert (await driver.message_versions(reply["id"]))[0].pinged == (await driver.user_id("Tom"),)
    assert (await driver.message_versions(quiet["id"]))[0].pinged == ()


async def test_a_reply_to_a_message_that_is_gone_is_refused_unless_told_otherwise(
    rest: Rest, channel: str, driver: Driver
) -> None:
    asked = await driver.say("Tom", "videos", "a question")
    await driver.delete_message(asked)
    body: dict[str, Any] = {"content": "answer", "message_reference": {"message_id": asked.id}}
    assert await rest.code("POST", channel, body) == (400, 50035)
    body["message_reference"]["fail_if_not_exists"] = False
    assert await rest.code("POST", channel, body) == (200, 0)


@pytest.mark.parametrize(
    ("allowed", "pinged", "everyone"),
    [
        (None, ["Mira", "Tom"], True),
        ({"parse": []}, [], False),
        ({"parse": ["users"]}, ["Mira", "Tom"], False),
        ({"parse": ["everyone"]}, [], True),
        ({"users": ["Mira"]}, ["Mira"], False),
    ],
)
async def test_allowed_mentions_decide_who_is_pinged(
    rest: Rest, channel: str, driver: Driver, allowed: dict[str, Any] | None, pinged: list[str], everyone: bool
) -> None:
    ids = {name: await driver.user_id(name) for name in ("Mira", "Tom")}
    if allowed and "users" in allowed:
        allowed = {"users": [ids[name] for name in allowed["users"]]}
    more = {"allowed_mentions": allowed} if allowed is not None else {}
    message = await send(rest, channel, f"<@{ids['Mira']}> <@!{ids['Tom']}> @everyone", **more)
    version = (await driver.message_versions(message["id"]))[0]
    assert version.pinged == tuple(ids[name] for name in pinged)
    assert version.pinged_everyone == everyone


async def test_contradictory_allowed_mentions_are_refused(rest: Rest, channel: str) -> None:
    body = {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}
    assert await rest.code("POST", channel, body) == (400, 50035)


async def test_an_edit_pings_nobody(rest: Rest, channel: str, driver: Driver) -> None:
    message = await send(rest, channel, "x")
    await rest.call("PATCH", f"{channel}/{message['id']}", {"content": f"<@{await driver.user_id('Mira')}>"})
    assert [one.pinged for one in await driver.message_versions(message["id"])] == [(), ()]


async def test_text_displays_ping_too(rest: Rest, channel: str, driver: Driver) -> None:
    mira = await driver.user_id("Mira")
    body = {"flags": 32768, "components": [{"type": 10, "content": f"<@{mira}>"}]}
    _, message = await rest.call("POST", channel, body)
    assert (await driver.message_versions(message["id"]))[0].pinged == (mira,)


async def names_after(rest: Rest, channel: str, body: dict[str, Any], files: dict[int, tuple[str, bytes]]) -> list[str]:
    """The file names left after an edit of a message that had a.txt and b.txt; `"a"` in the body stands for its id."""
    _, message = await rest.call("POST", channel, {"content": "x"}, files={0: ("a.txt", b"a"), 1: ("b.txt", b"b")})
    ids = {one["filename"][0]: one["id"] for one in message["attachments"]}
    for entry in body.get("attachments", []):
        entry["id"] = ids.get(entry["id"], entry["id"])
    _, edited = await rest.call("PATCH", f"{channel}/{message['id']}", body, files=files)
    return [one["filename"] for one in edited["attachments"]]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, ["a.txt", "b.txt", "c.txt"]),
        ({"attachments": [{"id": "a"}, {"id": 0, "filename": "c.txt"}]}, ["a.txt", "c.txt"]),
        ({"attachments": [{"id": 0, "filename": "renamed.txt"}]}, ["renamed.txt"]),
        ({"attachments": []}, []),
    ],
    ids=["no list", "one kept", "renamed", "empty list"],
)
async def test_only_listed_attachments_stay(rest: Rest, channel: str, body: dict[str, Any], names: list[str]) -> None:
    assert await names_after(rest, channel, body, {0: ("c.txt", b"c")}) == names


async def test_an_attachment_that_is_dropped_is_gone_from_the_cdn(rest: Rest, channel: str, driver: Driver) -> None:
    _, message = await rest.call("POST", channel, {"content": "x"}, files={0: ("a.txt", b"a")})
    url = message["attachments"][0]["url"]
    assert await driver.fetch(url) == b"a"
    await rest.call("PATCH", f"{channel}/{message['id']}", {"attachments": []})
    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        await driver.fetch(url)


async def test_an_unknown_attachment_cannot_be_kept(rest: Rest, channel: str) -> None:
    message = await send(rest, channel, "x")
    body = {"attachments": [{"id": "1234567890123456789"}]}
    assert await rest.code("PATCH", f"{channel}/{message['id']}", body) == (400, 50035)


async def test_a_cdn_address_needs_its_signature_and_ends(rest: Rest, channel: str, driver: Driver) -> None:
    _, message = await rest.call("POST", channel, {"content": "x"}, files={0: ("a b.txt", b"a")})
    url = message["attachments"][0]["url"]
    assert "/a_b.txt?ex=" in url
    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        await driver.fetch(url.replace("hm=", "hm=0"))
    await driver.advance_clock(25 * 3600)
    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        await driver.fetch(url)


async def test_the_cdn_serves_ranges(rest: Rest, channel: str) -> None:
    _, message = await rest.call("POST", channel, {"content": "x"}, files={0: ("a.mp4", b"0123456789")})
    url = message["attachments"][0]["url"]
    async with aiohttp.ClientSession() as session, session.get(url, headers={"Range": "bytes=2-4"}) as response:
        assert response.status == 206
        assert response.headers["Content-Range"] == "bytes 2-4/10"
        assert response.content_type == "video/mp4"
        assert await response.read() == b"234"


async def test_a_file_over_the_upload_limit_is_413(rest: Rest, channel: str, driver: Driver) -> None:
    await driver.set_upload_limit(1000)
    assert await rest.code("POST", channel, {}, files={0: ("a.bin", b"x" * 1000)}) == (200, 0)
    assert await rest.code("POST", channel, {}, files={0: ("a.bin", b"x" * 1001)}) == (413, 40005)


async def test_discord_py_reports_the_upload_limit_as_40005(bot: CardBot, driver: Driver) -> None:
    await driver.set_upload_limit(1000, announced_bytes=5000)
    result = await driver.slash("Mira", "videos", "upload", size=1001)
    assert (await result.wait_message()).content == "413 40005 5000"
    result = await driver.slash("Mira", "videos", "upload", size=1000)
    assert (await result.wait_message()).attachments[0].size == 1000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, (400, 50006)),
        ({"content": "x" * 2001}, (400, 50035)),
        ({"content": 5}, (400, 50035)),
        ({"content": "x", "nonce": "9" * 26}, (400, 50035)),
        ({"embeds": [{"title": "x" * 257}]}, (400, 50035)),
        ({"embeds": [{"description": "x" * 3001}] * 2}, (400, 50035)),
    ],
)
async def test_a_body_that_breaks_a_rule_is_refused(
    rest: Rest, channel: str, body: dict[str, Any], code: tuple[int, int]
) -> None:
    assert await rest.code("POST", channel, body) == code


async def test_a_message_of_somebody_else_cannot_be_edited(rest: Rest, channel: str, driver: Driver) -> None:
    message = await driver.say("Tom", "videos", "mine")
    assert await rest.code("PATCH", f"{channel}/{message.id}", {"content": "x"}) == (403, 50005)


async def test_a_deleted_message_is_unknown(rest: Rest, channel: str, driver: Driver) -> None:
    message = await send(rest, channel, "x")
    await driver.delete_message(message["id"])
    for method in ("GET", "PATCH", "DELETE"):
        assert await rest.code(method, f"{channel}/{message['id']}", {"content": "y"}) == (404, 10008)
    assert (await driver.message_versions(message["id"]))[-1].deleted


async def test_messages_older_than_an_hour_take_few_edits(rest: Rest, channel: str, driver: Driver) -> None:
    young, old = await send(rest, channel, "x"), await send(rest, channel, "x")
    await driver.age_message(old["id"], 3601)

    async def edits(message: dict[str, Any]) -> list[int]:
        path = f"{channel}/{message['id']}"
        return [(await rest.code("PATCH", path, {"content": str(number)}))[1] for number in range(4)]

    assert await edits(old) == [0, 0, 0, 30046]
    assert await edits(young) == [0, 0, 0, 0]


async def test_a_direct_message_reaches_open_doors_only(rest: Rest, driver: Driver) -> None:
    _, dm = await rest.call("POST", "/users/@me/channels", {"recipient_id": await driver.user_id("Mira")})
    await send(rest, f"/channels/{dm['id']}/messages", "psst")
    await driver.close_dm("Mira")
    assert await rest.code("POST", f"/channels/{dm['id']}/messages", {"content": "hello?"}) == (403, 50007)
    await driver.open_dm("Mira")
    await driver.remove_member("Mira")
    assert await rest.code("POST", f"/channels/{dm['id']}/messages", {"content": "gone?"}) == (403, 50007)
    assert [one.content for one in await driver.dm_messages("Mira")] == ["psst"]


async def test_direct_messages_come_in_one_channel_per_member(
    server: SandboxDiscord, rest: Rest, driver: Driver
) -> None:
    recipient = {"recipient_id": await driver.user_id("Tom")}
    first, second = [(await rest.call("POST", "/users/@me/channels", recipient))[1]["id"] for _ in range(2)]
    assert first == second
    assert await rest.code("POST", "/users/@me/channels", {"recipient_id": "1"}) == (404, 10013)


async def test_watching_tells_every_version_in_order(rest: Rest, channel: str, driver: Driver) -> None:
    message = await send(rest, channel, "one")
    seen: list[tuple[str, str]] = []
    async with aclosing(driver.watch(timeout=5)) as versions:
        async for version in versions:
            seen.append((version.change, version.content))
            if version.change == "create":
                await rest.call("PATCH", f"{channel}/{message['id']}", {"content": "two"})
            elif version.change == "update":
                await driver.delete_message(version)
            else:
                break
    assert seen == [("create", "one"), ("update", "two"), ("delete", "two")]
