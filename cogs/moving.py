"""How a manager's command moves credits: read whom and what it is about, do it, and say what the member has now."""

from __future__ import annotations

import discord

from cogs import manage_texts
from cogs.credit_ports import Movements
from cogs.errors import about_job
from cogs.guild_only import check_served
from cogs.jobs import tidy_job_id
from cogs.memberships import ANSWER_S
from cogs.places import place_of
from cogs.ports import Credits, Guilds, Interaction
from cogs.replies import acknowledge, reply
from klapper.errors import DeliveryError, RequestRefused
from klapper.ledger.records import Balance
from klapper.messages.rest_calls import RestCalls
from klapper.moderation.rules import Place
from klapper.services.movements import Order
from klapper.services.notices import Purse


class Moving:
    """Each movement is acknowledged before it starts and answered privately; whom it concerns is told directly."""

    def __init__(self, *, movements: Movements, credits: Credits, guilds: Guilds) -> None:
        self._movements = movements
        self._credits = credits
        self._guilds = guilds
        self._calls = RestCalls()

    async def grant(self, interaction: Interaction, member: discord.Member, amount: int, reason: str) -> None:
        """Give a member credits. Raises RequestRefused (`bot_member`)."""
        order = self._order(interaction, reason)
        if member.bot:
            raise RequestRefused("bot_member", manage_texts.BOT_GETS_NOTHING)
        await acknowledge(interaction)
        holdings = await self._movements.grant(order, member.id, amount, place=place_of(None, member))
        await reply(interaction, manage_texts.granted(member.id, amount, holdings.balance))

    async def revoke(
        self,
        interaction: Interaction,
        member: discord.User | discord.Member,
        amount: int,
        purse: Purse,
        reason: str,
    ) -> None:
        """Take them back, also from somebody who has left."""
        order = self._order(interaction, reason)
        await acknowledge(interaction)
        place = place_of(None, member) if isinstance(member, discord.Member) else None
        holdings = await self._movements.revoke(order, member.id, amount, purse, place=place)
        await reply(interaction, manage_texts.revoked(member.id, amount, purse, holdings.balance))

    async def refund(self, interaction: Interaction, job: str, reason: str) -> None:
        """Give back what a job cost."""
        order, job_id = self._order(interaction, reason), tidy_job_id(job)
        about_job(interaction, job_id)
        await acknowledge(interaction)
        refunded = await self._movements.refund(order, job_id)
        balance = None if refunded.user_id is None else await self._balance(interaction, refunded.user_id)
        await reply(interaction, manage_texts.refunded(refunded, balance))

    def _order(self, interaction: Interaction, reason: str) -> Order:
        guild_id = check_served(interaction, self._guilds)
        return Order(guild_id, interaction.user.id, interaction.id, reason)

    async def _balance(self, interaction: Interaction, user_id: int) -> Balance | None:
        """What a member has, by the roles that Discord says; None where it does not say, as of one who has left."""
        assert interaction.guild is not None
        try:
            member = await self._calls(interaction.guild.fetch_member(user_id), deadline_s=ANSWER_S)
        except DeliveryError:
            return None
        place: Place = place_of(None, member)
        return (await self._credits.balance(interaction.guild.id, user_id, place)).balance
