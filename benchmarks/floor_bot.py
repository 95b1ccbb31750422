"""The least that a bot on discord.py does for /video: one constant card. `python -m benchmarks.floor_bot API GATEWAY`.

The token comes in FLOOR_TOKEN. The card has the parts of Klapper's and as many letters as `--chars` says; it is made
once, so that nothing but discord.py itself is in the measured time.
"""

from __future__ import annotations

import argparse
import asyncio
import os

import discord
import yarl
from discord import app_commands, ui
from discord.ext import commands


class FloorBot(commands.Bot):
    """Unmodified discord.py with the intents and caches that Klapper has."""

    def __init__(self, card: ui.LayoutView) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            max_messages=None,
            chunk_guilds_at_startup=False,
        )
        self._card = card

    async def setup_hook(self) -> None:
        @self.tree.command(name="video", description="Answers with the same card every time.")
        @app_commands.describe(prompt="What it would show.")
        async def video(interaction: discord.Interaction[FloorBot], prompt: str) -> None:
            await interaction.response.send_message(view=self._card)

        await self.tree.sync()


def constant_card(chars: int) -> ui.LayoutView:
    """A card with the parts of Klapper's: a headline, the request, a line, the state, the small print, two buttons."""
    card: ui.LayoutView = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=0x95A5A6)
    for part in range(3):
        box.add_item(ui.TextDisplay(f"{part} ".ljust(chars // 5, "x")))
    box.add_item(ui.Separator())
    for part in range(3, 5):
        box.add_item(ui.TextDisplay(f"{part} ".ljust(chars // 5, "x")))
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for name in ("cancel", "receipt"):
        row.add_item(ui.Button(label=name, custom_id=f"job:abcdefgh:{name}"))
    box.add_item(row)
    card.add_item(box)
    card.stop()
    return card


async def run(api_url: str, gateway_url: str, token: str, chars: int) -> None:
    """Until the process is ended."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    discord.http.Route.BASE = api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    async with FloorBot(constant_card(chars)) as bot:
        await bot.start(token)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor_bot")
    parser.add_argument("api_url")
    parser.add_argument("gateway_url")
    parser.add_argument("--chars", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(run(given.api_url, given.gateway_url, os.environ["FLOOR_TOKEN"], given.chars))


if __name__ == "__main__":
    main()
