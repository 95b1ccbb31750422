"""A moderation endpoint on loopback, as OpenAI documents it, that misbehaves when it is told to."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

CATEGORIES = ("harassment", "self-harm/intent", "sexual", "violence", "violence/graphic")
Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]


def result(*flagged: str, **scores: float) -> dict[str, Any]:
    """One result: these categories are flagged; all have a score of 0.01 unless another is given."""
    return {
        "flagged": bool(flagged),
        "categories": {name: name in flagged for name in CATEGORIES} | {"illicit": None},
        "category_scores": {name: scores.get(name, 0.01) for name in CATEGORIES} | {"illicit": None},
        "category_applied_input_types": {name: ["text"] for name in CATEGORIES},
    }


class ModerationServer:
    """Judges by the words of its `results`; a text or image that is not among them is harmless.

    faults: what the next requests get instead of an answer, in order. bodies: what was asked. One image per request,
    as the real one has it.
    """

    def __init__(self) -> None:
        self.url = ""
        self.results: dict[str, dict[str, Any]] = {}
        self.faults: deque[Fault] = deque()
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []

    @property
    def asked(self) -> int:
        """How many requests there were."""
        return len(self.bodies)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.bodies.append(json.loads(await request.read()))
        if self.faults:
            return await self.faults.popleft()(request)
        inputs = self.bodies[-1]["input"]
        images = [part for part in inputs if isinstance(part, dict) and part["type"] == "image_url"]
        if len(images) > 1:
            return web.json_response({"error": {"code": "too_many_images"}}, status=400)
        asked = [images[0]["image_url"]["url"]] if images else inputs
        return web.json_response({"id": "modr-1", "results": [self.results.get(one, result()) for one in asked]})


def status(code: int, *, retry_after: str = "0", **headers: str) -> Fault:
    async def fault(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers={"Retry-After": retry_after, **headers}, text="no")

    return fault


def says(body: bytes | str, content_type: str = "application/json") -> Fault:
    async def fault(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type)

    return fault


def says_json(plain: Any) -> Fault:
    return says(json.dumps(plain))


async def silence(_: web.Request) -> web.StreamResponse:
    """Never an answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def half_an_answer(request: web.Request) -> web.StreamResponse:
    """A good beginning, and then nothing more."""
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b'{"results": [')
    await asyncio.Event().wait()
    return response


async def hang_up(request: web.Request) -> web.StreamResponse:
    """The connection ends in the middle of an answer."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"results": [')
    assert request.transport is not None
    request.transport.abort()
    return response


async def endless(request: web.Request) -> web.StreamResponse:
    """More than anybody wants to read, of a length that is not announced."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(64):
        await response.write(b" " * 50_000)
    return response


@asynccontextmanager
async def moderation_server() -> AsyncIterator[ModerationServer]:
    server = ModerationServer()
    application = web.Application(client_max_size=64 * 1024 * 1024)
    application.router.add_post("/{path:.*}", server.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/moderations"
    yield server
    await runner.cleanup()
