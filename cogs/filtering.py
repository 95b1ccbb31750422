"""How a moderator's words become terms: read what was entered or attached, change the filter, say what counts now."""

from __future__ import annotations

import asyncio

import discord

from cogs import filter_texts
from cogs.guild_only import check_served
from cogs.places import place_here
from cogs.ports import FilterDesk, Guilds, Interaction
from cogs.replies import TextFile, acknowledge, reply
from klapper.errors import RequestRefused
from klapper.messages.discord_errors import is_of_discord
from klapper.moderation.rules import Place
from klapper.moderation.term_lists import NewTerm

LIST_FILE, EXPORT_FILE = "filter.txt", "terms.txt"
FETCH_S = 10.0


class Filtering:
    """Each command is acknowledged before it starts and answered privately."""

    def __init__(self, *, desk: FilterDesk, guilds: Guilds) -> None:
        self._desk = desk
        self._guilds = guilds

    async def add(self, interaction: Interaction, term: NewTerm) -> None:
        guild_id = await self._begin(interaction)
        added = await self._desk.add(guild_id, interaction.user.id, term)
        await reply(interaction, filter_texts.added(added))

    async def remove(self, interaction: Interaction, term: str) -> None:
        guild_id = await self._begin(interaction)
        removed = await self._desk.remove(guild_id, interaction.user.id, term)
        await reply(interaction, filter_texts.removed(removed))

    async def list_terms(self, interaction: Interaction) -> None:
        """As a message, or as a file when it is too long for one."""
        terms = await self._desk.terms(await self._begin(interaction))
        said = filter_texts.listed(terms)
        if said is not None:
            await reply(interaction, said)
            return
        file = TextFile(LIST_FILE, filter_texts.list_file(terms))
        await reply(interaction, filter_texts.list_head(terms), file=file)

    async def try_out(self, interaction: Interaction, text: str) -> None:
        """Here, as somebody without any role would meet it."""
        guild_id = await self._begin(interaction)
        here = place_here(interaction)
        ordinary = Place(here.channel_ids, is_age_restricted=here.is_age_restricted)
        await reply(interaction, filter_texts.trial(await self._desk.try_out(guild_id, text, ordinary)))

    async def import_file(self, interaction: Interaction, file: discord.Attachment) -> None:
        """Raises RequestRefused (`file_too_large`, `no_text_file`, `file_not_fetched`)."""
        guild_id = await self._begin(interaction)
        imported = await self._desk.import_terms(guild_id, interaction.user.id, await _read(file))
        await reply(interaction, filter_texts.imported(imported))

    async def export(self, interaction: Interaction) -> None:
        guild_id = await self._begin(interaction)
        terms = await self._desk.terms(guild_id)
        file = TextFile(EXPORT_FILE, await self._desk.export(guild_id))
        await reply(interaction, filter_texts.exported(len(terms)), file=file)

    async def _begin(self, interaction: Interaction) -> int:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        return guild_id


async def _read(file: discord.Attachment) -> str:
    if file.size > filter_texts.LARGEST_FILE_BYTES:
        raise RequestRefused("file_too_large", filter_texts.TOO_LARGE)
    try:
        async with asyncio.timeout(FETCH_S):
            raw = await file.read()
    except Exception as error:
        if not is_of_discord(error):
            raise
        raise RequestRefused("file_not_fetched", filter_texts.NOT_FETCHED) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestRefused("no_text_file", filter_texts.NO_TEXT_FILE) from error
