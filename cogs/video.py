"""/video: a description becomes a job."""

from __future__ import annotations

import inspect
from typing import Any

from discord import app_commands
from discord.ext import commands

from cogs import texts
from cogs.answering import Answering
from cogs.guild_only import check_served, in_guilds
from cogs.permissions import check_channel
from cogs.ports import Guilds, Interaction
from cogs.video_options import Option, deliver_to, video_options, video_request
from klapper.kling.model import Catalogue
from klapper.services.submission import Ask


class VideoCog(commands.Cog):
    """Adds the command when the cog is loaded: its options depend on the catalogue."""

    def __init__(self, bot: commands.Bot, *, catalogue: Catalogue, guilds: Guilds, answering: Answering) -> None:
        self._bot = bot
        self._catalogue = catalogue
        self._guilds = guilds
        self._answering = answering

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._command())

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command("video")

    async def video(self, interaction: Interaction, values: dict[str, Any]) -> None:
        """What the command does with the entered options."""
        guild_id = check_served(interaction, self._guilds)
        place = deliver_to(values)
        request = video_request(values, self._catalogue)
        if place == "here":
            check_channel(interaction)
        assert interaction.channel_id is not None  # Discord docs: Interaction Structure, given for every command
        ask = Ask(interaction.id, guild_id, interaction.channel_id, interaction.user.id, request, place)
        await self._answering.answer(interaction, ask)

    def _command(self) -> app_commands.Command[Any, ..., None]:
        async def callback(interaction: Interaction, **values: Any) -> None:
            await self.video(interaction, values)

        options = video_options(self._catalogue)
        callback.__signature__ = _signature(options)  # type: ignore[attr-defined]
        app_commands.describe(**{option.name: option.description for option in options})(callback)
        return app_commands.Command(name="video", description=texts.VIDEO, callback=callback, **in_guilds())


def _signature(options: tuple[Option, ...]) -> inspect.Signature:
    """What discord.py reads the options from."""
    interaction = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return inspect.Signature([interaction, *(option.parameter() for option in options)])
