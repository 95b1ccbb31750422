"""The sandbox's server: REST, gateway, CDN, control interface and its page on one loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from aiohttp import web

from sandbox.discord.api.application_routes import ApplicationRoutes
from sandbox.discord.api.call import Route
from sandbox.discord.api.command_routes import CommandRoutes
from sandbox.discord.api.guild_routes import GuildRoutes
from sandbox.discord.api.interaction_routes import InteractionRoutes
from sandbox.discord.api.message_routes import MessageRoutes
from sandbox.discord.api.pipeline import API_PREFIX, Pipeline
from sandbox.discord.backstage import Backstage
from sandbox.discord.cdn_routes import PREFIX as CDN_PREFIX
from sandbox.discord.cdn_routes import CdnRoutes
from sandbox.discord.connection import Connection
from sandbox.discord.control.routes import ControlRoutes
from sandbox.discord.defaults import default_world
from sandbox.discord.limits import MIB
from sandbox.discord.live import LiveFeed
from sandbox.discord.page import FOLDER, Page, guard
from sandbox.discord.services import Services
from sandbox.discord.world import World

HOST = "127.0.0.1"
LARGEST_REQUEST = 256 * MIB
_GATEWAY_CLOSE = 1001


class SandboxDiscord:
    """`async with SandboxDiscord() as server:` serves a world until the block ends.

    Port 0 takes a free one. `url` is for the driver and the browser; `api_url`, `gateway_url` and `token` are for the
    bot. page: the folder of the page's files. backstage: what the page reaches through this server, address by name.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        port: int = 0,
        page: Path = FOLDER,
        backstage: Mapping[str, str] | None = None,
    ) -> None:
        self.world = world or default_world()
        self.services = Services.over(self.world)
        self._port = port
        self._page = Page(page)
        self._backstage = Backstage(backstage or {})
        self._live = LiveFeed(self.world.journal, world=str(self.world.application.id))
        self._runner: web.AppRunner | None = None

    @property
    def token(self) -> str:
        return self.world.application.token

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}{API_PREFIX}"

    @property
    def gateway_url(self) -> str:
        return f"ws://{HOST}:{self._port}/gateway"

    async def start(self) -> None:
        """Listens; raises OSError when the port is taken."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runner = runner
        site = web.TCPSite(runner, HOST, self._port)
        await site.start()
        self._port = int(runner.addresses[0][1])
        self.services.gateway.url = self.gateway_url
        self.world.cdn.base_url = f"{self.url}{CDN_PREFIX}"

    async def stop(self) -> None:
        gateway = self.services.gateway
        await asyncio.gather(gateway.close_connections(_GATEWAY_CLOSE), self._live.close(), self._backstage.close())
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> SandboxDiscord:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_REQUEST, middlewares=[guard])
        pipeline = Pipeline(self.services)
        for route in self._api_routes():
            app.router.add_route(route.method, API_PREFIX + route.path, pipeline.handler(route))
        app.router.add_route("*", API_PREFIX + "/{rest:.*}", pipeline.handler(None))
        app.router.add_routes(self._live.routes())
        app.router.add_routes(ControlRoutes(self.services).routes())
        app.router.add_routes(CdnRoutes(self.world.cdn, self.services.faults).routes())
        app.router.add_get("/gateway", self._gateway)
        app.router.add_routes(self._backstage.routes())
        app.router.add_routes(self._page.routes())
        app.router.add_get("/", self._front)
        return app

    def _api_routes(self) -> list[Route]:
        return [
            *ApplicationRoutes(self.services).routes(),
            *CommandRoutes(self.services).routes(),
            *GuildRoutes(self.services).routes(),
            *MessageRoutes(self.services).routes(),
            *InteractionRoutes(self.services).routes(),
        ]

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        return await Connection(self.services.gateway, request).run()

    async def _front(self, request: web.Request) -> web.StreamResponse:
        """The page; a resume URL may come without a path, so an upgrade is the bot."""
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._gateway(request)
        return self._page.index()
