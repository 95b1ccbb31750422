"""What keeps moderators from hearing of what waits for them: found when it is set, not when a case gets lost."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from cogs import rule_texts
from klapper.moderation.rules import GuildRules, Mode

_NEEDED = ("view_channel", "send_messages", "attach_files", "read_message_history")


def warnings(guild: discord.Guild, rules: GuildRules) -> list[str]:
    """A sentence for everything that a manager has to mend before reviews work."""
    return list(_warnings(guild, rules))


def _warnings(guild: discord.Guild, rules: GuildRules) -> Iterator[str]:
    if rules.review_channel_id is not None:
        yield from _of_channel(guild, rules.review_channel_id, "review")
    elif _reviews(rules):
        yield rule_texts.NO_REVIEW_CHANNEL
    if rules.audit_channel_id is not None:
        yield from _of_channel(guild, rules.audit_channel_id, "audit")


def _of_channel(guild: discord.Guild, channel_id: int, what: str) -> Iterator[str]:
    channel = guild.get_channel(channel_id)
    if channel is None:
        yield rule_texts.channel_gone(channel_id, what)
        return
    allowed = channel.permissions_for(guild.me)
    missing = [name for name in _NEEDED if not getattr(allowed, name)]
    if missing:
        yield rule_texts.cannot_post(channel_id, what, missing)
    if channel.permissions_for(guild.default_role).view_channel:
        yield rule_texts.everybody_sees(channel_id, what)


def _reviews(rules: GuildRules) -> bool:
    """Whether any request may have to wait for a moderator."""
    modes = {
        rules.mode,
        *(rule.mode for rule in rules.channels.values()),
        *(rule.mode for rule in rules.roles.values()),
    }
    return Mode.REVIEW in modes or rules.unsure == "review" or any(term.action == "review" for term in rules.terms)
