"""What moved on a member's account, and why, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from klapper.ledger.records import Kind, Movement
from klapper.messages import receipt, text
from klapper.services.history import HistoryLine

NOTHING = "Nothing has moved on your account here yet."
WORDS_CHARS = 60

REASONS: Mapping[str, str] = {  # codes of the books and of jobs, where they say more than what moved
    "cancelled": "cancelled by its requester",
    "cancelled_by_moderator": "cancelled by a moderator",
    "member_blocked": "cancelled by a moderator",  # why, the moderators tell its requester
    "member_left": "its requester left the server",
    "guild_gone": "Klapper was removed from the server",
    "replaced": "replaced with a changed request",
    "rejected": "declined by a moderator",
    "waited_too_long": "it waited too long",
    "model_retired": "the model is no longer offered",
    "retired": "the model is no longer offered",
    "unknown_model": "the model is no longer offered",
    "bad_request": "Segmind did not accept the request",
    "bad_parameter": "Segmind did not accept an option",
    "image_refused": "Segmind did not accept an image",
    "image_lost": "an image was not kept long enough",
    "not_allowed": "it was not what had been allowed",
    "content_refused": "refused by Segmind's content check",
    "provider_failed": "Segmind could not make it",
    "no_answer": "Segmind never said what became of it",
    "outcome_unknown": "Segmind never said what became of it",
    "not_found": "Segmind does not know of it",
    "released_by_operator": "released by whoever runs this bot",
    "no_media": "the clip could not be loaded",
    "taken_down": "moderators took the clip down",
    "manager": "by a manager",
}
_GRANTS = {"period": "the allowance of a new period", "grant": "by a manager"}
_EXPIRED = {"period": "the period ended"}


def history(lines: Sequence[HistoryLine]) -> str:
    """What moved, one line each. Only lines with a sign change what a member has."""
    return "\n".join(map(_line, lines)) or NOTHING


def now_available(available: int, lines: Sequence[HistoryLine]) -> str:
    """That the allowance has changed since the newest line, which is not written before it is used; else empty."""
    if not lines or lines[0].moved.left in (None, available):
        return ""
    return (
        f"You have **{text.credits(available)}** now: your allowance has changed since the newest line, and that is "
        "written here when it is used."
    )


def reason_of(kind: Kind, reason: str) -> str:
    """Why it moved; empty where what moved says it all, and for codes of another version."""
    match kind:
        case Kind.GRANT:
            return _GRANTS.get(reason, "")
        case Kind.EXPIRE:
            return _EXPIRED.get(reason, "")
        case _:
            return REASONS.get(reason, "")


def _line(line: HistoryLine) -> str:
    moved = line.moved
    amount = f"{moved.change:+,}" if moved.change else f"{moved.amount:,}"
    left = "" if moved.left is None else f" · {moved.left:,} left"
    return f"{text.timestamp(moved.at_ms, 'f')} **{amount}** {_what_moved(moved)}{_words(line)}{left}{_job(line)}"


def _words(line: HistoryLine) -> str:
    return f" (“{text.shown_line(line.words, WORDS_CHARS)}”)" if line.words else ""


def _what_moved(moved: Movement) -> str:
    match moved.kind:
        case Kind.GRANT:
            return "your new allowance" if moved.reason == "period" else "granted by a manager"
        case Kind.GIVE if moved.change > 0:
            return "given by another member"
        case Kind.SETTLE:
            return "charged, from what was reserved"
        case Kind.RELEASE | Kind.REFUND if why := reason_of(moved.kind, moved.reason):
            return f"given back: {why}"
        case _:
            return receipt.moved(moved.kind)


def _job(line: HistoryLine) -> str:
    """The job's id, as a link to its card where there is one."""
    job_id, card = line.moved.job_id, line.card
    if job_id is None:
        return ""
    if card is None:
        return f" · job `{job_id}`"
    return f" · [job {job_id}]({text.message_link(card.guild_id, card.channel_id, card.message_id)})"
