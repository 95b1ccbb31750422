"""/moderate: what a guild's moderators decide. Who may use it is up to Discord's command permissions."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands

from cogs import filter_texts, moderate_texts
from cogs.filtering import Filtering
from cogs.guild_only import GuildCog, in_guilds
from cogs.ports import Guilds, Interaction
from klapper.moderation.term_lists import MOST_NOTE_CHARS, MOST_TERM_CHARS, NewTerm

LONGEST_CATEGORY = 30
LONGEST_TEXT = 4_000

Term = app_commands.Range[str, 1, MOST_TERM_CHARS]
Category = app_commands.Range[str, 1, LONGEST_CATEGORY]
Note = app_commands.Range[str, 1, MOST_NOTE_CHARS]
Text = app_commands.Range[str, 1, LONGEST_TEXT]


class ModerateCog(GuildCog):
    """Every answer is private; each command hands on to the file that is about what it does."""

    group = app_commands.Group(
        name="moderate",
        description=moderate_texts.MODERATE,
        default_permissions=discord.Permissions(moderate_members=True),
        **in_guilds(),
    )
    filter_group = app_commands.Group(name="filter", description=filter_texts.FILTER, parent=group)

    def __init__(self, *, guilds: Guilds, filtering: Filtering) -> None:
        super().__init__(guilds)
        self._filtering = filtering

    @filter_group.command(name="add", description=filter_texts.ADD)
    @app_commands.describe(**filter_texts.ADD_OPTIONS)
    async def add_term(
        self,
        interaction: Interaction,
        term: Term,
        action: Literal["block", "review", "allow"] = "block",
        category: Category = "",
        inflected: bool = False,
        note: Note = "",
    ) -> None:
        await self._filtering.add(interaction, NewTerm(term, action, category, inflected, note))

    @filter_group.command(name="remove", description=filter_texts.REMOVE)
    @app_commands.describe(term=filter_texts.REMOVE_OPTION)
    async def remove_term(self, interaction: Interaction, term: Term) -> None:
        await self._filtering.remove(interaction, term)

    @filter_group.command(name="list", description=filter_texts.LIST)
    async def list_terms(self, interaction: Interaction) -> None:
        await self._filtering.list_terms(interaction)

    @filter_group.command(name="test", description=filter_texts.TEST)
    @app_commands.describe(text=filter_texts.TEST_OPTION)
    async def test_text(self, interaction: Interaction, text: Text) -> None:
        await self._filtering.try_out(interaction, text)

    @filter_group.command(name="import", description=filter_texts.IMPORT)
    @app_commands.describe(file=filter_texts.IMPORT_OPTION)
    async def import_terms(self, interaction: Interaction, file: discord.Attachment) -> None:
        await self._filtering.import_file(interaction, file)

    @filter_group.command(name="export", description=filter_texts.EXPORT)
    async def export_terms(self, interaction: Interaction) -> None:
        await self._filtering.export(interaction)
