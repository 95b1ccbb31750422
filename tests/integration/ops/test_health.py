"""The health server, asked over HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from errno import EADDRINUSE

import pytest
from aiohttp import ClientSession

from klapper.errors import SettingsError
from klapper.ops.health import Check, HealthServer, Heartbeat
from klapper.ops.metrics import Metrics

LOOPBACK = "127.0.0.1"


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


async def _broken() -> bool:
    raise ValueError("SG_0123456789abcdef")


async def _silent() -> bool:
    await asyncio.Event().wait()
    return True


def _server(checks: Mapping[str, Check] | None = None, metrics: Metrics | None = None, port: int = 0) -> HealthServer:
    return HealthServer(LOOPBACK, port, checks=checks or {}, metrics=metrics or Metrics())


async def _get(server: HealthServer, path: str) -> tuple[int, str, str]:
    async with ClientSession() as session, session.get(f"http://{LOOPBACK}:{server.port}{path}") as response:
        return response.status, response.headers["Content-Type"], await response.text()


async def test_a_process_that_is_not_ready_is_still_alive() -> None:
    async with _server({"the database can be written": _no}) as server:
        assert (await _get(server, "/healthz"))[0] == 200


async def test_it_is_ready_when_every_check_holds() -> None:
    async with _server({"the database can be written": _yes, "Discord is ready": _yes}) as server:
        status, _, body = await _get(server, "/readyz")
    assert status == 200
    assert body == '{"ready": true, "checks": {"the database can be written": "yes", "Discord is ready": "yes"}}'


FAILING = [(_no, "no"), (_broken, "failed, see the log"), (_silent, "no answer in 2 s")]


@pytest.mark.parametrize(("check", "word"), FAILING)
async def test_one_check_that_fails_makes_it_not_ready_and_is_named(check: Check, word: str) -> None:
    async with _server({"the database can be written": _yes, "Discord is ready": check}) as server:
        status, _, body = await _get(server, "/readyz")
    assert status == 503
    assert f'"ready": false, "checks": {{"the database can be written": "yes", "Discord is ready": "{word}"}}' in body


async def test_metrics_are_prometheus_text() -> None:
    metrics = Metrics()
    metrics.card_edited()
    async with _server(metrics=metrics) as server:
        status, content_type, body = await _get(server, "/metrics")
    assert status == 200
    assert content_type.startswith("text/plain; version=")
    assert "klapper_card_edits_total 1.0" in body


async def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as refused:
            async with _server(port=port):
                pass
    assert str(refused.value) == (
        f"ops.port: cannot listen on 127.0.0.1:{port} ({os.strerror(EADDRINUSE)}). Set another ops.port."
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "x" * 64, "no host"])
async def test_a_host_that_is_not_ours_is_one_sentence(host: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"^ops\.host: cannot listen on {host}:0 \(.+\)\. Set another ops\.host\.$"
    ):
        async with HealthServer(host, 0, checks={}, metrics=Metrics()):
            pass


async def test_the_port_is_free_again_afterwards() -> None:
    async with _server() as server:
        port = server.port
    async with _server(port=port) as again:
        assert again.port == port


class _Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def now_ms(self) -> int:
        return int(self.now_s * 1_000)

    def monotonic_s(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.mark.parametrize(("silence_s", "alive"), [(0, True), (30, True), (30.1, False)])
async def test_a_loop_is_alive_until_it_has_been_silent_too_long(silence_s: float, alive: bool) -> None:
    clock = _Clock()
    heartbeat = Heartbeat(clock, limit_s=30)
    heartbeat.beat()
    clock.now_s += silence_s
    assert await heartbeat.is_alive() == alive


async def test_a_loop_that_never_ticked_is_not_alive() -> None:
    assert not await Heartbeat(_Clock(), limit_s=30).is_alive()
