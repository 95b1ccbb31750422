"""`python -m sandbox.segmind`: one JSON line with the addresses and the key, then serve until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from sandbox.segmind.server import SandboxSegmind


async def serve(server: SandboxSegmind) -> None:
    """Say where it is, and stay until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with server:
        print(json.dumps(announcement(server)), flush=True)  # noqa: T201 - the line is the interface
        await stop.wait()


def announcement(server: SandboxSegmind) -> dict[str, str]:
    """What a parent process needs to know."""
    host = server.url.removeprefix("http://").partition(":")[0]
    return {
        "url": server.url,
        "api_url": server.url,
        "assets_url": server.url,
        "history_url": server.url,
        "control_url": server.url,
        "download_host": host,
        "api_key": server.api_key,
    }


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.segmind", description="Segmind's v2 API on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--speed", type=float, default=60.0, help="provider seconds per second")
    parser.add_argument("--run-time", type=float, default=None, help="seconds that every job takes")
    parser.add_argument("--balance", type=float, default=100.0, help="dollars on the account")
    parser.add_argument("--key", default=None, help="the API key; default: a new one")
    given = parser.parse_args()
    server = SandboxSegmind(
        port=given.port,
        api_key=given.key,
        speed=given.speed,
        run_time_s=given.run_time,
        balance_usd=given.balance,
    )
    asyncio.run(serve(server))


if __name__ == "__main__":
    main()
