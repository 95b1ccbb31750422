"""/jobs: a member's own jobs. Every answer is private."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as replaced
from functools import partial

from discord import app_commands, ui
from discord.ext import commands

from cogs import job_texts
from cogs.errors import about_job, answer_error
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.in_time import InTime
from cogs.ports import Guilds, Interaction, Jobs, Recovery
from cogs.replies import acknowledge, replace, reply, reply_with_clip
from cogs.viewers import viewer_in_guild
from klapper.errors import RequestRefused
from klapper.jobs.job import is_job_id
from klapper.messages.job_card import build_card
from klapper.messages.pages import Page, PagedList, build_page
from klapper.services.desk import Viewer
from klapper.services.recovery import Recovered, StillThere
from klapper.services.views import JobView

PER_PAGE = 8
SEARCHED = 100  # of a member's newest jobs, for the suggestions
SUGGESTIONS = 25  # Discord docs: Application Commands, choices

JobId = app_commands.Range[str, 1, 40]


class JobsCog(GuildCog):
    """Looks jobs up and takes them back; the buttons of the cards are with `CardsCog`."""

    group = app_commands.Group(name="jobs", description=job_texts.JOBS, **in_guilds())

    def __init__(self, *, jobs: Jobs, recovery: Recovery, guilds: Guilds, in_time: InTime) -> None:
        super().__init__(guilds)
        self._jobs = jobs
        self._recovery = recovery
        self._in_time = in_time

    @group.command(name="list", description=job_texts.LIST)
    async def list_jobs(self, interaction: Interaction) -> None:
        await reply(interaction, view=await self._page(self._viewer(interaction), 1))

    @group.command(name="show", description=job_texts.SHOW)
    @app_commands.describe(job=job_texts.JOB_OPTION)
    async def show(self, interaction: Interaction, job: JobId) -> None:
        job_id = await self._named(interaction, job)
        about_job(interaction, job_id)
        view = await self._jobs.show(job_id, self._viewer(interaction))
        await reply(interaction, view=build_card(view, with_buttons=False, for_requester=True))

    @group.command(name="cancel", description=job_texts.CANCEL)
    @app_commands.describe(job=job_texts.JOB_OPTION)
    async def cancel(self, interaction: Interaction, job: JobId) -> None:
        await acknowledge(interaction)
        job_id = await self._named(interaction, job)
        about_job(interaction, job_id)
        await reply(interaction, job_texts.cancelled(await self._jobs.cancel(job_id, self._viewer(interaction))))

    @group.command(name="recover", description=job_texts.RECOVER)
    @app_commands.describe(job=job_texts.JOB_OPTION)
    async def recover(self, interaction: Interaction, job: JobId) -> None:
        job_id, viewer = await self._named(interaction, job), self._viewer(interaction)
        about_job(interaction, job_id)
        recovering = self._recovery.recover(job_id, viewer, limit_bytes=interaction.filesize_limit)
        found = await self._in_time(recovering, partial(acknowledge, interaction))
        if isinstance(found, StillThere):
            await reply(interaction, job_texts.still_there(found))
        elif await self._hand_over(interaction, found):
            await self._recovery.handed_over(job_id, viewer)

    @show.autocomplete("job")
    async def _suggest(self, interaction: Interaction, entered: str) -> list[app_commands.Choice[str]]:
        return await self._suggestions(interaction, entered, lambda view: True)

    @cancel.autocomplete("job")
    async def _suggest_cancellable(self, interaction: Interaction, entered: str) -> list[app_commands.Choice[str]]:
        return await self._suggestions(interaction, entered, job_texts.may_be_cancelled)

    @recover.autocomplete("job")
    async def _suggest_recoverable(self, interaction: Interaction, entered: str) -> list[app_commands.Choice[str]]:
        return await self._suggestions(interaction, entered, job_texts.may_be_recovered)

    @commands.Cog.listener()
    async def on_page_button(self, interaction: Interaction, of: PagedList, number: int) -> None:
        """A page of the list was asked for. Nobody else answers for what goes wrong here."""
        if of is not PagedList.JOBS:
            return
        try:
            await replace(interaction, await self._page(self._viewer(interaction), number))
        except Exception as error:
            await answer_error(interaction, error)

    async def _hand_over(self, interaction: Interaction, found: Recovered) -> bool:
        """Whether the clip, or its link where the file is not taken, got through."""
        if found.clip is not None:
            if await reply_with_clip(interaction, job_texts.recovered(found), found.clip, found.view.job):
                return True
            found = replaced(found, clip=None)
        return await reply(interaction, job_texts.recovered(found))

    async def _page(self, viewer: Viewer, number: int) -> ui.LayoutView:
        views = await self._jobs.list(viewer, skip=(number - 1) * PER_PAGE, rows=PER_PAGE + 1)
        if not views and number > 1:
            return await self._page(viewer, 1)
        page = Page(PagedList.JOBS, number, has_older=len(views) > PER_PAGE)
        return build_page(job_texts.job_list(views[:PER_PAGE]), page)

    async def _suggestions(
        self, interaction: Interaction, entered: str, is_offered: Callable[[JobView], bool]
    ) -> list[app_commands.Choice[str]]:
        if interaction.guild_id is None or not self._guilds.serves(interaction.guild_id):
            return []
        views = await self._jobs.list(viewer_in_guild(interaction, interaction.guild_id), rows=SEARCHED)
        meant = [view for view in views if job_texts.is_meant(view, entered)]
        offered = [view for view in meant if is_offered(view)]
        return [
            app_commands.Choice(name=job_texts.choice(view), value=view.job.job_id) for view in offered[:SUGGESTIONS]
        ]

    async def _named(self, interaction: Interaction, entered: str) -> str:
        """The id of the job that was entered: an id, or words that only one of the member's jobs has.

        Raises RequestRefused (`several_jobs`).
        """
        job_id = tidy_job_id(entered)
        if is_job_id(job_id):
            return job_id
        views = await self._jobs.list(self._viewer(interaction), rows=SEARCHED)
        meant = [view.job.job_id for view in views if job_texts.is_meant(view, entered)]
        if len(meant) > 1:
            raise RequestRefused("several_jobs", job_texts.several(len(meant)))
        return meant[0] if meant else job_id

    def _viewer(self, interaction: Interaction) -> Viewer:
        return viewer_in_guild(interaction, check_served(interaction, self._guilds))


def tidy_job_id(job_id: str) -> str:
    """A job id as people copy it: with blanks, quotes or capital letters around it."""
    return job_id.strip(" `'\"").lower()
