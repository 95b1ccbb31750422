"""Drafts: /storyboard, Animate this image, and every press and form in their panels.

Keeps: what a panel shows is what the database says after the press, and nothing is kept between two presses; so a
restart between them changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace as changed

import discord
from discord import app_commands
from discord.ext import commands

from cogs import draft_edits
from cogs.answering import Answering
from cogs.attachments import attached
from cogs.errors import NotServed, about_job, answer_error
from cogs.forms import FormAnswers, read_choice, read_form, read_form_id
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.permissions import check_channel
from cogs.ports import Board, Drafts, Guilds, Intake, Interaction
from cogs.replies import acknowledge, acknowledge_press, replace, reply
from klapper.errors import RequestRefused
from klapper.kling.model import Catalogue
from klapper.messages import card_texts, draft_form_texts, draft_texts
from klapper.messages import draft_controls as controls
from klapper.messages.draft_controls import CUSTOM_ID, Action, read_action
from klapper.messages.draft_forms import build_form
from klapper.messages.draft_panel import build_panel
from klapper.services.drafts import Author, Change, DraftView
from klapper.services.submission import Ask

Step = Callable[[Interaction, DraftView, Action], Awaitable[None]]


class DraftsCog(GuildCog):
    """Every answer is private. A draft that is somebody else's does not exist for whoever presses."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        drafts: Drafts,
        intake: Intake,
        guilds: Guilds,
        answering: Answering,
        board: Board,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(guilds)
        self._bot = bot
        self._drafts = drafts
        self._intake = intake
        self._answering = answering
        self._board = board
        self._catalogue = catalogue
        self._animate = app_commands.ContextMenu(name="Animate this image", callback=self.animate, **in_guilds())

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._animate)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._animate.name, type=self._animate.type)

    # Beginning one

    @app_commands.command(name="storyboard", description=draft_texts.STORYBOARD)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def storyboard(self, interaction: Interaction) -> None:
        check_channel(interaction)
        await self._begin(interaction, await self._drafts.storyboard(_author(interaction)))

    async def animate(self, interaction: Interaction, message: discord.Message) -> None:
        """The message menu: the first image of a message becomes the first image of a draft."""
        guild_id = check_served(interaction, self._guilds)
        check_channel(interaction)
        images = _images(message)
        await self._refuse_message(interaction, guild_id, message, images)
        taken = attached(draft_texts.MENU_IMAGE, images[0])
        await acknowledge(interaction)
        view = await self._drafts.animate(_author(interaction), await self._intake.take(taken))
        preface = draft_texts.FIRST_OF_SEVERAL.format(count=len(images)) if len(images) > 1 else ""
        await self._begin(interaction, view, preface)

    async def _refuse_message(
        self, interaction: Interaction, guild_id: int, message: discord.Message, images: list[discord.Attachment]
    ) -> None:
        if self._bot.user is not None and message.author.id == self._bot.user.id:
            raise RequestRefused("own_message", draft_texts.OWN_MESSAGE)
        if message.author.id != interaction.user.id and not await self._guilds.shares_images(guild_id):
            raise RequestRefused("not_your_image", draft_texts.NOT_YOUR_IMAGE)
        if not images:
            raise RequestRefused("no_image", draft_texts.NO_IMAGE)

    async def _begin(self, interaction: Interaction, view: DraftView, preface: str = "") -> None:
        await reply(interaction, view=build_panel(view, self._catalogue, preface=preface))

    # Presses and forms. Nobody else answers for what goes wrong here.

    @commands.Cog.listener()
    async def on_draft_control(self, interaction: Interaction, draft_id: str, action: str) -> None:
        """A button was pressed or an option chosen."""
        await self._answer(interaction, draft_id, action, self._press)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """A form of a draft was sent; discord.py knows nothing of it."""
        match = CUSTOM_ID.fullmatch(read_form_id(interaction))
        if match is not None:
            await self._answer(interaction, match["draft_id"], match["action"], self._submit)

    async def _answer(self, interaction: Interaction, draft_id: str, text: str, do: Step) -> None:
        """Find the draft before anything else is said; show one that is over as it is."""
        try:
            if interaction.guild_id is not None:
                check_served(interaction, self._guilds)
            view = await self._drafts.show(draft_id, _author(interaction))
            action = read_action(text) or Action("")  # which is none that anybody knows
            await (do(interaction, view, action) if view.is_live else self._show(interaction, view))
        except Exception as error:
            await answer_error(interaction, error)

    async def _press(self, interaction: Interaction, view: DraftView, action: Action) -> None:
        if action.name in controls.FORMS:
            await self._open(interaction, view, action)
        elif action.name in controls.SELECTS:
            await self._change(interaction, view, draft_edits.chosen(action.name, read_choice(interaction)))
        elif action.name == controls.CHANGE:
            await self._change(interaction, view, draft_edits.to_panel)
        elif action.name == controls.CLEAR:
            await self._change(interaction, view, draft_edits.cleared(self._catalogue))
        elif action.name == controls.DISCARD:
            await self._show(interaction, await self._drafts.discard(view.draft.draft_id, _author(interaction)))
        elif action.name == controls.GENERATE:
            await self._generate(interaction, view)
        else:
            raise draft_edits.unknown_control()

    async def _open(self, interaction: Interaction, view: DraftView, action: Action) -> None:
        """Show the form, or the panel as it is now where there is nothing to fill in any more."""
        form = build_form(view, self._catalogue, action)
        if form is None:
            await self._show(interaction, view)
        else:
            await interaction.response.send_modal(form)

    async def _submit(self, interaction: Interaction, view: DraftView, action: Action) -> None:
        answers = read_form(interaction)
        images = await self._take(interaction, answers)
        edit = draft_edits.filled_in(action, answers, images, self._catalogue)
        await self._change(interaction, view, edit.change)
        if edit.complaint is not None:
            raise edit.complaint

    async def _change(self, interaction: Interaction, view: DraftView, change: Change) -> None:
        await self._show(interaction, await self._drafts.change(view.draft.draft_id, _author(interaction), change))

    async def _take(self, interaction: Interaction, answers: FormAnswers) -> draft_edits.Images:
        """The uploaded images' hashes by input. Raises RequestRefused for the first that is none."""
        uploads = {
            name: tuple(attached(draft_form_texts.uploaded(name), file) for file in files)
            for name, files in answers.files.items()
        }
        pending = [one for files in uploads.values() for one in files]
        if not pending:
            return {}
        await acknowledge_press(interaction)
        taken = await self._intake.take_all(pending)
        return {name: tuple(taken[one.key].sha256 for one in files) for name, files in uploads.items()}

    async def _generate(self, interaction: Interaction, view: DraftView) -> None:
        draft_id, author = view.draft.draft_id, _author(interaction)
        await acknowledge_press(interaction)
        try:
            await self._make(interaction, await self._drafts.ask(draft_id, author, interaction.id))
        except Exception:
            await self._show(interaction, await self._drafts.show(draft_id, author))
            raise
        await self._show(interaction, await self._drafts.show(draft_id, author))

    async def _make(self, interaction: Interaction, ask: Ask) -> None:
        if not self._guilds.serves(ask.guild_id):
            raise NotServed
        if interaction.guild_id is None:  # what is let go in a direct message comes there
            ask = changed(ask, deliver_to="dm")
        await self._answering.check_way(interaction, ask)
        await self._answering.make(ask)

    async def _show(self, interaction: Interaction, view: DraftView) -> None:
        if view.became is not None:
            about_job(interaction, view.became.job_id)
        await replace(interaction, build_panel(view, self._catalogue, job_link=await self._job_link(view)))

    async def _job_link(self, view: DraftView) -> str | None:
        job = view.became or view.repeats
        shown = None if job is None else await self._board.view(job.job_id)
        return None if shown is None else card_texts.card_link(shown)


def _author(interaction: Interaction) -> Author:
    return Author(interaction.guild_id or 0, interaction.channel_id or 0, interaction.user.id)


def _images(message: discord.Message) -> list[discord.Attachment]:
    """What looks like a picture. Embeds and links are other people's servers."""
    return [one for one in message.attachments if (one.content_type or "").startswith("image/")]
