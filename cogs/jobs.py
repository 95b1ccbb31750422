"""/jobs, and the buttons of the cards."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from cogs import texts
from cogs.errors import about_job, answer_error
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.ports import Board, Guilds, Interaction, Jobs
from cogs.replies import TextFile, acknowledge, reply
from cogs.viewers import viewer_in_guild, viewer_of_job
from klapper.messages import buttons
from klapper.messages.job_card import build_card
from klapper.messages.receipt import build_receipt
from klapper.services.desk import Viewer

PER_PAGE = 8  # two lines each fit in one message
SUGGESTIONS = 25  # Discord docs: Application Commands, choices

JobId = app_commands.Range[str, 1, 40]


class JobsCog(GuildCog):
    """Every answer is private; the card itself follows through the board."""

    group = app_commands.Group(name="jobs", description=texts.JOBS, **in_guilds())

    def __init__(self, *, jobs: Jobs, guilds: Guilds, board: Board) -> None:
        super().__init__(guilds)
        self._jobs = jobs
        self._board = board

    @group.command(name="list", description=texts.JOBS_LIST)
    @app_commands.describe(page=texts.JOBS_OPTIONS["page"])
    async def list_jobs(self, interaction: Interaction, page: app_commands.Range[int, 1, 1000] = 1) -> None:
        views = await self._jobs.list(self._viewer(interaction), skip=(page - 1) * PER_PAGE, rows=PER_PAGE)
        await reply(interaction, texts.job_list(views, page=page, per_page=PER_PAGE))

    @group.command(name="show", description=texts.JOBS_SHOW)
    @app_commands.describe(job=texts.JOBS_OPTIONS["job"])
    async def show(self, interaction: Interaction, job: JobId) -> None:
        job_id = _tidy(job)
        about_job(interaction, job_id)
        view = await self._jobs.show(job_id, self._viewer(interaction))
        # Without buttons: discord.py ends the view of a private message after fifteen minutes.
        await reply(interaction, view=build_card(view, with_buttons=False, for_requester=True))

    @group.command(name="cancel", description=texts.JOBS_CANCEL)
    @app_commands.describe(job=texts.JOBS_OPTIONS["job"])
    async def cancel(self, interaction: Interaction, job: JobId) -> None:
        job_id = _tidy(job)
        about_job(interaction, job_id)
        await acknowledge(interaction)
        await self._cancel(interaction, job_id, self._viewer(interaction))

    @show.autocomplete("job")
    async def _suggest(self, interaction: Interaction, entered: str) -> list[app_commands.Choice[str]]:
        return await self._suggestions(interaction, entered, only_cancellable=False)

    @cancel.autocomplete("job")
    async def _suggest_cancellable(self, interaction: Interaction, entered: str) -> list[app_commands.Choice[str]]:
        return await self._suggestions(interaction, entered, only_cancellable=True)

    @commands.Cog.listener()
    async def on_job_button(self, interaction: Interaction, job_id: str, action: str) -> None:
        """A button of a card was pressed. Nobody else answers for what goes wrong here."""
        try:
            await self._press(interaction, job_id, action)
        except Exception as error:
            await answer_error(interaction, error)

    async def _press(self, interaction: Interaction, job_id: str, action: str) -> None:
        about_job(interaction, job_id)
        await acknowledge(interaction)
        if interaction.guild_id is not None:
            check_served(interaction, self._guilds)
        viewer = await viewer_of_job(interaction, job_id, self._board)
        match action:
            case buttons.CANCEL:
                await self._cancel(interaction, job_id, viewer)
            case buttons.RECEIPT:
                receipt = build_receipt(await self._jobs.receipt(job_id, viewer))
                await reply(interaction, receipt.content, file=TextFile(receipt.file_name, receipt.file_text))
            case _:
                await reply(interaction, texts.UNKNOWN_ACTION)

    async def _cancel(self, interaction: Interaction, job_id: str, viewer: Viewer) -> None:
        await reply(interaction, texts.cancelled(await self._jobs.cancel(job_id, viewer)))

    async def _suggestions(
        self, interaction: Interaction, entered: str, *, only_cancellable: bool
    ) -> list[app_commands.Choice[str]]:
        if interaction.guild_id is None or not self._guilds.serves(interaction.guild_id):
            return []
        views = await self._jobs.list(viewer_in_guild(interaction, interaction.guild_id), rows=SUGGESTIONS)
        wanted = entered.strip().lower()
        return [
            app_commands.Choice(name=texts.job_choice(view), value=view.job.job_id)
            for view in views
            if wanted in texts.job_choice(view).lower() and (texts.may_be_cancelled(view) or not only_cancellable)
        ]

    def _viewer(self, interaction: Interaction) -> Viewer:
        return viewer_in_guild(interaction, check_served(interaction, self._guilds))


def _tidy(job_id: str) -> str:
    """A job id as people copy it: with blanks, quotes or capital letters around it."""
    return job_id.strip(" `'\"").lower()
