"""What was decided and done, by whom and why: an entry each, in the order in which it was committed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries

FOREVER_MS = 2**62  # later than every entry


class Action(StrEnum):
    """What was decided or done. Each has its words in `klapper/messages/audit_texts.py`."""

    REQUEST_ALLOWED = "request_allowed"
    REQUEST_REVIEW = "request_review"
    REQUEST_REFUSED = "request_refused"
    REVIEW_APPROVED = "review_approved"
    REVIEW_REJECTED = "review_rejected"
    REVIEW_BLOCKED = "review_blocked"
    REVIEW_EXPIRED = "review_expired"
    REVIEW_WITHDRAWN = "review_withdrawn"
    REVIEW_REPLACED = "review_replaced"
    MEMBER_BLOCKED = "member_blocked"
    MEMBER_UNBLOCKED = "member_unblocked"
    MEMBER_PAUSED = "member_paused"
    MEMBER_UNPAUSED = "member_unpaused"
    STRIKE_GIVEN = "strike_given"
    PARDONED = "pardoned"
    PROVIDER_REFUSED = "provider_refused"
    GUILD_PAUSED = "guild_paused"
    GUILD_RESUMED = "guild_resumed"
    MODE_CHANGED = "mode_changed"
    REVIEWERS_CHANGED = "reviewers_changed"
    LEVELS_CHANGED = "levels_changed"
    TRUSTED_CHANGED = "trusted_changed"
    REVIEW_CHANNEL_SHUT = "review_channel_shut"
    DELETED_FORGOTTEN = "deleted_forgotten"
    TERM_ADDED = "term_added"
    TERM_REMOVED = "term_removed"
    IMAGE_BLOCKED = "image_blocked"
    IMAGE_UNBLOCKED = "image_unblocked"
    REPORTED = "reported"
    REPORT_DISMISSED = "report_dismissed"
    TAKEN_DOWN = "taken_down"
    APPEALED = "appealed"
    WRONG_REFUSAL = "wrong_refusal"
    CREDITS_GRANTED = "credits_granted"
    CREDITS_REVOKED = "credits_revoked"
    CREDITS_REFUNDED = "credits_refunded"
    CREDITS_GIVEN = "credits_given"
    SHARING_CHANGED = "sharing_changed"
    QUOTA_CHANGED = "quota_changed"
    ALLOWANCE_SET = "allowance_set"
    BUDGET_SET = "budget_set"
    MEMBER_FORGOTTEN = "member_forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """actor: who did it; member_ref: whom it is about. words: what a person wrote; retention takes them out."""

    guild_id: int
    at_ms: int
    actor: str
    action: Action
    member_ref: int | None = None
    job_id: str | None = None
    decision_id: int | None = None
    rule: str = ""
    detail: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry as it was written down.

    rules_version: of its decision; None without one. batch: last entry of the message that was begun with it.
    """

    entry_id: int
    entry: Entry
    rules_version: int | None
    batch: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries of a guild are looked for; all of them unless told. words: each is somewhere in the entry.

    Words may have the rule's code, what it was about, what a person wrote, the action or the job's id. Case counts
    for letters other than a to z.
    """

    guild_id: int
    member_ref: int | None = None
    actor: str | None = None
    action: Action | None = None
    words: tuple[str, ...] = ()
    since_ms: int = 0
    until_ms: int = FOREVER_MS


class AuditLog:
    """Keeps: entries are added and never changed, except that retention takes the words out.

    to_post: told of each that is to be posted, before its transaction commits.
    """

    def __init__(self, to_post: Callable[[], None] = lambda: None) -> None:
        self._sql = load_queries("klapper.moderation")
        self._to_post = to_post

    async def add(self, tx: Writer, entry: Entry, *, is_told: bool = False) -> int:
        """Write an entry in the transaction that does what it says; its number.

        is_told: the line of another entry says it as well, so that it is found but not posted.
        """
        row = await tx.one(
            self._sql["add_entry"],
            guild_id=entry.guild_id,
            at_ms=entry.at_ms,
            actor=entry.actor,
            action=entry.action.value,
            member_ref=entry.member_ref,
            job_id=entry.job_id,
            decision_id=entry.decision_id,
            rule=entry.rule,
            detail=entry.detail,
            words=entry.words,
            is_told=int(is_told),
        )
        assert row is not None
        if row["is_to_post"]:
            self._to_post()
        return int(row["entry_id"])

    # Looking for entries

    async def search(self, tx: Reader, wanted: Wanted, *, skip: int = 0, rows: int = 10) -> list[Logged]:
        """Entries, newest first."""
        ways = {
            "member": self._sql["entries_of_member"],
            "actor": self._sql["entries_of_actor"],
            "action": self._sql["entries_of_action"],
            "guild": self._sql["entries_of_guild"],
        }
        found = await tx.all(ways[_way(wanted)], **_params(wanted), skip=skip, rows=rows)
        return [_logged(row) for row in found]

    async def count(self, tx: Reader, wanted: Wanted) -> int:
        """How many entries there are."""
        ways = {
            "member": self._sql["count_of_member"],
            "actor": self._sql["count_of_actor"],
            "action": self._sql["count_of_action"],
            "guild": self._sql["count_of_guild"],
        }
        row = await tx.one(ways[_way(wanted)], **_params(wanted))
        assert row is not None
        return int(row["entries"])

    # Posting them

    async def guilds_to_post(self, tx: Reader) -> dict[int, int | None]:
        """The guilds with entries that are to be posted, each with its audit channel, which may be gone again."""
        return {row["guild_id"]: row["audit_channel_id"] for row in await tx.all(self._sql["guilds_to_post"])}

    async def unposted(self, tx: Reader, guild_id: int, *, rows: int) -> list[Logged]:
        """The next entries that are to be posted, in their order."""
        found = await tx.all(self._sql["unposted_entries"], guild_id=guild_id, rows=rows)
        return [_logged(row) for row in found]

    async def begin_batch(self, tx: Writer, guild_id: int, *, last: int) -> None:
        """The next entries, to that one, are about to be posted in one message."""
        await tx.execute(self._sql["begin_batch"], guild_id=guild_id, last=last)

    async def posted(self, tx: Writer, guild_id: int, *, last: int, now_ms: int) -> None:
        """The next entries, to that one, are in the audit channel."""
        await tx.execute(self._sql["batch_posted"], guild_id=guild_id, last=last, now_ms=now_ms)

    async def drop_unposted(self, tx: Writer, guild_id: int, *, before_ms: int = FOREVER_MS) -> int:
        """Entries from before then are not to be posted any more; how many."""
        return await tx.execute(self._sql["drop_unposted"], guild_id=guild_id, before_ms=before_ms)


def _way(wanted: Wanted) -> str:
    """By what to look: the narrowest that has an index."""
    if wanted.member_ref is not None:
        return "member"
    if wanted.actor is not None:
        return "actor"
    return "guild" if wanted.action is None else "action"


def _params(wanted: Wanted) -> dict[str, object]:
    return {
        "guild_id": wanted.guild_id,
        "member_ref": wanted.member_ref,
        "actor": wanted.actor,
        "action": None if wanted.action is None else wanted.action.value,
        "since_ms": wanted.since_ms,
        "until_ms": wanted.until_ms,
        "patterns": json.dumps([_pattern(word) for word in wanted.words]),
    }


def _pattern(word: str) -> str:
    """For LIKE with a backslash before what is meant as it stands."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def entry_of(row: Row) -> Entry:
    """An entry from a row of the audit."""
    return Entry(
        guild_id=row["guild_id"],
        at_ms=row["at_ms"],
        actor=row["actor"],
        action=Action(row["action"]),
        member_ref=row["member_ref"],
        job_id=row["job_id"],
        decision_id=row["decision_id"],
        rule=row["rule"],
        detail=row["detail"],
        words=row["words"],
    )


def _logged(row: Row) -> Logged:
    return Logged(row["entry_id"], entry_of(row), row["rules_version"], row["batch"])
