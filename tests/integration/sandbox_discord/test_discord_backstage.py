"""What stands beside the sandbox's Discord is reached under its own address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import aiohttp
import pytest
import yarl
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.discord import SandboxDiscord
from sandbox.segmind import SandboxSegmind

OpenBrowser = Callable[[Mapping[str, str]], Awaitable[aiohttp.ClientSession]]


class Behind:
    """A service that tells what reached it; `/wait` answers never."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.endswith("/wait"):
            self.waiting.set()
            await asyncio.Event().wait()
        told = {
            "method": request.method,
            "path": request.raw_path,
            "kind": request.headers.get("Content-Type"),
            "origin": request.headers.get("Origin"),
            "body": await request.text(),
        }
        return web.json_response(told, status=418 if request.path.endswith("/teapot") else 200)


@pytest.fixture
async def behind() -> Behind:
    return Behind()


@pytest.fixture
async def address(behind: Behind) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", behind.answer)
    async with TestServer(app, shutdown_timeout=0.1) as server:
        yield str(server.make_url("/inner"))


@pytest.fixture
def unused_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
async def open_browser() -> AsyncIterator[OpenBrowser]:
    """A browser at a sandbox with these services behind it."""
    async with AsyncExitStack() as stack:

        async def opened(services: Mapping[str, str]) -> aiohttp.ClientSession:
            server = await stack.enter_async_context(SandboxDiscord(backstage=services))
            return await stack.enter_async_context(aiohttp.ClientSession(server.url))

        yield opened


@pytest.fixture
async def browser(open_browser: OpenBrowser, address: str, unused_address: str) -> aiohttp.ClientSession:
    return await open_browser({"segmind": address, "bot": unused_address})


async def test_the_services_are_listed(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/backstage") as answer:
        assert await answer.json() == {"services": ["bot", "segmind"]}


async def test_without_services_the_list_is_empty(open_browser: OpenBrowser) -> None:
    browser = await open_browser({})
    async with browser.get("/backstage") as answer:
        assert await answer.json() == {"services": []}


async def test_method_path_query_and_body_are_passed_on(browser: aiohttp.ClientSession) -> None:
    url = yarl.URL("/backstage/segmind/jobs/a%2Fb?after=1&q=%26", encoded=True)
    headers = {"Content-Type": "text/x", "Origin": str(browser._base_url).rstrip("/")}
    async with browser.patch(url, data="ä", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert answer.headers["Content-Security-Policy"] == "sandbox"
        assert await answer.json() == {
            "method": "PATCH",
            "path": "/inner/jobs/a%2Fb?after=1&q=%26",
            "kind": "text/x",
            "origin": None,
            "body": "ä",
        }


async def test_its_status_comes_back(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/backstage/segmind/teapot") as answer:
        told = await answer.json()
        assert (answer.status, told["method"], told["kind"], told["body"]) == (418, "GET", None, "")


async def test_what_is_away_is_a_sentence(browser: aiohttp.ClientSession) -> None:
    async with browser.post("/backstage/bot/kill") as answer:
        assert (answer.status, await answer.json()) == (502, {"error": "bot cannot be reached."})


async def test_an_unknown_service_is_not_found(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/backstage/moon/jobs") as answer:
        assert answer.status == 404
        assert "moon" in (await answer.json())["error"]


@pytest.mark.parametrize("path", ["/backstage", "/backstage/segmind/jobs"])
async def test_another_web_site_does_not_get_behind(browser: aiohttp.ClientSession, path: str) -> None:
    async with browser.get(path, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403


async def test_a_server_that_stops_does_not_wait_for_what_is_behind_it(behind: Behind, address: str) -> None:
    async with SandboxDiscord(backstage={"segmind": address}) as server, aiohttp.ClientSession(server.url) as session:
        asking = asyncio.create_task(session.get("/backstage/segmind/wait"))
        await behind.waiting.wait()
        await server.stop()
        async with await asking as answer:
            assert answer.status == 502


async def test_segminds_console_is_reached(open_browser: OpenBrowser) -> None:
    async with SandboxSegmind() as segmind:
        browser = await open_browser({"segmind": f"{segmind.url}/sandbox"})
        async with browser.get("/backstage/segmind/jobs") as answer:
            assert await answer.json() == []
        async with browser.patch("/backstage/segmind/settings", json={"speed": 3}) as answer:
            assert (await answer.json())["speed"] == 3
