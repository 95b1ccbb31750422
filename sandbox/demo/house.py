"""The three processes of the demo: Discord, Segmind and the bot between them."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.folder import DemoFolder, shown_path
from sandbox.processes import Child, Children

ROOT = Path(__file__).parents[2]

ALLOWANCE_CREDITS = 300  # enough for the three short clips of the story, too little for the long one after them
RUN_TIME_S = 6.0  # of a job at Segmind, where it takes minutes
COMMAND_S = 30.0


@dataclass(frozen=True, slots=True)
class House:
    """Where everything is. bot_command: what starts the bot's command line; the URLs are for driver and control."""

    folder: DemoFolder
    bot: Child
    bot_command: tuple[str, ...]
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


async def open_house(children: Children, folder: DemoFolder, bot_command: Sequence[str]) -> House:
    """Start the servers, write the bot's settings, start the bot. Raises ProcessFailed."""
    servers = [
        await children.start(
            name.title(),
            [sys.executable, "-m", f"sandbox.{name}", "--port", "0", *options],
            log=folder.log(name),
            cwd=ROOT,
            announces=True,
        )
        for name, options in (("discord", []), ("segmind", ["--run-time", str(RUN_TIME_S)]))
    ]
    discord, segmind = [await children.announcement(server) for server in servers]
    folder.write_config(
        {
            "discord": {key: discord[key] for key in ("token", "api_url", "gateway_url")},
            "segmind": {
                "api_key": segmind["api_key"],
                "api_url": segmind["api_url"],
                "assets_url": segmind["url"],
                "history_url": segmind["history_url"],
                "download_hosts": [segmind["download_host"]],
            },
            "credits": {"default_allowance": ALLOWANCE_CREDITS},
            "ops": {"port": 0},
        }
    )
    command = [*_with_config(bot_command, folder), "run"]
    bot = await children.start("Klapper", command, log=folder.log("klapper"), env=_environment())
    return House(folder, bot, tuple(bot_command), discord["url"], segmind["url"])


def _with_config(bot_command: Sequence[str], folder: DemoFolder) -> list[str]:
    return [*bot_command, "--config", str(folder.config)]


def _environment() -> dict[str, str]:
    """Without the settings of a real bot: they would win over the demo's file."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KLAPPER_")}


def _shown_word(word: str) -> str:
    return shown_path(word) if Path(word).is_absolute() else word
