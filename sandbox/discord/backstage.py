"""/backstage: what stands beside the sandbox's Discord, under its own address, so that the page needs no other one."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
import yarl
from aiohttp import web

from sandbox.discord.page import INERT

PREFIX = "/backstage"
UNKNOWN = "application/octet-stream"
LONGEST_S = 90.0  # above the longest wait of what is behind it


class Backstage:
    """Forwards `/backstage/{service}/…` to the service's address. services: address by name."""

    def __init__(self, services: Mapping[str, str]) -> None:
        self._services = {name: url.rstrip("/") for name, url in services.items()}
        self._session: aiohttp.ClientSession | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PREFIX, self._list),
            web.route("*", PREFIX + "/{service}/{rest:.*}", self._forward),
        ]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response({"services": sorted(self._services)})

    async def _forward(self, request: web.Request) -> web.Response:
        name = request.match_info["service"]
        if name not in self._services:
            return web.json_response({"error": f"nothing called {name!r} is behind this page"}, status=404)
        try:
            return await self._answer(request, self._services[name])
        except (aiohttp.ClientError, TimeoutError):
            return web.json_response({"error": f"{name} cannot be reached."}, status=502)

    async def _answer(self, request: web.Request, base: str) -> web.Response:
        # As it was written: an id with a slash in it stays one part of the path.
        rest = request.rel_url.raw_path_qs.split("/", 3)[3]
        url = yarl.URL(f"{base}/{rest}", encoded=True)
        body, sent = await request.read() or None, {}
        if body is not None:
            sent["Content-Type"] = request.headers.get("Content-Type", UNKNOWN)
        async with self._client().request(
            request.method, url, data=body, headers=sent, allow_redirects=False
        ) as answer:
            told = INERT | {"Content-Type": answer.headers.get("Content-Type", UNKNOWN)}
            return web.Response(status=answer.status, body=await answer.read(), headers=told)

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LONGEST_S))
        return self._session
