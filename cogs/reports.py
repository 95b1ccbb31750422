"""Reports by members: the card's button, the message menu, and the form behind both. Every answer is private."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from cogs.errors import about_job, answer_error
from cogs.forms import read_form, read_form_id
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.ports import Guilds, Interaction, Reporting
from cogs.replies import acknowledge, reply
from klapper.errors import RequestRefused
from klapper.messages import buttons, own_messages, report_forms, report_texts
from klapper.services.desk import Viewer


class ReportsCog(GuildCog):
    """Keeps: whatever a member presses, the service decides at that moment whether there is something to report."""

    def __init__(self, bot: commands.Bot, *, reporting: Reporting, guilds: Guilds) -> None:
        super().__init__(guilds)
        self._bot = bot
        self._reporting = reporting
        self._menu = app_commands.ContextMenu(name="Report this clip", callback=self.choose, **in_guilds())

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    async def choose(self, interaction: Interaction, message: discord.Message) -> None:
        """The message menu, on any message of Klapper's that belongs to a job."""
        await self._ask(interaction, await self._job_of(message))

    @commands.Cog.listener()
    async def on_job_button(self, interaction: Interaction, job_id: str, action: str) -> None:
        """Report was pressed on a card; the other buttons are with `CardsCog`."""
        if action != buttons.REPORT:
            return
        try:
            await self._ask(interaction, job_id)
        except Exception as error:
            await answer_error(interaction, error)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """The form was sent; discord.py knows nothing of it."""
        match = buttons.CUSTOM_ID.fullmatch(read_form_id(interaction))
        if match is None or match["action"] != buttons.REPORT:
            return
        try:
            await self._report(interaction, match["job_id"])
        except Exception as error:
            await answer_error(interaction, error)

    async def _job_of(self, message: discord.Message) -> str:
        """Raises RequestRefused (`no_clip_of_ours`)."""
        if self._bot.user is None or message.author.id != self._bot.user.id:
            raise RequestRefused("no_clip_of_ours", report_texts.NO_CLIP_OF_OURS)
        job_id = own_messages.job_of_card(message)
        job_id = job_id or await self._reporting.job_of(message.id) or own_messages.job_named(message)
        if job_id is None:
            raise RequestRefused("no_clip_of_ours", report_texts.NO_CLIP_OF_OURS)
        return job_id

    async def _ask(self, interaction: Interaction, job_id: str) -> None:
        about_job(interaction, job_id)
        await self._reporting.check(job_id, self._viewer(interaction))  # before anybody writes a reason in vain
        await interaction.response.send_modal(report_forms.build_report_form(job_id))

    async def _report(self, interaction: Interaction, job_id: str) -> None:
        about_job(interaction, job_id)
        viewer = self._viewer(interaction)
        await acknowledge(interaction)
        answers = read_form(interaction, report_forms.INPUTS)
        words = answers.texts.get(report_forms.REASON, "").strip()[: report_forms.REASON_CHARS]
        if not words:
            raise RequestRefused("no_words", report_texts.NO_WORDS)
        await self._reporting.report(job_id, viewer, words)
        await reply(interaction, report_texts.THANKS)

    def _viewer(self, interaction: Interaction) -> Viewer:
        return Viewer(check_served(interaction, self._guilds), interaction.user.id)
