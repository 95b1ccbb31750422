"""Texts of the commands that no single command owns. What a job's card says is with the card."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.messages import text

MESSAGE_CHARS = 2_000  # Discord docs: Create Message, content

DM_GREETING = "Klapper looks whether it may send you direct messages; this message goes away again."
ORPHAN = (
    "This button or form belongs to something that has ended. Use the command again, or `/jobs list` for your jobs."
)
UNKNOWN_ACTION = (
    "This button is from another version of Klapper and does nothing any more. `/jobs show` shows your job."
)

BOT_LEFT = "Klapper is not on that server any more, so nothing can be made for it: ask its managers to invite it again."
MEMBER_LEFT = "You are not a member of that server any more, so nothing can be made for you there: join it again first."
MEMBERSHIP_UNKNOWN = (
    "Discord does not say at the moment whether you are still a member of that server, and nothing was made: try again "
    "in a minute."
)
TOO_SLOW = "That took too long for a form to open: press again."
WORDS_CHARS = 1_500

PERMISSIONS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}


def job_here(job_id: str, link: str) -> str:
    """The job's card was posted beside the answer."""
    return f"Your job `{job_id}` is here: {link}"


def job_in_review(job_id: str, link: str) -> str:
    """A moderator decides first."""
    return f"Your job `{job_id}` waits for a moderator, and nothing is made before they approve it: {link}"


def job_in_dm(job_id: str, link: str | None) -> str:
    """The card is in the requester's direct messages."""
    return f"Your job `{job_id}` goes on in our direct messages" + (f": {link}" if link else ".")


def job_without_card(job_id: str) -> str:
    """The job exists, its card does not yet."""
    return f"Your job `{job_id}` is accepted. Its card could not be posted yet; `/jobs show` shows it to you."


def same_job(job_id: str, link: str | None) -> str:
    """The interaction had a job already."""
    return f"This is job `{job_id}` already" + (f": {link}" if link else ": `/jobs show` shows it.")


def with_words(sentence: str, words: str) -> str:
    """A refusal that gives somebody's words back, so that they are not lost."""
    given = text.shown(words, WORDS_CHARS)
    return f"{sentence} You wrote:\n{given}" if given else sentence


def listed(words: Sequence[str]) -> str:
    """`A, B and C`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def fit(lines: Sequence[str], *, chars: int = MESSAGE_CHARS) -> str:
    """As many whole lines as one message takes."""
    kept: list[str] = []
    left = chars
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join(kept)


def too_narrow(missing: Sequence[str]) -> str:
    """Permissions that the bot lacks where it was called."""
    names = ", ".join(f"**{PERMISSIONS[name]}**" for name in missing)
    return f"I lack permissions in this channel: {names}. Ask a moderator to allow me that, or use another channel."
