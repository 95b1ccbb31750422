"""What the image says about itself holds: its settings load, and its health check tells a live bot from a dead one."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

from klapper.ops.health import HealthServer
from klapper.ops.metrics import Metrics
from klapper.settings import load_settings

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


async def _health_check(port: int) -> int:
    """The exit code of the image's HEALTHCHECK with the bot's server on this port."""
    match = re.search(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", DOCKERFILE, flags=re.MULTILINE)
    assert match is not None
    _, *arguments = json.loads(match[1])
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={"KLAPPER_OPS__PORT": str(port)}, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


async def test_the_health_check_passes_while_the_bot_answers() -> None:
    async with HealthServer("127.0.0.1", 0, checks={}, metrics=Metrics()) as server:
        assert await _health_check(server.port) == 0


async def test_the_health_check_fails_when_nobody_answers() -> None:
    async with HealthServer("127.0.0.1", 0, checks={}, metrics=Metrics()) as server:
        port = server.port
    assert await _health_check(port) != 0


def test_the_image_keeps_everything_on_its_volume() -> None:
    environ = dict(re.findall(r"(KLAPPER_\w+)=(\S+)", DOCKERFILE))
    settings = load_settings(ROOT / "config.example.toml", environ)
    assert 'VOLUME ["/data"]' in DOCKERFILE
    assert settings.database.path.is_relative_to("/data")
    assert settings.media.directory.is_relative_to("/data")


def test_the_image_gets_every_package_of_the_program() -> None:
    copied = set(re.findall(r"^COPY (\S+) \1$", DOCKERFILE, flags=re.MULTILINE))
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), flags=re.MULTILINE))
    packages = {"klapper", "cogs", "sandbox"}
    assert copied == packages
    assert allowed == packages | {"bot.py", "requirements.txt"}
