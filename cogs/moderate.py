"""/moderate: what a guild's moderators look at and decide. Who may use it is up to Discord's command permissions."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from cogs import audit_log_texts, moderate_texts
from cogs.audit_log import SEARCH_CHARS, AuditLogPages, search_of
from cogs.case_queue import CaseQueue
from cogs.errors import answer_error
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.ports import Guilds, Interaction
from cogs.replies import acknowledge
from klapper.messages.pages import PagedList

SearchWords = app_commands.Range[str, 1, SEARCH_CHARS]
Days = app_commands.Range[int, 1, 3_650]


class ModerateCog(GuildCog):
    """Every answer is private. A command parses, and what it is about has a file of its own."""

    group = app_commands.Group(
        name="moderate",
        description=moderate_texts.MODERATE,
        default_permissions=discord.Permissions(moderate_members=True),
        **in_guilds(),
    )

    def __init__(self, *, queue: CaseQueue, audit_log: AuditLogPages, guilds: Guilds) -> None:
        super().__init__(guilds)
        self._queue = queue
        self._audit_log = audit_log

    @group.command(name="queue", description=moderate_texts.QUEUE)
    async def queue(self, interaction: Interaction) -> None:
        await self._queue.show(interaction, check_served(interaction, self._guilds))

    @commands.Cog.listener()
    async def on_page_button(self, interaction: Interaction, of: PagedList, number: int) -> None:
        """A page of the queue was asked for. Nobody else answers for what goes wrong here."""
        if of is not PagedList.CASES:
            return
        try:
            await self._queue.turn(interaction, check_served(interaction, self._guilds), number)
        except Exception as error:
            await answer_error(interaction, error)

    @group.command(name="log", description=audit_log_texts.LOG)
    @app_commands.describe(**audit_log_texts.LOG_OPTIONS)
    async def log(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        moderator: discord.User | None = None,
        action: str | None = None,
        search: SearchWords | None = None,
        days: Days | None = None,
        export: bool = False,
    ) -> None:
        guild_id = check_served(interaction, self._guilds)
        wanted = search_of(interaction, member, moderator, action=action, words=search, days=days)
        await acknowledge(interaction)
        answer = self._audit_log.export if export else self._audit_log.show
        await answer(interaction, guild_id, wanted)

    @log.autocomplete("action")
    async def _suggest_action(self, interaction: Interaction, entered: str) -> list[app_commands.Choice[str]]:
        return audit_log_texts.suggested_actions(entered)

    @commands.Cog.listener()
    async def on_search_page_button(self, interaction: Interaction, of: PagedList, number: int, query: str) -> None:
        """A page of what was looked for. Nobody else answers for what goes wrong here."""
        if of is not PagedList.AUDIT:
            return
        try:
            await self._audit_log.turn(interaction, check_served(interaction, self._guilds), number, query)
        except Exception as error:
            await answer_error(interaction, error)
