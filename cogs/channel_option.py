"""An option of a command that is a channel with rules of its own: whatever members can ask in, and categories."""

from __future__ import annotations

import discord
from discord import AppCommandOptionType, app_commands

from cogs.ports import Interaction

RuledChannel = (
    discord.TextChannel
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.ForumChannel
    | discord.CategoryChannel
    | discord.Thread
)


class ChannelOption(app_commands.Transformer):
    """Resolves to the channel itself. discord.py would offer media channels beside forums, which Discord's own
    description of its API does not have among the types of an option.
    """

    @property
    def type(self) -> AppCommandOptionType:
        return AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        kinds = discord.ChannelType
        in_channels = [kinds.text, kinds.news, kinds.voice, kinds.stage_voice, kinds.forum, kinds.category]
        return [*in_channels, kinds.news_thread, kinds.public_thread, kinds.private_thread]

    async def transform(  # type: ignore[override]
        self, interaction: Interaction, value: app_commands.AppCommandChannel | app_commands.AppCommandThread, /
    ) -> RuledChannel:
        """Raises TransformerError for one that the bot does not see."""
        channel = value.resolve()
        if not isinstance(channel, RuledChannel):
            raise app_commands.TransformerError(value, self.type, self)
        return channel
