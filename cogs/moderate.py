"""/moderate: what a guild's moderators look at and decide. Who may use it is up to Discord's command permissions."""

from __future__ import annotations

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs import moderate_texts
from cogs.cases import check_reviews, moderator_in
from cogs.errors import about_job, answer_error
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.jobs import JobId, tidy_job_id
from cogs.ports import Cases, Guilds, Interaction, Reports
from cogs.replies import acknowledge, replace, reply
from klapper.messages import report_texts
from klapper.messages.case_card import PER_PAGE, build_queue
from klapper.messages.case_forms import REASON_CHARS
from klapper.messages.pages import PagedList
from klapper.services.report_desk import Takedown

Reason = app_commands.Range[str, 1, REASON_CHARS]


class ModerateCog(GuildCog):
    """Every answer is private."""

    group = app_commands.Group(
        name="moderate",
        description=moderate_texts.MODERATE,
        default_permissions=discord.Permissions(moderate_members=True),
        **in_guilds(),
    )

    def __init__(self, *, cases: Cases, reports: Reports, guilds: Guilds) -> None:
        super().__init__(guilds)
        self._cases = cases
        self._reports = reports

    @group.command(name="queue", description=moderate_texts.QUEUE)
    async def queue(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        await reply(interaction, view=await self._page(guild_id, 1))

    @group.command(name="takedown", description=moderate_texts.TAKEDOWN)
    @app_commands.describe(**moderate_texts.TAKEDOWN_OPTIONS)
    async def takedown(
        self, interaction: Interaction, job: JobId, reason: Reason, refund: bool = False, strike: bool = False
    ) -> None:
        guild_id, job_id = check_served(interaction, self._guilds), tidy_job_id(job)
        about_job(interaction, job_id)
        await acknowledge(interaction)
        order = Takedown(reason, refund=refund, strike=strike)
        view = await self._reports.take_down_job(job_id, moderator_in(interaction, guild_id), order)
        await reply(interaction, report_texts.settled(view))

    @commands.Cog.listener()
    async def on_page_button(self, interaction: Interaction, of: PagedList, number: int) -> None:
        """A page of the queue was asked for. Nobody else answers for what goes wrong here."""
        if of is not PagedList.CASES:
            return
        try:
            guild_id = check_served(interaction, self._guilds)
            check_reviews(interaction, await self._cases.rules(guild_id))
            await replace(interaction, await self._page(guild_id, number))
        except Exception as error:
            await answer_error(interaction, error)

    async def _page(self, guild_id: int, number: int) -> ui.LayoutView:
        views = await self._cases.queue(guild_id, skip=(number - 1) * PER_PAGE, rows=PER_PAGE)
        if not views and number > 1:
            return await self._page(guild_id, 1)
        return build_queue(views, total=await self._cases.count(guild_id), number=number)
