from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from sandbox.driver import Driver

ROOT = Path(__file__).parents[3]


async def test_the_server_runs_as_a_process_until_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox.discord",
        "--port",
        "0",
        "--token",
        "t",
        "--demo",
        "--backstage",
        "segmind=http://127.0.0.1:1",
        "--backstage",
        "bot=http://127.0.0.1:1",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        said = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        assert said["token"] == "t"
        assert said["api_url"] == said["url"] + "/api/v10"
        async with Driver(said["url"]) as driver:
            assert "review" in [one["name"] for one in (await driver.world())["guilds"][0]["channels"]]
            assert json.loads(await driver.fetch(f"{said['url']}/backstage")) == {"services": ["bot", "segmind"]}
            message = await driver.say("Mira", "lounge", "hello")
            assert [one.id for one in await driver.messages("lounge")] == [message.id]
    finally:
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 10)
    assert code == 0
