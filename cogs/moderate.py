"""/moderate: what a guild's moderators look at and decide. Who may use it is up to Discord's command permissions."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from cogs import audit_log_texts, filter_texts, member_texts, moderate_texts
from cogs.audit_log import SEARCH_CHARS, AuditLogPages, search_of
from cogs.blocked_images import BlockedImages
from cogs.case_queue import CaseQueue
from cogs.cases import moderator_in
from cogs.errors import about_job, answer_error
from cogs.filtering import Filtering
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.jobs import JobId, tidy_job_id
from cogs.member_records import LONGEST_PAUSE_HOURS, REASON_CHARS, MemberRecords
from cogs.ports import Guilds, Interaction, Reports
from cogs.replies import acknowledge, reply
from klapper.messages import report_texts
from klapper.messages.pages import PagedList
from klapper.moderation.term_lists import MOST_NOTE_CHARS, MOST_TERM_CHARS, NewTerm
from klapper.services.report_desk import Takedown

LONGEST_CATEGORY = 30
LONGEST_TEXT = 4_000

SearchWords = app_commands.Range[str, 1, SEARCH_CHARS]
Days = app_commands.Range[int, 1, 3_650]
Hours = app_commands.Range[int, 0, LONGEST_PAUSE_HOURS]
Reason = app_commands.Range[str, 1, REASON_CHARS]
Term = app_commands.Range[str, 1, MOST_TERM_CHARS]
Category = app_commands.Range[str, 1, LONGEST_CATEGORY]
Note = app_commands.Range[str, 1, MOST_NOTE_CHARS]
Text = app_commands.Range[str, 1, LONGEST_TEXT]


class ModerateCog(GuildCog):
    """Every answer is private. A command parses, and what it is about has a file of its own.

    Members are named as users, so that one who has left can be named as well.
    """

    group = app_commands.Group(
        name="moderate",
        description=moderate_texts.MODERATE,
        default_permissions=discord.Permissions(moderate_members=True),
        **in_guilds(),
    )
    filter_group = app_commands.Group(name="filter", description=filter_texts.FILTER, parent=group)

    def __init__(
        self,
        *,
        queue: CaseQueue,
        reports: Reports,
        records: MemberRecords,
        filtering: Filtering,
        audit_log: AuditLogPages,
        blocked_images: BlockedImages,
        guilds: Guilds,
    ) -> None:
        super().__init__(guilds)
        self._queue = queue
        self._reports = reports
        self._records = records
        self._filtering = filtering
        self._audit_log = audit_log
        self._blocked_images = blocked_images

    @group.command(name="queue", description=moderate_texts.QUEUE)
    async def queue(self, interaction: Interaction) -> None:
        await self._queue.show(interaction, check_served(interaction, self._guilds))

    @group.command(name="takedown", description=moderate_texts.TAKEDOWN)
    @app_commands.describe(**moderate_texts.TAKEDOWN_OPTIONS)
    async def takedown(
        self, interaction: Interaction, job: JobId, reason: Reason, refund: bool = False, strike: bool = False
    ) -> None:
        guild_id, job_id = check_served(interaction, self._guilds), tidy_job_id(job)
        about_job(interaction, job_id)
        await acknowledge(interaction)
        await self._queue.check(interaction, guild_id)
        order = Takedown(reason, refund=refund, strike=strike)
        view = await self._reports.take_down_job(job_id, moderator_in(interaction, guild_id), order)
        await reply(interaction, report_texts.settled(view))

    @commands.Cog.listener()
    async def on_page_button(self, interaction: Interaction, of: PagedList, number: int) -> None:
        """A page of the queue, or of the blocked images. Nobody else answers for what goes wrong here."""
        if of not in (PagedList.CASES, PagedList.IMAGES):
            return
        pages = self._queue if of is PagedList.CASES else self._blocked_images
        try:
            await pages.turn(interaction, check_served(interaction, self._guilds), number)
        except Exception as error:
            await answer_error(interaction, error)

    @group.command(name="images", description=moderate_texts.IMAGES)
    async def images(self, interaction: Interaction) -> None:
        await self._blocked_images.show(interaction, check_served(interaction, self._guilds))

    @commands.Cog.listener()
    async def on_unblock_button(self, interaction: Interaction, block_id: int) -> None:
        """An image is to go off the list. Nobody else answers for what goes wrong here."""
        try:
            await self._blocked_images.unblock(interaction, check_served(interaction, self._guilds), block_id)
        except Exception as error:
            await answer_error(interaction, error)

    @group.command(name="record", description=member_texts.RECORD)
    @app_commands.describe(member=member_texts.RECORD_MEMBER)
    async def record(self, interaction: Interaction, member: discord.User) -> None:
        await self._records.show(interaction, member)

    @group.command(name="block", description=member_texts.BLOCK)
    @app_commands.describe(**member_texts.BLOCK_OPTIONS)
    async def block(self, interaction: Interaction, member: discord.User, reason: Reason) -> None:
        await self._records.block(interaction, member, reason)

    @group.command(name="unblock", description=member_texts.UNBLOCK)
    @app_commands.describe(member=member_texts.UNBLOCK_MEMBER)
    async def unblock(self, interaction: Interaction, member: discord.User) -> None:
        await self._records.unblock(interaction, member)

    @group.command(name="pause", description=member_texts.PAUSE)
    @app_commands.describe(**member_texts.PAUSE_OPTIONS)
    async def pause(
        self, interaction: Interaction, member: discord.User, hours: Hours, reason: Reason | None = None
    ) -> None:
        await self._records.pause(interaction, member, hours, reason or "")

    @group.command(name="pardon", description=member_texts.PARDON)
    @app_commands.describe(**member_texts.PARDON_OPTIONS)
    async def pardon(self, interaction: Interaction, member: discord.User, reason: Reason) -> None:
        await self._records.pardon(interaction, member, reason)

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
