"""What the buttons of a job's card do, in the channel and in direct messages."""

from __future__ import annotations

from dataclasses import replace as changed

from discord.ext import commands

from cogs import deleting, job_texts, texts
from cogs.answering import Answering
from cogs.errors import about_job, about_no_job, answer_error
from cogs.guild_only import check_served
from cogs.memberships import Memberships
from cogs.places import place_here
from cogs.ports import Board, Drafts, Guilds, Interaction, Jobs, Submission
from cogs.replies import TextFile, acknowledge, acknowledge_press, replace, reply
from cogs.viewers import viewer_of_job
from klapper.kling.model import Catalogue
from klapper.messages import buttons
from klapper.messages.draft_panel import build_panel
from klapper.messages.receipt import build_receipt
from klapper.moderation.rules import Place
from klapper.services.desk import Viewer


class CardsCog(commands.Cog):
    """Every answer is private; the card itself follows through the board. What a press may do, the desk decides."""

    def __init__(
        self,
        *,
        submission: Submission,
        jobs: Jobs,
        drafts: Drafts,
        guilds: Guilds,
        board: Board,
        memberships: Memberships,
        answering: Answering,
        catalogue: Catalogue,
    ) -> None:
        self._submission = submission
        self._jobs = jobs
        self._drafts = drafts
        self._guilds = guilds
        self._board = board
        self._memberships = memberships
        self._answering = answering
        self._catalogue = catalogue

    @commands.Cog.listener()
    async def on_job_button(self, interaction: Interaction, job_id: str, action: str) -> None:
        """A button of a card was pressed. Nobody else answers for what goes wrong here."""
        if action == buttons.REPORT:
            return  # `ReportsCog`
        try:
            await self._press(interaction, job_id, action)
        except Exception as error:
            await answer_error(interaction, error)

    async def _press(self, interaction: Interaction, job_id: str, action: str) -> None:
        about_job(interaction, job_id)
        await (acknowledge_press(interaction) if action == deleting.DELETE_YES else acknowledge(interaction))
        if interaction.guild_id is not None:
            check_served(interaction, self._guilds)
        viewer = await viewer_of_job(interaction, job_id, self._board)
        match action:
            case buttons.CANCEL:
                await reply(interaction, job_texts.cancelled(await self._jobs.cancel(job_id, viewer)))
            case buttons.RECEIPT:
                receipt = build_receipt(await self._jobs.receipt(job_id, viewer))
                await reply(interaction, receipt.content, file=TextFile(receipt.file_name, receipt.file_text))
            case buttons.AGAIN:
                await self._again(interaction, job_id, viewer)
            case buttons.EDIT:
                await self._edit(interaction, job_id, viewer)
            case buttons.DELETE:
                await reply(interaction, view=deleting.delete_question(await self._jobs.show(job_id, viewer)))
            case deleting.DELETE_YES:
                view = await self._jobs.delete(job_id, viewer)
                await replace(interaction, deleting.said(job_texts.deleted(view)))
            case _:
                await reply(interaction, texts.UNKNOWN_ACTION)

    async def _again(self, interaction: Interaction, job_id: str, viewer: Viewer) -> None:
        channel_id, place = await self._where(interaction, job_id, viewer)
        ask = await self._jobs.again(job_id, viewer, interaction_id=interaction.id, channel_id=channel_id, place=place)
        about_no_job(interaction)  # from here on it is about another one
        if interaction.guild_id is None:  # what is asked for in a direct message comes there
            ask = changed(ask, deliver_to="dm")
        await self._answering.check_way(interaction, ask)
        await self._answering.tell(interaction, await self._answering.make(ask))

    async def _edit(self, interaction: Interaction, job_id: str, viewer: Viewer) -> None:
        channel_id, place = await self._where(interaction, job_id, viewer)
        await self._submission.may_begin(viewer.guild_id, viewer.user_id, place)  # before anybody writes in vain
        view = await self._drafts.edit(job_id, viewer, channel_id, place)
        await reply(interaction, view=build_panel(view, self._catalogue))

    async def _where(self, interaction: Interaction, job_id: str, viewer: Viewer) -> tuple[int, Place]:
        """Where a new job belongs: this channel of the guild, or in a direct message that of the old job.

        Raises RequestRefused and NotServed where the member may not make any (more).
        """
        if interaction.guild_id is not None:
            return interaction.channel_id or 0, place_here(interaction)
        job = (await self._jobs.show(job_id, viewer)).job
        return job.channel_id, await self._memberships.place(interaction, job.guild_id, job.channel_id)
