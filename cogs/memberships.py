"""Whether who presses a button in a direct message still belongs to the server that it is about, and as who.

In a server Discord sends the member along with every press; in a direct message nothing but the user.
Source of the codes: Discord docs, "Get Guild Member" and JSON error codes.
"""

from __future__ import annotations

import discord

from cogs import texts
from cogs.errors import NotServed
from cogs.places import place_here, place_of
from cogs.ports import Guilds, Interaction, Members
from klapper.errors import DeliveryError, RequestRefused
from klapper.messages.rest_calls import RestCalls
from klapper.moderation.rules import Place

ANSWER_S = 5.0

_NO_CHANNEL = frozenset({"channel_gone", "forbidden"})
_GONE = frozenset({10007, 10013})  # unknown member, unknown user


class Memberships:
    """Keeps: no answer is a no. Who is found to have left has their jobs taken back that were not sent."""

    def __init__(self, guilds: Guilds, members: Members) -> None:
        self._guilds = guilds
        self._members = members
        self._calls = RestCalls()

    async def place(self, interaction: Interaction, guild_id: int, channel_id: int) -> Place:
        """Where the member asks, and as who, if they still belong there. channel_id: of the guild, for a press in a DM.

        Raises NotServed, RequestRefused (`bot_left`, `member_left`, `membership_unknown`).
        """
        if not self._guilds.serves(guild_id):
            raise NotServed
        if interaction.guild_id is not None:
            return place_here(interaction)
        guild = interaction.client.get_guild(guild_id)
        if guild is None:
            raise RequestRefused("bot_left", texts.BOT_LEFT)
        try:
            member = await self._calls(guild.fetch_member(interaction.user.id), deadline_s=ANSWER_S)
        except DeliveryError as error:
            refusal = _refusal(error)
            if refusal.code == "member_left":
                await self._members.left(guild_id, interaction.user.id)
            raise refusal from error
        return place_of(await self._channel(guild, channel_id), member)

    async def _channel(self, guild: discord.Guild, channel_id: int) -> object | None:
        """Also a thread that is archived, which the cache does not have; None where it cannot be seen, or is gone.

        Without it the rules of its channel, its price and who reviews there would not count.
        """
        known = guild.get_channel_or_thread(channel_id)
        if known is not None:
            return known
        try:
            return await self._calls(guild.fetch_channel(channel_id), deadline_s=ANSWER_S)
        except discord.InvalidData:
            return None  # a channel of a kind that discord.py does not know
        except DeliveryError as error:
            if error.reason in _NO_CHANNEL:
                return None
            raise RequestRefused("membership_unknown", texts.MEMBERSHIP_UNKNOWN) from error


def has_left(error: DeliveryError) -> bool:
    """Whether Discord answered that somebody is no member."""
    cause = error.__cause__
    return isinstance(cause, discord.HTTPException) and cause.code in _GONE


def _refusal(error: DeliveryError) -> RequestRefused:
    if has_left(error):
        return RequestRefused("member_left", texts.MEMBER_LEFT)
    if error.reason == "forbidden":
        return RequestRefused("bot_left", texts.BOT_LEFT)
    return RequestRefused("membership_unknown", texts.MEMBERSHIP_UNKNOWN)
