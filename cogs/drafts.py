"""Drafts: /storyboard, Animate this image, and every press and form in their panels.

Keeps: what a panel shows is what the database says after the press, and nothing is kept between two presses; so a
restart between them changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs import texts
from cogs.attachments import attached, images_of
from cogs.draft_steps import DraftSteps, Outcome, author_of
from cogs.errors import answer_error
from cogs.forms import read_form_id
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.in_time import InTime
from cogs.permissions import check_channel
from cogs.places import place_here
from cogs.ports import Drafts, Guilds, Intake, Interaction, Submission
from cogs.replies import acknowledge, acknowledge_press, replace, reply
from klapper.errors import RequestRefused
from klapper.kling.model import Catalogue
from klapper.messages import draft_texts
from klapper.messages.draft_controls import CUSTOM_ID
from klapper.messages.draft_option_texts import in_panel_words
from klapper.messages.draft_panel import build_panel
from klapper.services.drafts import DraftView

Do = Callable[[Interaction, str, str], Coroutine[Any, Any, Outcome]]


class DraftsCog(GuildCog):
    """Every answer is private and in time. A draft that is somebody else's does not exist for whoever presses."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        submission: Submission,
        drafts: Drafts,
        intake: Intake,
        guilds: Guilds,
        steps: DraftSteps,
        in_time: InTime,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(guilds)
        self._bot = bot
        self._submission = submission
        self._drafts = drafts
        self._intake = intake
        self._steps = steps
        self._in_time = in_time
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
        await self._begin(interaction, self._storyboard(interaction))

    async def _storyboard(self, interaction: Interaction) -> DraftView:
        author = author_of(interaction)
        await self._submission.may_begin(author.guild_id, author.user_id, place_here(interaction))
        return await self._drafts.storyboard(author)

    async def animate(self, interaction: Interaction, message: discord.Message) -> None:
        """The message menu: the first image of a message becomes the first image of a draft."""
        guild_id = check_served(interaction, self._guilds)
        check_channel(interaction)
        images = images_of(message)
        preface = draft_texts.FIRST_OF_SEVERAL.format(count=len(images)) if len(images) > 1 else ""
        await self._begin(interaction, self._animated(interaction, guild_id, message, images), preface)

    async def _animated(
        self, interaction: Interaction, guild_id: int, message: discord.Message, images: list[discord.Attachment]
    ) -> DraftView:
        await self._refuse_message(interaction, guild_id, message, images)
        await self._submission.may_begin(guild_id, interaction.user.id, place_here(interaction))
        try:
            image = await self._intake.take(attached(draft_texts.MENU_IMAGE, images[0]), interaction.user.id)
        except RequestRefused as refusal:
            raise RequestRefused(refusal.code, draft_texts.of_posted_image(refusal.sentence)) from refusal
        return await self._drafts.animate(author_of(interaction), image)

    async def _refuse_message(
        self, interaction: Interaction, guild_id: int, message: discord.Message, images: list[discord.Attachment]
    ) -> None:
        if self._bot.user is not None and message.author.id == self._bot.user.id:
            raise RequestRefused("own_message", draft_texts.OWN_MESSAGE)
        if message.author.id != interaction.user.id and not await self._guilds.shares_images(guild_id):
            raise RequestRefused("not_your_image", draft_texts.NOT_YOUR_IMAGE)
        if not images:
            raise RequestRefused("no_image", draft_texts.NO_IMAGE)

    async def _begin(self, interaction: Interaction, work: Coroutine[Any, Any, DraftView], preface: str = "") -> None:
        view = await self._in_time(work, partial(acknowledge, interaction))
        await reply(interaction, view=build_panel(view, self._catalogue, preface=preface))

    # Presses and forms. Nobody else answers for what goes wrong here.

    @commands.Cog.listener()
    async def on_draft_control(self, interaction: Interaction, draft_id: str, action: str) -> None:
        """A button was pressed or an option chosen."""
        await self._answer(interaction, draft_id, action, self._steps.press)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """A form of a draft was sent; discord.py knows nothing of it."""
        match = CUSTOM_ID.fullmatch(read_form_id(interaction))
        if match is not None:
            await self._answer(interaction, match["draft_id"], match["action"], self._steps.submit)

    async def _answer(self, interaction: Interaction, draft_id: str, text: str, do: Do) -> None:
        try:
            if interaction.guild_id is not None:
                check_served(interaction, self._guilds)
            outcome = await self._in_time(do(interaction, draft_id, text), partial(acknowledge_press, interaction))
            await self._show(interaction, outcome.shown)
            if outcome.trouble is not None:
                await answer_error(interaction, _in_panel_words(outcome.trouble, outcome.words))
        except Exception as error:
            await answer_error(interaction, _in_panel_words(error))

    async def _show(self, interaction: Interaction, shown: ui.LayoutView | ui.Modal) -> None:
        if isinstance(shown, ui.LayoutView):
            await replace(interaction, shown)
        elif interaction.response.is_done():  # Discord docs: a form can be the first response only
            await reply(interaction, texts.TOO_SLOW)
        else:
            await interaction.response.send_modal(shown)


def _in_panel_words(error: Exception, words: str = "") -> Exception:
    """words: that their author typed in vain."""
    if not isinstance(error, RequestRefused):
        return error
    return error.saying(texts.with_words(in_panel_words(error.sentence), words))
