"""Appeals: the button under a refusal and its form, in the channel and in direct messages."""

from __future__ import annotations

import re
from dataclasses import replace

from discord.ext import commands

from cogs import texts
from cogs.answering import Answering
from cogs.draft_steps import author_of
from cogs.errors import answer_error
from cogs.forms import read_form, read_form_id
from cogs.guild_only import check_served
from cogs.memberships import Memberships
from cogs.ports import Appeals, Guilds, Interaction, Submission
from cogs.replies import acknowledge, reply
from klapper.errors import RequestRefused
from klapper.messages import appeal_buttons, appeal_forms
from klapper.services.asking import Appeal


class AppealsCog(commands.Cog):
    """Every answer is private. What can be appealed is decided from the database, whichever process refused it."""

    def __init__(
        self,
        *,
        submission: Submission,
        appeals: Appeals,
        guilds: Guilds,
        memberships: Memberships,
        answering: Answering,
    ) -> None:
        self._submission = submission
        self._appeals = appeals
        self._guilds = guilds
        self._memberships = memberships
        self._answering = answering

    @commands.Cog.listener()
    async def on_appeal_button(self, interaction: Interaction, decision_id: int, action: str) -> None:
        """The button was pressed. Nobody else answers for what goes wrong here."""
        try:
            await self._press(interaction, decision_id, action)
        except Exception as error:
            await answer_error(interaction, error)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """The form was sent; discord.py knows nothing of it."""
        match = appeal_buttons.CUSTOM_ID.fullmatch(read_form_id(interaction))
        if match is None:  # a form of somebody else
            return
        try:
            await self._submit(interaction, match)
        except Exception as error:
            await answer_error(interaction, error)

    async def _press(self, interaction: Interaction, decision_id: int, action: str) -> None:
        if action != appeal_buttons.OPEN:
            await reply(interaction, texts.UNKNOWN_ACTION)
            return
        self._check_served(interaction)
        author = author_of(interaction)
        kept = (await self._appeals.show(decision_id, author)).refused
        place = await self._memberships.place(interaction, kept.guild_id, kept.channel_id)
        await self._submission.may_begin(kept.guild_id, kept.user_id, place)  # before anybody writes in vain
        shown = await self._appeals.show(decision_id, replace(author, place=place))
        form = appeal_forms.build_appeal_form(decision_id, shown.price_credits, kept.replaces)
        await interaction.response.send_modal(form)

    async def _submit(self, interaction: Interaction, match: re.Match[str]) -> None:
        if match["action"] != appeal_buttons.SEND:
            await reply(interaction, texts.UNKNOWN_ACTION)
            return
        await acknowledge(interaction)
        self._check_served(interaction)
        answers = read_form(interaction, appeal_forms.INPUTS)
        words = answers.texts.get(appeal_forms.WORDS, "").strip()[: appeal_forms.WORDS_CHARS]
        try:
            await self._appeal(interaction, Appeal(int(match["decision_id"]), words, int(match["credits"] or 0)))
        except RequestRefused as refusal:
            raise refusal.saying(texts.with_words(refusal.sentence, words)) from refusal

    async def _appeal(self, interaction: Interaction, appeal: Appeal) -> None:
        author = author_of(interaction)
        kept = (await self._appeals.show(appeal.decision_id, author)).refused
        place = await self._memberships.place(interaction, kept.guild_id, kept.channel_id)
        ask = await self._appeals.ask(appeal, replace(author, place=place), interaction.id)
        if interaction.guild_id is None:  # what is asked for in a direct message comes there
            ask = replace(ask, deliver_to="dm")
        await self._answering.check_way(interaction, ask)
        await self._answering.tell(interaction, await self._answering.make(ask))

    def _check_served(self, interaction: Interaction) -> None:
        if interaction.guild_id is not None:
            check_served(interaction, self._guilds)
