"""What is looked for in the audit, so short that a button carries it. Pure.

member:moderator:action:days:words, the ids in hexadecimal, `k` as the moderator for what Klapper did; words come last
and may have colons.
"""

from __future__ import annotations

import re

from klapper.moderation.audit import Action
from klapper.services.audit_desk import AuditSearch

WORDS_CHARS = 25  # what 100 characters of a custom id leave
_KLAPPER = "k"
_QUERY = re.compile(
    r"(?P<member>[0-9a-f]{0,16}):(?P<moderator>k|[0-9a-f]{0,16}):(?P<action>[a-z_]*):(?P<days>[0-9]{0,4}):(?P<words>.*)"
)


def encode(search: AuditSearch) -> str:
    """Never empty."""
    moderator = _KLAPPER if search.by_klapper else _id(search.moderator_id)
    days = "" if search.days is None else str(search.days)
    return f"{_id(search.member_id)}:{moderator}:{search.action or ''}:{days}:{search.words}"


def decode(query: str) -> AuditSearch | None:
    """What was encoded; None for what no button of ours has, or one of another version."""
    match = _QUERY.fullmatch(query)
    if match is None or match["action"] not in {"", *Action}:
        return None
    return AuditSearch(
        member_id=_from_hex(match["member"]),
        moderator_id=None if match["moderator"] == _KLAPPER else _from_hex(match["moderator"]),
        by_klapper=match["moderator"] == _KLAPPER,
        action=Action(match["action"]) if match["action"] else None,
        words=match["words"],
        days=int(match["days"]) if match["days"] else None,
    )


def _id(user_id: int | None) -> str:
    return "" if user_id is None else f"{user_id:x}"


def _from_hex(digits: str) -> int | None:
    return int(digits, 16) if digits else None
