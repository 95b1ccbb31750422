"""The bot's door: a small server on loopback that shows the bot's process, kills it, stops it and starts it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.origin import is_own

HOST = "127.0.0.1"
LOG_LINES = 40


class CannotBeDone(Exception):
    """The bot's process is not in a state for that; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class BotState:
    """The process now. `starting` until Discord has it; starts: how often it was started; log: its last lines."""

    state: Literal["running", "starting", "stopped"]
    pid: int | None
    starts: int
    log: list[str]


class BotProcess(Protocol):
    """A bot that can be moved. The acts return when they are done, and raise CannotBeDone."""

    async def state(self) -> BotState: ...
    async def kill(self) -> None:
        """SIGKILL: no last words."""

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL after ten seconds."""

    async def start(self) -> None: ...


class BotDoor:
    """`async with BotDoor(bot) as door:` serves at `door.url`. One act at a time; the page reaches it as backstage."""

    def __init__(self, bot: BotProcess) -> None:
        self._bot = bot
        self._turn = asyncio.Lock()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[_guard])
        app.router.add_get("/state", self._state)
        acts = {"kill": self._bot.kill, "stop": self._bot.stop, "start": self._bot.start, "restart": self._restart}
        for name, act in acts.items():
            app.router.add_post(f"/{name}", self._doing(act))
        return app

    def _doing(self, act: Callable[[], Awaitable[None]]) -> Handler:
        async def do(request: web.Request) -> web.StreamResponse:
            try:
                async with self._turn:
                    await act()
            except CannotBeDone as error:
                return web.json_response({"error": str(error)}, status=409)
            return await self._state(request)

        return do

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(asdict(await self._bot.state()))

    async def _restart(self) -> None:
        """Killed, where it runs, and started."""
        if (await self._bot.state()).state != "stopped":
            await self._bot.kill()
        await self._bot.start()


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A web site that is open in a browser on this machine must not kill the bot: 403."""
    if not is_own(request):
        return web.json_response({"error": "only the sandbox's own page may do that"}, status=403)
    return await handler(request)
