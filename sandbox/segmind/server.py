"""The sandbox's Segmind as one loopback server."""

from __future__ import annotations

import secrets
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.segmind.account import MICRO, Account
from sandbox.segmind.admission import admission
from sandbox.segmind.api import Api
from sandbox.segmind.assets import AssetStore
from sandbox.segmind.clips import ClipStore
from sandbox.segmind.clock import SandboxClock
from sandbox.segmind.console import Console
from sandbox.segmind.control import SegmindControl
from sandbox.segmind.faults import FaultBook
from sandbox.segmind.history import History
from sandbox.segmind.interference import Interference
from sandbox.segmind.jobs import JobBook
from sandbox.segmind.media import Media
from sandbox.segmind.provider import Provider, RateLimit
from sandbox.segmind.record import EventLog, RequestRecord
from sandbox.segmind.storage import Storage
from sandbox.segmind.worker import Worker

_LOOPBACK = "127.0.0.1"


class SandboxSegmind:
    """`async with SandboxSegmind(...) as server:` plays Segmind on 127.0.0.1 until the block is left.

    - `speed`: provider seconds per second; run times and the hour of a record pass that much faster.
    - `run_time_s`: every job takes exactly this long by the wall's clock; None: drawn around published averages.
    - `balance_usd`: what the account has; only completed jobs are charged.
    - `requests_per_minute`: answer 429 above it; None: unlimited.
    - `history_lag_s`: how long after its submission a request shows in the history.
    - `upload_limit_bytes`: answer 413 to an upload whose body is longer; None: unlimited.
    - `api_key`: None: a new one that looks like Segmind's.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str | None = None,
        speed: float = 1.0,
        run_time_s: float | None = None,
        balance_usd: float = 100.0,
        requests_per_minute: int | None = None,
        history_lag_s: float = 0.0,
        upload_limit_bytes: int | None = None,
        seed: int = 1,
    ) -> None:
        self._port = port
        self.api_key = api_key or f"SG_{secrets.token_hex(8)}"
        self._speed = speed
        self._run_time_s = run_time_s
        self._balance_usd = balance_usd
        self._requests_per_minute = requests_per_minute
        self._history_lag_s = history_lag_s
        self._upload_limit_bytes = upload_limit_bytes
        self._seed = seed
        self._stack = AsyncExitStack()
        self._url: str | None = None
        self._control: SegmindControl | None = None

    @property
    def url(self) -> str:
        """The origin that plays every Segmind host, such as http://127.0.0.1:4711."""
        assert self._url is not None, "the server is not running"
        return self._url

    @property
    def control(self) -> SegmindControl:
        """A driver that is already connected."""
        assert self._control is not None, "the server is not running"
        return self._control

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-segmind-"))
            provider = self._provider(Path(directory))
            stack.push_async_callback(provider.clips.close)
            stack.push_async_callback(provider.worker.close)
            runner = web.AppRunner(_application(provider), access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            stack.callback(provider.let_go)
            site = web.TCPSite(runner, _LOOPBACK, self._port)
            await site.start()
            self._url = f"http://{_LOOPBACK}:{runner.addresses[0][1]}"
            self._control = await stack.enter_async_context(SegmindControl(self._url))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def _provider(self, directory: Path) -> Provider:
        clock, jobs, faults, events = SandboxClock(self._speed), JobBook(), FaultBook(), EventLog()
        assets, clips = AssetStore(directory), ClipStore(directory)
        account = Account(self.api_key, balance_micro=round(self._balance_usd * MICRO))
        worker = Worker(
            clock=clock,
            account=account,
            jobs=jobs,
            assets=assets,
            clips=clips,
            faults=faults,
            events=events,
            seed=self._seed,
            run_time_s=self._run_time_s,
        )
        return Provider(
            clock=clock,
            account=account,
            jobs=jobs,
            assets=assets,
            clips=clips,
            worker=worker,
            faults=faults,
            interference=Interference(faults),
            record=RequestRecord(),
            events=events,
            rate_limit=RateLimit(self._requests_per_minute),
            history_lag_s=self._history_lag_s,
            upload_limit_bytes=self._upload_limit_bytes,
        )


def _application(provider: Provider) -> web.Application:
    """All rooms on one port. Bodies of any length are read: whether an upload is too long is for `Storage` to say."""
    app = web.Application(middlewares=[admission(provider)], client_max_size=0)
    for room in (Api(provider), Storage(provider), History(provider), Media(provider), Console(provider)):
        app.add_routes(room.routes())
    return app
