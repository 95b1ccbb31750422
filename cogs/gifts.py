"""/credits give: the question whether a member means it, and the press that answers it."""

from __future__ import annotations

from dataclasses import replace as replaced

import discord

from cogs import texts
from cogs.credit_ports import Gifting
from cogs.guild_only import check_served
from cogs.memberships import ANSWER_S, has_left
from cogs.places import place_here
from cogs.ports import Guilds, Interaction
from cogs.replies import acknowledge_press, replace, reply
from klapper.errors import DeliveryError, RequestRefused
from klapper.messages import gift_buttons, gift_texts
from klapper.messages.pages import build_text
from klapper.messages.rest_calls import RestCalls
from klapper.services.giving import Gift


class Gifts:
    """What a press may do is decided from the database, whichever process asked. Every answer is private."""

    def __init__(self, *, giving: Gifting, guilds: Guilds) -> None:
        self._giving = giving
        self._guilds = guilds
        self._calls = RestCalls()

    async def ask(self, interaction: Interaction, member: discord.Member, amount: int) -> None:
        """Show what would be given, to whom, and what is left. Raises RequestRefused (`bot_member`)."""
        guild_id = check_served(interaction, self._guilds)
        _refuse_bot(member)
        gift = Gift(guild_id, interaction.user.id, member.id, amount, interaction.id)
        offer = await self._giving.ask(gift, place_here(interaction))
        await reply(interaction, view=gift_buttons.build_question(offer))

    async def press(self, interaction: Interaction, asked: Gift, action: str) -> None:
        """Give, or not. Raises RequestRefused (`not_your_question`, `bot_member`, `receiver_left`,
        `membership_unknown`).
        """
        gift = replaced(asked, guild_id=check_served(interaction, self._guilds))
        if interaction.user.id != gift.giver:
            raise RequestRefused("not_your_question", gift_texts.NOT_YOURS)
        if action == gift_buttons.KEEP:
            await replace(interaction, build_text(gift_texts.KEPT))
        elif action == gift_buttons.GIVE:
            await self._give(interaction, gift)
        else:
            await reply(interaction, texts.UNKNOWN_ACTION)

    async def _give(self, interaction: Interaction, gift: Gift) -> None:
        await acknowledge_press(interaction)
        _refuse_bot(await self._receiver(interaction, gift.receiver))
        left = await self._giving.give(gift, place_here(interaction))
        await replace(interaction, build_text(gift_texts.given(gift.receiver, gift.amount, left)))

    async def _receiver(self, interaction: Interaction, user_id: int) -> discord.Member:
        """Who gets them, if they still belong here: the question may be some minutes old."""
        assert interaction.guild is not None
        try:
            return await self._calls(interaction.guild.fetch_member(user_id), deadline_s=ANSWER_S)
        except DeliveryError as error:
            if has_left(error):
                raise RequestRefused("receiver_left", gift_texts.RECEIVER_LEFT) from error
            raise RequestRefused("membership_unknown", gift_texts.RECEIVER_UNKNOWN) from error


def _refuse_bot(member: discord.Member) -> None:
    if member.bot:
        raise RequestRefused("bot_member", gift_texts.NO_BOT)
