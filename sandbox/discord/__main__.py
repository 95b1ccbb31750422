"""`python -m sandbox.discord --port 0`: one JSON line with the addresses, then serving until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from sandbox.discord.defaults import default_world
from sandbox.discord.server import SandboxDiscord


async def serve(port: int, token: str | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with SandboxDiscord(default_world(token=token), port=port) as server:
        line = {
            "url": server.url,
            "api_url": server.api_url,
            "gateway_url": server.gateway_url,
            "token": server.token,
            "application_id": str(server.world.application.id),
        }
        print(json.dumps(line), flush=True)  # noqa: T201  (the parent process reads it)
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.discord", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--token", help="the bot's token; made up when left out")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.token))


if __name__ == "__main__":
    main()
