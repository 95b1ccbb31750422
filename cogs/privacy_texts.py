"""What /privacy says."""

from __future__ import annotations

from collections.abc import Iterator

from klapper.messages import text
from klapper.services.privacy import Kept, KnownAgain

PRIVACY = "What Klapper keeps about you on this server"
EXPORT = "Everything that Klapper keeps about you here, as a file"
DELETE = "Delete what Klapper keeps about you here; you are asked first"
FILE_NAME = "klapper-my-data.json"
PACKED_NAME = f"{FILE_NAME}.gz"

EXPORTED = "Everything that Klapper keeps about you on this server. What is not in it, and why, stands in its notes."
PACKED = f"{EXPORTED}\n-# It is packed with gzip, because it would be too large for Discord."
TOO_LARGE = "Your data is more than Discord takes in one file, even packed: ask whoever runs this bot for it."
NOT_KNOWN_AGAIN = "Nothing by which Klapper would know you again: if you return, you begin anew."
FORGOTTEN_ALREADY = "Everything of yours on this server is deleted already."

_NOT_OURS = (
    "**What Klapper cannot delete**\n"
    "- At Segmind: requests for about a month, clips for about a week, and images, for which it names no end.\n"
    "- What was written to you directly, but for cards and clips; lines in the moderators' audit channel; "
    "and copies of the database that whoever runs this bot has made."
)


def question(kept: Kept) -> str:
    """What goes, what stays and why, before anything is deleted."""
    return "\n".join(_question(kept))


def deleted(known_again: KnownAgain) -> str:
    """That it is done, and what is still to come."""
    said = (
        "Your data on this server is deleted. Your cards and clips in Discord go now, one after the other; "
        "with many of them that takes a while."
    )
    return f"{said}\n{_known_again(known_again)}"


def _question(kept: Kept) -> Iterator[str]:
    yield "**Delete everything of yours on this server? This cannot be undone.**"
    jobs = f"what you asked for in {text.counted(kept.jobs, 'job')} (" if kept.jobs else "what you asked for ("
    yield (
        f"**What goes**\n- {jobs}texts, images, clips), your settings, and what you wrote to moderators\n"
        "- your cards and clips in Discord, one after the other\n- your Discord id"
    )
    if kept.credits:
        unless = " unless you return in time (see below)" if kept.known_again != KnownAgain() else ""
        yield f"- {text.credits(kept.credits)} that would not expire: you give them up{unless}"
    yield (
        "**What stays**\n- The books: amounts and times of what was paid, verdicts, outcomes and strikes, of a member "
        "whom nobody can name. Without them nobody could tell whether every credit is accounted for."
    )
    if kept.reported:
        yield (
            f"- {text.counted(kept.reported, 'reported clip')} on disk, until the moderators have decided: "
            "they have to see it."
        )
    yield f"- {_known_again(kept.known_again)}"
    yield _NOT_OURS


def _known_again(known: KnownAgain) -> str:
    """Until when a code of them stays, which can be made again from their id with a key of this bot only."""
    whiles = list(_whiles(known))
    if not whiles:
        return NOT_KNOWN_AGAIN
    return (
        f"A code by which Klapper knows you again, and which nobody else can read, stays {' and '.join(whiles)}. "
        "If you return by then, you have the same credits, and the same block, pause and strikes."
    )


def _whiles(known: KnownAgain) -> Iterator[str]:
    if known.is_blocked:
        yield "as long as you are blocked here"
    if known.period_ends_ms is not None:
        yield f"until your allowance begins anew {text.timestamp(known.period_ends_ms)}"
    if known.paused_until_ms is not None:
        yield f"until your pause ends {text.timestamp(known.paused_until_ms)}"
    if known.strikes_until_ms is not None:
        yield f"until your last strike or refusal counts no more {text.timestamp(known.strikes_until_ms)}"
