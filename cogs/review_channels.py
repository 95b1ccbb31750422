"""What keeps moderators from hearing of what waits for them: found when it is set, not when a case gets lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import discord

from cogs import rule_texts
from cogs.places import is_known
from klapper.moderation.rules import GuildRules, Mode

_NEEDED = ("view_channel", "send_messages", "attach_files", "read_message_history")


def warnings(guild: discord.Guild, rules: GuildRules) -> list[str]:
    """A sentence for everything that a manager has to mend before reviews work."""
    return [*review_warnings(guild, rules), *_of_channel(guild, rules.audit_channel_id, "audit")]


def review_warnings(guild: discord.Guild, rules: GuildRules) -> list[str]:
    """The same about the channel in which cases are shown alone."""
    if rules.review_channel_id is None and _reviews(rules):
        return [rule_texts.NO_REVIEW_CHANNEL]
    return [*_of_channel(guild, rules.review_channel_id, "review"), *_of_deciders(guild, rules)]


def existing(guild: discord.Guild, rules: GuildRules) -> GuildRules:
    """The rules without channels of moderators that are gone, of which `warnings` tells."""
    return replace(
        rules,
        review_channel_id=None if gone_review_channel(guild, rules) else rules.review_channel_id,
        audit_channel_id=None if gone_audit_channel(guild, rules) else rules.audit_channel_id,
    )


def gone_review_channel(guild: discord.Guild, rules: GuildRules) -> int | None:
    """The channel for cases if it is chosen and gone."""
    return rules.review_channel_id if _is_gone(guild, rules.review_channel_id) else None


def gone_audit_channel(guild: discord.Guild, rules: GuildRules) -> int | None:
    """The channel for the audit if it is chosen and gone."""
    return rules.audit_channel_id if _is_gone(guild, rules.audit_channel_id) else None


def missing_in(guild: discord.Guild, channel_id: int) -> list[str]:
    """Names of the permissions that we lack there; all of them where the channel is gone."""
    channel = guild.get_channel(channel_id)
    if channel is None:
        return list(_NEEDED)
    allowed = channel.permissions_for(guild.me)
    return [name for name in _NEEDED if not getattr(allowed, name)]


def _is_gone(guild: discord.Guild, channel_id: int | None) -> bool:
    """Discord docs, Obfuscated Channels: the gateway tells of channels that we may not see as well."""
    return channel_id is not None and is_known(guild) and guild.get_channel(channel_id) is None


def _of_channel(guild: discord.Guild, channel_id: int | None, what: str) -> Iterator[str]:
    if channel_id is None or not is_known(guild):
        return
    channel = guild.get_channel(channel_id)
    if channel is None:
        yield rule_texts.channel_gone(what)
        return
    if missing := missing_in(guild, channel_id):
        yield rule_texts.cannot_post(channel_id, what, missing)
    if channel.permissions_for(guild.default_role).view_channel:
        yield rule_texts.everybody_sees(channel_id, what)


def _of_deciders(guild: discord.Guild, rules: GuildRules) -> Iterator[str]:
    channel = guild.get_channel(rules.review_channel_id or 0)
    if channel is None:
        return
    roles = [role for role_id in sorted(rules.reviewer_roles()) if (role := guild.get_role(role_id)) is not None]
    if blind := [role.id for role in roles if not channel.permissions_for(role).view_channel]:
        yield rule_texts.deciders_blind(channel.id, blind)


def _reviews(rules: GuildRules) -> bool:
    """Whether any request may have to wait for a moderator."""
    modes = {
        rules.mode,
        *(rule.mode for rule in rules.channels.values()),
        *(rule.mode for rule in rules.roles.values()),
    }
    return Mode.REVIEW in modes or rules.unsure == "review" or any(term.action == "review" for term in rules.terms)
