"""The page of the sandbox: its files, who may use it, and what it is told as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yarl

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver

TYPES = {"index.html": "text/html", "a.js": "text/javascript", "a.css": "text/css", "a.svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "views").mkdir(parents=True)
    for name in (*TYPES, "a.png", "notes.txt", "views/b.js"):
        (folder / name).write_text(f"this is {name}")
    (tmp_path / "secret.js").write_text("secret")
    (folder / "out.js").symlink_to(tmp_path / "secret.js")
    return folder


@pytest.fixture
async def server(files: Path) -> AsyncIterator[SandboxDiscord]:
    async with SandboxDiscord(page=files) as running:
        yield running


@pytest.fixture
async def browser(server: SandboxDiscord) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


# Files


async def test_the_address_itself_is_the_page(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/") as answer:
        assert (answer.status, await answer.text()) == (200, "this is index.html")
        assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    ("name", "content_type"), [*TYPES.items(), ("a.png", "image/png"), ("views/b.js", TYPES["a.js"])]
)
async def test_a_file_has_its_type_and_is_asked_for_again(
    browser: aiohttp.ClientSession, name: str, content_type: str
) -> None:
    async with browser.get(f"/web/{name}") as answer:
        assert (answer.status, answer.content_type, await answer.text()) == (200, content_type, f"this is {name}")
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "path", ["..%2Fsecret.js", "%2Fetc%2Fpasswd", "out.js", "notes.txt", "none.js", "a%00.js", "views", ""]
)
async def test_what_is_not_a_file_of_the_page_is_not_there(browser: aiohttp.ClientSession, path: str) -> None:
    async with browser.get(yarl.URL(f"/web/{path}", encoded=True)) as answer:
        assert answer.status == 404
        assert answer.headers["Content-Security-Policy"] == POLICY


async def test_an_upgrade_of_the_address_itself_is_the_gateway(browser: aiohttp.ClientSession) -> None:
    async with browser.ws_connect("/") as socket:
        assert (await socket.receive_json())["op"] == 10


# Who may use it


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example", "Origin": "http://127.0.0.1.evil.example"},
        {"Host": "", "Origin": "http://"},
    ],
)
async def test_another_web_site_cannot_drive_the_sandbox(
    server: SandboxDiscord, browser: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    body = b'{"member": "Mira", "channel": "lounge", "content": "x"}'
    for path in ("/sandbox/say", "/sandb%6fx/say"):
        async with browser.post(path, data=body, headers=headers) as answer:
            assert answer.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await browser.ws_connect("/sandbox/live", headers=headers)
    assert server.world.journal.last == 0


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
async def test_the_page_itself_can(server: SandboxDiscord, browser: aiohttp.ClientSession, name: str) -> None:
    host = f"{name}:{server.url.rpartition(':')[2]}"
    headers = {"Host": host, "Origin": f"http://{host}"}
    async with browser.post("/sandbox/say", json={"member": "Mira", "channel": "lounge"}, headers=headers) as answer:
        assert answer.status == 200


# What happens


async def test_the_feed_tells_what_happens_but_no_requests(
    browser: aiohttp.ClientSession, driver: Driver, server: SandboxDiscord
) -> None:
    await driver.say("Mira", "lounge", "before")
    async with browser.ws_connect("/sandbox/live") as socket:
        assert await socket.receive_json() == {"kind": "hello", "last": 1, "world": str(server.world.application.id)}
        async with browser.get("/api/v10/gateway"):
            pass
        said = await driver.say("Tom", "lounge", "now")
        entry = await socket.receive_json()
    assert (entry["kind"], entry["subject"], entry["data"]["message"]["content"]) == ("message", said.id, "now")
    assert set(entry) == {"seq", "at_ms", "kind", "subject", "data"}


async def test_the_feed_goes_on_where_a_page_was(browser: aiohttp.ClientSession, driver: Driver) -> None:
    said = [await driver.say("Mira", "lounge", text) for text in ("one", "two", "three")]
    assert await _told(browser, "1", 2) == [said[1].id, said[2].id]
    assert await _told(browser, "-7", 1) == [said[0].id]
    async with browser.get("/sandbox/live?after=x") as answer:
        assert answer.status == 400


async def test_a_page_that_goes_leaves_nothing_behind(browser: aiohttp.ClientSession, driver: Driver) -> None:
    await driver.world()
    before = len(asyncio.all_tasks())
    async with browser.ws_connect("/sandbox/live") as socket:
        await socket.receive_json()
        assert len(asyncio.all_tasks()) > before
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > before:
            await driver.world()


async def test_a_server_that_stops_says_goodbye_to_those_who_look(files: Path) -> None:
    async with SandboxDiscord(page=files) as server, aiohttp.ClientSession(server.url) as session:
        looking = [await session.ws_connect("/sandbox/live") for _ in range(3)]
        ends = [asyncio.create_task(_end(socket)) for socket in looking]
        await server.stop()
        assert await asyncio.gather(*ends) == [1001] * 3


async def _end(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    async for _ in socket:
        pass
    return socket.close_code


async def _told(browser: aiohttp.ClientSession, after: str, count: int) -> list[str]:
    async with browser.ws_connect("/sandbox/live", params={"after": after}) as socket:
        await socket.receive_json()
        return [(await socket.receive_json())["subject"] for _ in range(count)]
