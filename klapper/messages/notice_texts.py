"""What somebody reads, directly, when a manager or another member moved credits of theirs. Pure."""

from __future__ import annotations

from klapper.messages import text
from klapper.messages.case_texts import quoted
from klapper.moderation.audit import Action
from klapper.services.notices import Notice

WORDS_CHARS = 500  # of 200 that can be written: escaped, each may be two
SERVER_CHARS = 100
SOMEBODY = "A former member"


def mark(notice: Notice) -> str:
    """What a message about a movement is known by."""
    return f"-# Entry {notice.entry_id} of the server's audit, which its moderators can export."


def notice(notice: Notice, server: str = "") -> str:
    """server: the name of the guild, where it is known."""
    where = f"the server {text.shown_line(server, SERVER_CHARS)}" if server else "a server"
    lines = [_said(notice, where)]
    if notice.words:
        lines.append(f"They wrote:\n{quoted(notice.words, WORDS_CHARS)}")
    lines.append(f"{mark(notice)} `/credits history` there shows what moved.")
    return "\n".join(lines)


def _said(notice: Notice, where: str) -> str:
    credits, managers = f"**{text.credits(notice.amount)}**", f"The managers of {where}"
    match notice.action:
        case Action.CREDITS_GRANTED:
            return f"{managers} granted you {credits}. {_stay(notice.amount)}"
        case Action.CREDITS_REVOKED if notice.purse == "allowance":
            return f"{managers} took back {credits} of your allowance there. Your next one comes as usual."
        case Action.CREDITS_REVOKED:
            return f"{managers} took back {credits} of yours that do not expire."
        case Action.CREDITS_REFUNDED:
            # No backticks: what has an id in them counts as a message of the job itself.
            return f"{managers} gave back the {credits} that job {notice.job_id} cost you."
        case _:
            who = SOMEBODY if notice.by is None else text.mention(notice.by)
            return f"{who} gave you {credits} on {where}. {_stay(notice.amount)}"


def _stay(amount: int) -> str:
    return "It does not expire." if amount == 1 else "They do not expire."
