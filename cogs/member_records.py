"""The part of /moderate that is about one member: their record, a block, a pause."""

from __future__ import annotations

import discord

from cogs import member_texts
from cogs.managing import manages, refuse_over_manager
from cogs.ports import Interaction, Members
from cogs.replies import acknowledge, reply
from klapper.errors import RequestRefused

REASON_CHARS = 400
LONGEST_PAUSE_HOURS = 744  # 31 days; a block is for longer


class MemberRecords:
    """Keeps:

    - nobody decides about themselves, but who manages the server ends their own block, pause or strikes;
    - who manages the server is blocked or paused by nobody else than who does so as well;
    - nothing is decided about bots. What writes is acknowledged before it starts.
    """

    def __init__(self, members: Members) -> None:
        self._members = members

    async def show(self, interaction: Interaction, member: discord.User) -> None:
        """Answer with the member's record."""
        record = await self._members.record(_guild_id(interaction), member.id)
        await reply(interaction, member_texts.record(record))

    async def block(self, interaction: Interaction, member: discord.User, words: str) -> None:
        """Block the member, and say what became of their jobs."""
        _check(interaction, member)
        refuse_over_manager(interaction, member)
        await acknowledge(interaction)
        blocked = await self._members.block(_guild_id(interaction), member.id, by=interaction.user.id, words=words)
        await reply(interaction, member_texts.blocked(member.id, blocked))

    async def unblock(self, interaction: Interaction, member: discord.User) -> None:
        """End the member's block."""
        _check(interaction, member, is_ending=True)
        await acknowledge(interaction)
        is_over = await self._members.unblock(_guild_id(interaction), member.id, by=interaction.user.id)
        await reply(interaction, member_texts.unblocked(member.id, is_over=is_over))

    async def pause(self, interaction: Interaction, member: discord.User, hours: int, words: str) -> None:
        """Pause the member for so long; 0 hours end the pause."""
        _check(interaction, member, is_ending=hours == 0)
        if hours:
            refuse_over_manager(interaction, member)
            if not words:
                raise RequestRefused("no_reason", member_texts.NO_REASON)
        await acknowledge(interaction)
        guild_id, by = _guild_id(interaction), interaction.user.id
        if hours == 0:
            is_over = await self._members.unpause(guild_id, member.id, by=by, words=words)
            await reply(interaction, member_texts.unpaused(member.id, is_over=is_over))
            return
        paused = await self._members.pause(guild_id, member.id, by=by, hours=hours, words=words)
        await reply(interaction, member_texts.paused(member.id, paused))

    async def pardon(self, interaction: Interaction, member: discord.User, words: str) -> None:
        """Lift the member's strikes."""
        _check(interaction, member, is_ending=True)
        await acknowledge(interaction)
        pardoned = await self._members.pardon(_guild_id(interaction), member.id, by=interaction.user.id, words=words)
        await reply(interaction, member_texts.pardoned(member.id, pardoned))


def _guild_id(interaction: Interaction) -> int:
    assert interaction.guild_id is not None  # the cog lets nothing else in
    return interaction.guild_id


def _check(interaction: Interaction, member: discord.User, *, is_ending: bool = False) -> None:
    """Raises RequestRefused (`own_member`, `bot_member`). is_ending: what keeps the member from making clips."""
    if member.id == interaction.user.id and not (is_ending and manages(interaction.permissions)):
        raise RequestRefused("own_member", member_texts.NOT_ONESELF)
    if member.bot:
        raise RequestRefused("bot_member", member_texts.NO_BOT)
