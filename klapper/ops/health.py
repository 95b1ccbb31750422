"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from klapper.clock import Clock
from klapper.errors import SettingsError
from klapper.ops.metrics import Metrics

CHECK_TIMEOUT_S = 2.0  # shorter than what probes of containers usually wait

_PORT_ERRORS = (errno.EADDRINUSE, errno.EACCES)  # the latter: a port below 1024

Check = Callable[[], Awaitable[bool]]

logger = logging.getLogger(__name__)


class Heartbeat:
    """Says whether a loop has ticked lately. limit_s: longest silence that still counts as alive."""

    def __init__(self, clock: Clock, *, limit_s: float) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self._last_s: float | None = None

    def beat(self) -> None:
        """The loop has come round."""
        self._last_s = self._clock.monotonic_s()

    async def is_alive(self) -> bool:
        """False before the first beat."""
        return self._last_s is not None and self._clock.monotonic_s() - self._last_s <= self._limit_s


class HealthServer:
    """Answers the operator's probes while it is entered: `async with HealthServer(...)`.

    checks: a sentence of what holds ("the database can be written") -> whether it does; `/readyz` is 200 when all do.
    port: 0 takes any free one; `self.port` is the one taken.
    Raises SettingsError on entering when host and port cannot be listened on.
    """

    def __init__(self, host: str, port: int, *, checks: Mapping[str, Check], metrics: Metrics) -> None:
        self.host = host
        self.port = port
        self._checks = checks
        self._metrics = metrics
        app = web.Application()
        app.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._expose),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except (OSError, UnicodeError) as error:  # the latter: a host name that cannot be one
            await self._runner.cleanup()
            raise SettingsError(_refusal(self.host, self.port, error)) from None
        self.port = self._runner.addresses[0][1]
        logger.info("health server", extra={"host": self.host, "port": self.port})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _readyz(self, _: web.Request) -> web.Response:
        results = await asyncio.gather(*(_state(check) for check in self._checks.values()))
        states = dict(zip(self._checks, results, strict=True))
        ready = all(state == "yes" for state in states.values())
        return web.json_response({"ready": ready, "checks": states}, status=200 if ready else 503)

    async def _expose(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.exposition(), headers={"Content-Type": Metrics.CONTENT_TYPE})


def _refusal(host: str, port: int, error: OSError | UnicodeError) -> str:
    number = error.errno if isinstance(error, OSError) and error.errno else 0
    reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or "not a host name"
    key = "ops.port" if number in _PORT_ERRORS else "ops.host"
    return f"{key}: cannot listen on {host}:{port} ({reason}). Set another {key}."


async def _state(check: Check) -> str:
    """yes, no, or why it could not be told. The error itself goes to the log: it may quote addresses."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return "yes" if await check() else "no"
    except TimeoutError:
        return f"no answer in {CHECK_TIMEOUT_S:g} s"
    except Exception:
        logger.exception("readiness check failed")
        return "failed, see the log"
