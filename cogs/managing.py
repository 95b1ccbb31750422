"""Who manages a server: whom moderators cannot block or pause."""

from __future__ import annotations

import discord

from cogs import member_texts
from cogs.memberships import ANSWER_S, has_left
from cogs.ports import Interaction
from klapper.errors import DeliveryError, RequestRefused
from klapper.messages.rest_calls import RestCalls


def manages(permissions: discord.Permissions) -> bool:
    """Whether somebody with these permissions manages the server."""
    return permissions.manage_guild or permissions.administrator


def refuse_over_manager(interaction: Interaction, member: discord.User | discord.Member) -> None:
    """Raises RequestRefused (`is_manager`) for a member above whoever asks. Who has left manages nothing."""
    if isinstance(member, discord.Member) and not manages(interaction.permissions):
        allowed = member.resolved_permissions or member.guild_permissions
        if manages(allowed):
            raise RequestRefused("is_manager", member_texts.IS_MANAGER)


async def refuse_over_manager_of(interaction: Interaction, user_id: int) -> None:
    """The same about somebody whom Discord has to be asked about.

    Raises RequestRefused (`is_manager`), and (`membership_unknown`) where there is no answer.
    """
    if manages(interaction.permissions) or interaction.guild is None:
        return
    try:
        member = await RestCalls()(interaction.guild.fetch_member(user_id), deadline_s=ANSWER_S)
    except DeliveryError as error:
        if has_left(error):
            return
        raise RequestRefused("membership_unknown", member_texts.STANDING_UNKNOWN) from error
    refuse_over_manager(interaction, member)
