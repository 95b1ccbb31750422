"""The three processes of the demo: Discord with its page, Segmind, and the bot between them."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.demo.bot_door import BotDoor
from sandbox.demo.demo_bot import DemoBot
from sandbox.demo.folder import DemoFolder, shown_path
from sandbox.processes import Children

ROOT = Path(__file__).parents[2]

COMMAND_S = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of a demo it is. segmind: options of Segmind's command line; port: of the page, 0 takes a free one."""

    allowance_credits: int
    segmind: tuple[str, ...]
    port: int = 0


@dataclass(frozen=True, slots=True)
class House:
    """Where everything is. bot_command: what starts the bot's command line; discord_url is the page's address, too."""

    folder: DemoFolder
    bot: DemoBot
    bot_command: tuple[str, ...]
    allowance_credits: int
    discord_url: str
    segmind_url: str

    def command_line(self, *arguments: str) -> str:
        """How somebody in this working directory types a command of the bot."""
        words = [_shown_word(word) for word in _with_config(self.bot_command, self.folder)]
        return shlex.join([*words, *arguments])

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run a command of the bot beside the running bot: exit code and output. Raises TimeoutError."""
        process = await asyncio.create_subprocess_exec(
            *_with_config(self.bot_command, self.folder),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(COMMAND_S):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        return process.returncode or 0, output.decode(errors="replace")


@asynccontextmanager
async def open_house(
    children: Children, folder: DemoFolder, bot_command: Sequence[str], plan: Plan
) -> AsyncIterator[House]:
    """Start the servers and write the settings of the bot, which is still to begin. Raises ProcessFailed."""
    command = [*_with_config(bot_command, folder), "run"]
    bot = DemoBot(children, command, folder.log("klapper"), _environment())
    async with BotDoor(bot) as door:
        segmind = await _server(children, folder, "segmind", *plan.segmind)
        behind = {"segmind": f"{segmind['control_url']}/sandbox", "bot": door.url}
        backstage = [f"--backstage={name}={url}" for name, url in behind.items()]
        discord = await _server(children, folder, "discord", "--demo", *backstage, port=plan.port)
        folder.write_config(_settings(discord, segmind, plan))
        yield House(folder, bot, tuple(bot_command), plan.allowance_credits, discord["url"], segmind["url"])


async def _server(children: Children, folder: DemoFolder, name: str, *options: str, port: int = 0) -> dict[str, Any]:
    """Start one of the sandbox's servers; what it says of itself."""
    command = [sys.executable, "-m", f"sandbox.{name}", "--port", str(port), *options]
    server = await children.start(name.title(), command, log=folder.log(name), cwd=ROOT, announces=True)
    return await children.announcement(server)


def _settings(discord: dict[str, Any], segmind: dict[str, Any], plan: Plan) -> dict[str, dict[str, Any]]:
    return {
        "discord": {key: discord[key] for key in ("token", "api_url", "gateway_url")},
        "segmind": {
            "api_key": segmind["api_key"],
            "api_url": segmind["api_url"],
            "assets_url": segmind["url"],
            "history_url": segmind["history_url"],
            "download_hosts": [segmind["download_host"]],
        },
        "credits": {"default_allowance": plan.allowance_credits},
        "ops": {"port": 0},
    }


def _with_config(bot_command: Sequence[str], folder: DemoFolder) -> list[str]:
    return [*bot_command, "--config", str(folder.config)]


def _environment() -> dict[str, str]:
    """Without the settings of a real bot: they would win over the demo's file."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KLAPPER_")}


def _shown_word(word: str) -> str:
    return shown_path(word) if Path(word).is_absolute() else word
