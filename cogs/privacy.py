"""/privacy: a member's own data, to have or to have deleted. Every answer is private."""

from __future__ import annotations

import logging

import discord
from discord import app_commands
from discord.ext import commands

from cogs import privacy_texts as texts
from cogs.deleting import said
from cogs.errors import answer_error
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.places import place_here
from cogs.ports import Guilds, Interaction, Privacy
from cogs.replies import UPLOAD_S, DataFile, acknowledge, acknowledge_press, replace, reply
from klapper.errors import DeliveryError
from klapper.messages.privacy_button import build_question
from klapper.messages.rest_calls import RestCalls

DIRECT_S = 5.0

_log = logging.getLogger(__name__)


class PrivacyCog(GuildCog):
    """Keeps: nobody's data but that of who asks is read or deleted, and nothing is deleted without the question."""

    group = app_commands.Group(name="privacy", description=texts.PRIVACY, **in_guilds())

    def __init__(self, *, privacy: Privacy, guilds: Guilds) -> None:
        super().__init__(guilds)
        self._privacy = privacy
        self._calls = RestCalls()

    @group.command(name="export", description=texts.EXPORT)
    async def export(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        place, limit = place_here(interaction), interaction.filesize_limit
        found = await self._privacy.export(guild_id, interaction.user.id, place, limit_bytes=limit)
        if found.content is None:
            await reply(interaction, texts.TOO_LARGE)
            return
        name, words = (texts.PACKED_NAME, texts.PACKED) if found.is_packed else (texts.FILE_NAME, texts.EXPORTED)
        await reply(interaction, words, file=DataFile(name, found.content), within_s=UPLOAD_S)

    @group.command(name="delete", description=texts.DELETE)
    async def delete(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        kept = await self._privacy.kept(guild_id, interaction.user.id)
        if kept.is_forgotten:
            await reply(interaction, texts.FORGOTTEN_ALREADY)
        else:
            await reply(interaction, view=build_question(texts.question(kept)))

    @commands.Cog.listener()
    async def on_delete_all_button(self, interaction: Interaction) -> None:
        """The yes was pressed. Nobody else answers for what goes wrong here."""
        try:
            guild_id = check_served(interaction, self._guilds)
            await acknowledge_press(interaction)
            channel_id = await self._direct_channel(interaction)
            known_again = await self._privacy.delete(guild_id, interaction.user.id, dm_channel_id=channel_id)
            await replace(interaction, said(texts.deleted(known_again)))
        except Exception as error:
            await answer_error(interaction, error)

    async def _direct_channel(self, interaction: Interaction) -> int | None:
        """Where our messages to the member are, which nobody could find any more afterwards."""
        try:
            return await self._calls(_opened(interaction.user), deadline_s=DIRECT_S)
        except DeliveryError as error:
            _log.info("direct messages could not be opened", extra={"reason": error.reason})
            return None


async def _opened(user: discord.User | discord.Member) -> int:
    return (await user.create_dm()).id
