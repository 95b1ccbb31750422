"""Where commands exist: in guilds that installed the bot, and that its operator serves."""

from __future__ import annotations

from typing import Any

from discord import app_commands
from discord.ext import commands

from cogs.errors import NotServed
from cogs.ports import Guilds, Interaction


def in_guilds() -> dict[str, Any]:
    """Arguments of a command or group that exists in guilds only."""
    return {
        "allowed_contexts": app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        "allowed_installs": app_commands.AppInstallationType(guild=True, user=False),
    }


def check_served(interaction: Interaction, guilds: Guilds) -> int:
    """The guild's id. Raises NoPrivateMessage outside of guilds, NotServed in one that is not served."""
    if interaction.guild_id is None:
        raise app_commands.NoPrivateMessage
    if not guilds.serves(interaction.guild_id):
        raise NotServed
    return interaction.guild_id


class GuildCog(commands.Cog):
    """A cog whose commands are refused where Klapper does not serve."""

    def __init__(self, guilds: Guilds) -> None:
        self._guilds = guilds

    async def interaction_check(self, interaction: Interaction, /) -> bool:  # type: ignore[override]
        check_served(interaction, self._guilds)
        return True
