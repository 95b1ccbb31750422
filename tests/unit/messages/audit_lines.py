"""Lines of the audit, as the services hand them out."""

from __future__ import annotations

from typing import Any

from klapper.ledger.records import KLAPPER
from klapper.moderation.audit import Action, Entry, Logged
from klapper.services.audit_lines import AuditLine

AT_MS = 1_767_225_600_000
ANN, MAX = 1001, 1002
HOSTILE = "@everyone <@1> [a](https://b.c) **x** `y`\n# z"


def line_of(
    action: Action = Action.REQUEST_REFUSED,
    *,
    entry_id: int = 1,
    rules_version: int | None = None,
    actor_id: int | None = None,
    member_id: int | None = None,
    **more: Any,
) -> AuditLine:
    """A line of Klapper's about nobody unless told."""
    fields: dict[str, Any] = {"guild_id": 42, "at_ms": AT_MS, "actor": KLAPPER} | more
    entry = Entry(action=action, **fields)
    return AuditLine(Logged(entry_id, entry, rules_version, None), actor_id, member_id)


def longest_line(action: Action = Action.PROVIDER_REFUSED) -> AuditLine:
    """Every part as long as it can be, and of characters that are escaped."""
    return line_of(
        action,
        actor_id=2**64 - 1,
        member_id=2**64 - 1,
        actor="member:1",
        rules_version=2**31,
        job_id="k7m2p9xd",
        rule="minors_and_other_things_never_made",
        detail="_" * 2_000,
        words="*" * 2_000,
    )
