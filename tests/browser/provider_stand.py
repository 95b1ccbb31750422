"""A page with nothing but the provider's drawer, a real sandbox Segmind behind it, and a bot that only pretends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from sandbox.segmind import SandboxSegmind, SegmindControl

WEB = Path(__file__).parents[2] / "sandbox" / "web"
# The page's own, so that nothing here works that would not work there.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Provider</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/web/base.css"><link rel="stylesheet" href="/web/provider.css">
<link rel="stylesheet" href="/stand.css">
<script type="module" src="/stand.js"></script>
</head>
<body><button id="toggle" type="button">Provider</button><div id="place"></div></body>
</html>"""
STYLE = "body { display: flex; flex-direction: column; } #toggle { display: block; } #place { flex: 1; min-height: 0; }"
SCRIPT = """import { mountProvider } from "/web/provider.js";
const drawer = mountProvider(document.getElementById("place"));
document.getElementById("toggle").addEventListener("click", () => (drawer.isOpen ? drawer.close() : drawer.open()));
"""
FILES = {"/": ("text/html", PAGE), "/stand.css": ("text/css", STYLE), "/stand.js": ("text/javascript", SCRIPT)}


class PretendedBot:
    """A process that only says what it would do."""

    def __init__(self) -> None:
        self.state = "running"
        self.starts = 1
        self.log = ["connected to the gateway", "ready"]

    def view(self) -> dict[str, Any]:
        pid = None if self.state == "stopped" else 4000 + self.starts
        return {"state": self.state, "pid": pid, "starts": self.starts, "log": self.log[-40:]}

    async def answer(self, request: web.Request) -> web.Response:
        act = request.match_info["act"]
        if act == "start" and self.state == "running":
            return web.json_response({"error": "the bot runs already"}, status=409)
        if act in {"start", "restart"}:
            self.state, self.starts = "running", self.starts + 1
        if act in {"stop", "kill"}:
            self.state = "stopped"
        if act != "state":
            self.log.append(act)
        return web.json_response(self.view())


class ProviderStand:
    """`async with ProviderStand() as stand:` serves the page at `stand.url`."""

    def __init__(
        self, *, services: tuple[str, ...] = ("segmind", "bot"), segmind: SandboxSegmind | None = None
    ) -> None:
        self.segmind = segmind or SandboxSegmind(speed=1.0)
        self.bot = PretendedBot()
        self.discord_limits: list[int] = []
        self.has_refused = False
        self._refusal: str | None = None
        self.url = ""
        self._services = services
        self._stack = AsyncExitStack()
        self._http: aiohttp.ClientSession | None = None

    @property
    def control(self) -> SegmindControl:
        return self.segmind.control

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.segmind)
            self._http = await stack.enter_async_context(aiohttp.ClientSession())
            runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5, handler_cancellation=True)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def submit(self, slug: str, parameters: dict[str, Any]) -> int:
        """POSTs a job as the bot does; the answer's status."""
        assert self._http is not None, "use `async with`"
        headers = {"x-api-key": self.segmind.api_key}
        async with self._http.post(f"{self.segmind.url}/v2/{slug}", json=parameters, headers=headers) as answer:
            return answer.status

    def refuse(self, error: str | None) -> None:
        """From now on every call to Segmind's console is answered with this error; None: with the console's answer."""
        self._refusal = error
        self.has_refused = True

    def _app(self) -> web.Application:
        app = web.Application()
        for path, (content_type, text) in FILES.items():
            app.router.add_get(path, _file(content_type, text))
        app.router.add_static("/web", WEB)
        app.router.add_get("/backstage", self._list)
        app.router.add_route("*", "/backstage/segmind/{rest:.*}", self._forward)
        app.router.add_route("*", "/backstage/bot/{act}", self.bot.answer)
        app.router.add_post("/sandbox/set_upload_limit", self._set_limit)
        return app

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response({"services": self._services})

    async def _forward(self, request: web.Request) -> web.Response:
        assert self._http is not None, "use `async with`"
        if self._refusal is not None:
            return web.json_response({"error": self._refusal}, status=409)
        url = f"{self.segmind.url}/sandbox/{request.match_info['rest']}"
        body = await request.read()
        async with self._http.request(request.method, url, params=request.query, data=body or None) as answer:
            return web.json_response(text=await answer.text(), status=answer.status)

    async def _set_limit(self, request: web.Request) -> web.Response:
        self.discord_limits.append((await request.json())["limit_bytes"])
        return web.json_response({})


def _file(content_type: str, text: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": POLICY}
        return web.Response(text=text, content_type=content_type, charset="utf-8", headers=headers)

    return answer
