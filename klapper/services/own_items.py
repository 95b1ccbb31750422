"""Rows about a member as they get them in a file: stable keys, readable times, nobody else in them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from klapper.clock import SECOND_MS
from klapper.database.database import Row
from klapper.kling.request import VideoRequest
from klapper.ledger.records import KLAPPER
from klapper.moderation.audit import Action
from klapper.moderation.cases import Outcome

Item = dict[str, Any]

# What moderators write with these is told to the requester.
_TOLD = (Outcome.REJECTED, Outcome.TAKEN_DOWN)
# What managers write with these is told to the member.
_TOLD_WITH = (Action.CREDITS_GRANTED, Action.CREDITS_REVOKED, Action.CREDITS_REFUNDED)


def by_job(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The same rows by the job that they are about."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["job_id"], []).append(row)
    return found


def hashes(requests: Iterable[Row]) -> set[str]:
    """Of the images of requests that are not jobs yet."""
    found: set[str] = set()
    for row in requests:
        with suppress(ValueError):
            found.update(VideoRequest.from_json(row["request"]).images())
    return found


def moment(at_ms: int | None) -> str | None:
    """ISO 8601 in UTC, e.g. 2026-03-01T09:30:00Z; None for no time."""
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / SECOND_MS, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def who(actor: str | None, own: str) -> str | None:
    """Who did something: you, klapper, the operator or somebody else, who stays unnamed. own: the member's actor."""
    if actor is None:
        return None
    if actor == own:
        return "you"
    if actor == KLAPPER:
        return "klapper"
    return "operator" if actor.startswith("operator:") else "somebody_else"


def transfer(row: Row, own: str, bonus: str) -> Item:
    """A line of the books on one of the member's accounts."""
    return {
        "number": row["seq"],
        "at": moment(row["at_ms"]),
        "kind": row["kind"],
        "credits": row["amount"],
        "account": "bonus" if bonus in (row["debit_account"], row["credit_account"]) else "allowance",
        "reason": row["reason"],
        "by": who(row["actor"], own),
        "job": row["job_id"],
    }


def job(row: Row, own: str, events: Iterable[Row], cases: Iterable[Row], images: Iterable[Row]) -> Item:
    """A job with what was asked, what happened, and what became of its clip."""
    return {
        "job": row["job_id"],
        "asked_at": moment(row["created_at_ms"]),
        "channel_id": str(row["channel_id"]),
        "deliver_to": row["deliver_to"],
        "spoiler": bool(row["spoiler"]),
        "made_from_job": row["parent_job_id"],
        "model": row["slug"],
        "request": _request(row["request"]),
        "request_is_complete": bool(row["has_words"]),
        "images": [image["sha256"] for image in images],
        "price_credits": row["price_credits"],
        "price_table": row["price_version"],
        "status": row["status"],
        "status_at": moment(row["status_at_ms"]),
        "reason": row["reason"],
        "segmind_says": row["provider_text"],
        "segmind_request": row["request_id"],
        "sent_at": moment(row["posted_at_ms"]),
        "finished_at": moment(row["finished_at_ms"]),
        "run_time_s": row["run_time_s"],
        "clip_address_at_segmind": row["media_url"],
        "delivery": _delivery(row),
        "history": [_event(event, own) for event in events],
        "cases": [_case(case, own) for case in cases],
    }


def image(row: Row) -> Item:
    """An image that a job was made from, or that a draft has."""
    is_kept = row["size_bytes"] is not None
    return {
        "sha256": row["sha256"],
        "is_kept": is_kept,
        "media_type": row["media_type"],
        "width": row["width"],
        "height": row["height"],
        "bytes": row["size_bytes"],
        "last_used_at": moment(row["used_at_ms"]),
        "file": f"inputs/{row['sha256']}" if is_kept else None,
    }


def draft(row: Row) -> Item:
    """A request that was begun, or a question that was asked before one."""
    return {
        "draft": row["draft_id"],
        "kind": row["kind"],
        "state": row["state"],
        "begun_at": moment(row["created_at_ms"]),
        "expires_at": moment(row["expires_at_ms"]),
        "channel_id": str(row["channel_id"]),
        "deliver_to": row["deliver_to"],
        "spoiler": bool(row["spoiler"]),
        "made_from_job": row["parent_job_id"],
        "price_credits": row["price_credits"],
        "request": _request(row["request"]),
    }


def refused_request(row: Row) -> Item:
    """A request that can still be appealed."""
    return {
        "decision": row["decision_id"],
        "refused_at": moment(row["refused_at_ms"]),
        "appealed_at": moment(row["appealed_at_ms"]),
        "channel_id": str(row["channel_id"]),
        "deliver_to": row["deliver_to"],
        "spoiler": bool(row["spoiler"]),
        "request": _request(row["request"]),
    }


def decision(row: Row, own: str) -> Item:
    """What was decided about a request."""
    return {
        "decision": row["decision_id"],
        "at": moment(row["at_ms"]),
        "verdict": row["verdict"],
        "rule": row["rule"],
        "by": who(row["decided_by"], own),
    }


def strike(row: Row) -> Item:
    """A refusal by Segmind, or a moderator's strike. counts: it was not pardoned."""
    return {
        "at": moment(row["at_ms"]),
        "kind": row["kind"],
        "job": row["job_id"],
        "counts": bool(row["weighs"]),
    }


def report(row: Row) -> Item:
    """A clip that the member reported; whose it was is not theirs."""
    return {
        "at": moment(row["at_ms"]),
        "your_words": row["words"],
        "outcome": row["outcome"] or "open",
        "settled_at": moment(row["closed_at_ms"]),
    }


def entry(row: Row, own: str, member_ref: int) -> Item:
    """An entry of the audit. What others wrote into it, and which rule's words it was about, is the moderators'."""
    is_about, is_by = row["member_ref"] == member_ref, row["actor"] == own
    return {
        "entry": row["entry_id"],
        "at": moment(row["at_ms"]),
        "action": row["action"],
        "by": who(row["actor"], own),
        "about": "you" if is_about else None if row["member_ref"] is None else "somebody_else",
        "job": row["job_id"] if is_about else None,
        "rule": row["rule"],
        "your_words": row["words"] if is_by else "",
        "words_to_you": row["words"] if is_about and not is_by and row["action"] in _TOLD_WITH else "",
    }


def _request(text: str) -> Mapping[str, Any] | str:
    """As it was asked for; a job's has also what was filled in."""
    try:
        plain = json.loads(text)
    except ValueError:
        return text
    return plain if isinstance(plain, dict) else text


def _delivery(row: Row) -> Item | None:
    if row["delivery"] is None:
        return None
    return {
        "state": row["delivery"],
        "reason": row["delivery_reason"],
        "way": row["way"],
        "since": moment(row["since_ms"]),
        "you_were_told_at": moment(row["told_at_ms"]),
    }


def _event(row: Row, own: str) -> Item:
    return {
        "at": moment(row["at_ms"]),
        "from": row["from_status"],
        "to": row["to_status"],
        "reason": row["reason"],
        "by": who(row["actor"], own),
    }


def _case(row: Row, own: str) -> Item:
    return {
        "kind": row["kind"],
        "opened_at": moment(row["opened_at_ms"]),
        "by": who(row["opened_by"], own),
        "your_words": row["words"] if row["opened_by"] == own else "",
        "outcome": row["outcome"] or "open",
        "settled_at": moment(row["closed_at_ms"]),
        "words_to_you": row["note"] if row["outcome"] in _TOLD else "",
    }
