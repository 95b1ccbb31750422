"""`python -m sandbox.discord --port 0`: one JSON line with the addresses, then serving until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from sandbox.discord.defaults import default_world, demo_world
from sandbox.discord.server import SandboxDiscord


async def serve(server: SandboxDiscord) -> None:
    """Says where it is, and stays until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with server:
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
    parser.add_argument("--demo", action="store_true", help="the world of the demo")
    parser.add_argument(
        "--backstage",
        action="append",
        default=[],
        type=_service,
        metavar="NAME=URL",
        help="what the page reaches at /backstage/NAME",
    )
    given = parser.parse_args()
    world = demo_world if given.demo else default_world
    try:
        asyncio.run(serve(SandboxDiscord(world(token=given.token), port=given.port, backstage=dict(given.backstage))))
    except OSError as error:
        sys.exit(f"Port {given.port} cannot be used: {error.strerror}.")


def _service(text: str) -> tuple[str, str]:
    name, separator, url = text.partition("=")
    if not name or not separator or not url.startswith("http://"):
        raise argparse.ArgumentTypeError("must be NAME=URL with an http:// address")
    return name, url


if __name__ == "__main__":
    main()
