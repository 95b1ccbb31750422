"""/video: a description, with pictures or without, becomes a job."""

from __future__ import annotations

from dataclasses import replace

from discord.ext import commands

from cogs import video_texts
from cogs.answering import Answering
from cogs.attachments import attached_images
from cogs.guild_only import check_served, in_guilds
from cogs.options import Values, command
from cogs.permissions import check_channel
from cogs.places import place_here
from cogs.ports import Guilds, Interaction, Preferences
from cogs.video_options import deliver_to, family_choices, video_options, video_request
from klapper.kling.model import Catalogue
from klapper.kling.resolution import refuse_hidden
from klapper.services.submission import Ask


class VideoCog(commands.Cog):
    """Adds the command when the cog is loaded: its options depend on the catalogue."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        catalogue: Catalogue,
        guilds: Guilds,
        preferences: Preferences,
        answering: Answering,
    ) -> None:
        self._bot = bot
        self._catalogue = catalogue
        self._guilds = guilds
        self._preferences = preferences
        self._answering = answering

    async def cog_load(self) -> None:
        options = video_options(self._catalogue)
        self._bot.tree.add_command(command("video", video_texts.VIDEO, options, self.video, **in_guilds()))

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command("video")

    async def video(self, interaction: Interaction, values: Values) -> None:
        """What the command does with the entered options."""
        guild_id = check_served(interaction, self._guilds)
        images = attached_images(values)
        ask = Ask(
            interaction_id=interaction.id,
            guild_id=guild_id,
            channel_id=interaction.channel_id or 0,  # Discord docs: Interaction Structure, given for every command
            user_id=interaction.user.id,
            request=video_request(values, images, self._catalogue),
            place=place_here(interaction),
            deliver_to=deliver_to(values),
            spoiler=bool(values.get("spoiler")),
        )
        await self._refuse_hidden(ask)
        if ask.deliver_to == "here":
            check_channel(interaction)
        await self._answering.answer(interaction, ask, tuple(images.values()))

    async def _refuse_hidden(self, ask: Ask) -> None:
        """An option that is hidden on the model that the member named, or chose as their own default."""
        request = ask.request
        if request.model is None:
            wished = (await self._preferences.of(ask.guild_id, ask.user_id)).model
            if wished in family_choices(self._catalogue):
                request = replace(request, model=wished)
        refuse_hidden(request, self._catalogue)
