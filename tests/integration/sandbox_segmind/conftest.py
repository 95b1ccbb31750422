"""A sandbox Segmind whose jobs take a blink, and a client that has its key."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.segmind import SandboxSegmind, SegmindControl
from tests.integration.sandbox_segmind.caller import Caller


@pytest.fixture
async def server() -> AsyncIterator[SandboxSegmind]:
    async with SandboxSegmind(run_time_s=0.05) as running:
        yield running


@pytest.fixture
def control(server: SandboxSegmind) -> SegmindControl:
    return server.control


@pytest.fixture
async def caller(server: SandboxSegmind) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(server, http)
