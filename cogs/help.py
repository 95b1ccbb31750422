"""/help: made of what is true, so that it cannot go stale."""

from __future__ import annotations

from discord import app_commands

from cogs import texts
from cogs.guild_only import GuildCog
from cogs.ports import Credits, Guilds, Interaction
from cogs.replies import reply
from klapper.kling.model import Catalogue


class HelpCog(GuildCog):
    """One private message."""

    def __init__(self, *, credits: Credits, guilds: Guilds, catalogue: Catalogue) -> None:
        super().__init__(guilds)
        self._credits = credits
        self._catalogue = catalogue

    @app_commands.command(name="help", description=texts.HELP)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def help(self, interaction: Interaction) -> None:
        shown = texts.help_text(self._guilds.rules(), self._catalogue, self._credits.prices())
        await reply(interaction, shown)
