"""What is said of a change of how requests are decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cogs.rule_texts import channel, role
from cogs.texts import listed
from klapper.messages.request_form import DOES
from klapper.moderation.rules import GuildRules

MOST_NAMED = 3  # roles of a kind: the panel has all of them below


def changed(before: GuildRules, now: GuildRules) -> str:
    """Everything that is not as it was, in parts of a sentence; empty when nothing is."""
    return "; ".join(_changed(before, now))


def _changed(before: GuildRules, now: GuildRules) -> Iterator[str]:
    if now.mode is not before.mode:
        yield f"requests {DOES[now.mode]}"
    if now.review_channel_id != before.review_channel_id:
        yield f"review channel: {_channel(now.review_channel_id)}"
    if now.reviewer_roles() != before.reviewer_roles():
        yield f"who decides: {_roles(now.reviewer_roles(), 'whoever may time members out')}"
    if now.trusted_roles() != before.trusted_roles():
        yield f"trusted: {_roles(now.trusted_roles(), 'no role')}"
    if now.audit_channel_id != before.audit_channel_id:
        yield f"audit channel: {_channel(now.audit_channel_id)}"


def _channel(channel_id: int | None) -> str:
    return "none" if channel_id is None else channel(channel_id)


def _roles(roles: Collection[int], nobody: str) -> str:
    if not roles:
        return nobody
    named = [role(one) for one in sorted(roles)]
    more = len(named) - MOST_NAMED
    return listed([*named[:MOST_NAMED], f"{more} more"] if more > 0 else named)
