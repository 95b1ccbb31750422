"""What /moderate says about one member."""

from __future__ import annotations

from collections.abc import Iterator

from cogs.texts import fit
from klapper.jobs.job import JobStatus
from klapper.messages import text
from klapper.services.member_desk import Blocked, Pardoned, Paused
from klapper.services.member_record import MemberRecord, Refusal
from klapper.services.protecting import REFUSED_BY_SEGMIND, TOO_MANY_REFUSALS
from klapper.services.reviewing import BLOCKED

MODERATE = "What is made on this server, and by whom"
RECORD = "What a member made, what was refused to them, and how they stand"
RECORD_MEMBER = "Whose record; somebody who has left can be given by their id"
BLOCK = "Let a member make nothing any more; what is not sent yet is cancelled"
BLOCK_OPTIONS = {"member": "Who; somebody who has left can be given by their id", "reason": "Why, for the moderators"}
UNBLOCK = "Let a blocked member make clips again"
UNBLOCK_MEMBER = "Who; somebody who has left can be given by their id"
PAUSE = "Let a member ask for nothing for some hours; what is accepted goes on"
PAUSE_OPTIONS = {
    "member": "Who; somebody who has left can be given by their id",
    "hours": "For how long, from now; 0 ends the pause",
    "reason": "Why, for the moderators; not needed to end a pause",
}
PARDON = "Lift all strikes of a member, and what Klapper did because of them"
PARDON_OPTIONS = BLOCK_OPTIONS

NOT_ONESELF = "Nobody decides about themselves: ask another moderator, or somebody who manages this server."
IS_MANAGER = "Moderators do not block or pause who manages this server: ask somebody with Manage Server."
STANDING_UNKNOWN = "Discord does not say now whether this member manages the server: try it again in a minute."
NO_REASON = "A pause needs a reason, which only moderators read: add it under `reason`."
NO_BOT = "Bots make no clips: choose a person."

_WORDS_CHARS = 300
_DETAIL_CHARS = 60
_REFUSALS = {  # where words say more than the code of a rule
    REFUSED_BY_SEGMIND: "refused by Segmind's content check",
    "blocked_member": "asked while blocked",
    "paused_member": "asked while paused",
    "channel_closed": "asked in a closed channel",
    "role_closed": "asked where their roles may not",
    "guild_closed": "asked while this server made no clips",
    "image_not_compared": "an image could not be compared with the block lists",
    "check_unavailable": "a check gave no answer",
}


def record(record: MemberRecord) -> str:
    """Everything about a member that moderators may know."""
    return fit(list(_lines(record)))


def blocked(user_id: int, blocked: Blocked) -> str:
    """A block is committed, and what was not sent is cancelled."""
    who = text.mention(user_id)
    lines = [f"{who} can make nothing here any more; `/moderate unblock` ends it."]
    if not blocked.is_new:
        lines = [f"{who} was blocked already; `/moderate unblock` ends it."]
    if blocked.cancelled:
        verb = "was" if blocked.cancelled == 1 else "were"
        jobs = text.counted(blocked.cancelled, "job")
        lines.append(f"{jobs} {verb} cancelled and {text.credits(blocked.credits)} given back.")
    if blocked.running:
        kept = "its clip is" if blocked.running == 1 else "the clips are"
        lines.append(
            f"{_running(blocked.running)} and cannot be cancelled: {kept} not posted; `/jobs recover` gives moderators "
            "what was made."
        )
    return "\n".join(lines)


def unblocked(user_id: int, *, is_over: bool) -> str:
    """is_over: False when nothing kept the member from anything."""
    who = text.mention(user_id)
    return f"{who} can make clips here again." if is_over else f"{who} was not blocked, so there is nothing to end."


def paused(user_id: int, paused: Paused) -> str:
    """A pause is committed."""
    who, until = text.mention(user_id), text.timestamp(paused.until_ms, "f")
    if paused.before_ms is None:
        return f"{who} can ask for nothing until {until}. What is accepted already goes on."
    before = text.timestamp(paused.before_ms, "f")
    return f"{who} was paused already, until {before}. From now on the pause ends {until}."


def unpaused(user_id: int, *, is_over: bool) -> str:
    """is_over: False when there was no pause."""
    who = text.mention(user_id)
    return f"The pause of {who} has ended." if is_over else f"{who} was not paused, so there is nothing to end."


def pardoned(user_id: int, pardoned: Pardoned) -> str:
    """A pardon is committed, if there was something to lift."""
    who = text.mention(user_id)
    if not pardoned.strikes:
        return f"{who} has no strikes that still count, so there is nothing to lift."
    ended = ", and Klapper's pause of them has ended" if pardoned.is_unpaused else ""
    verb = "is" if pardoned.strikes == 1 else "are"
    return f"{text.counted(pardoned.strikes, 'strike')} of {who} {verb} lifted{ended}."


def _lines(record: MemberRecord) -> Iterator[str]:
    if record.known_since_ms is None:
        yield f"{text.mention(record.user_id)} has never asked for anything here."
        return
    yield f"**Record of {text.mention(record.user_id)}**, known since {text.timestamp(record.known_since_ms, 'D')}"
    yield from _standing(record)
    jobs = record.tally.jobs
    made = text.counted(jobs.get(JobStatus.SUCCEEDED, 0), "clip")
    yield f"{made} made. By moderators: {record.tally.approved} approved, {jobs.get(JobStatus.REJECTED, 0)} declined."
    yield f"Refused: {record.refused_by_rules} by rules, {jobs.get(JobStatus.REFUSED, 0)} by Segmind's content check."
    yield _strikes(record)
    yield f"Now: {text.counted(record.waiting, 'job')} waiting, {record.running} being made."
    if record.refusals:
        yield "Last refusals:"
        yield from (f"- {text.timestamp(refusal.at_ms)} {_refusal(refusal)}" for refusal in record.refusals)


def _refusal(refusal: Refusal) -> str:
    if refusal.is_declined:
        who = "a moderator who is forgotten" if refusal.declined_by is None else text.mention(refusal.declined_by)
        return f"declined by {who}" + (", who blocked them" if refusal.rule == BLOCKED else "")
    if refusal.rule in _REFUSALS:
        return _REFUSALS[refusal.rule]
    detail = text.shown_line(refusal.detail, _DETAIL_CHARS)
    return f"refused by `{refusal.rule}`" + (f": “{detail}”" if detail else "")


def _standing(record: MemberRecord) -> Iterator[str]:
    if record.block is not None:
        yield f"**Blocked** since {text.timestamp(record.block.at_ms, 'f')}{_why(record.block.reason)}"
    if record.pause is not None:
        yield f"**Paused** until {text.timestamp(record.pause.until_ms, 'f')}{_why(record.pause.reason)}"
    if record.is_watched:
        yield "Moderators look at each request first, because Segmind refused too much."


def _why(reason: str) -> str:
    if reason == TOO_MANY_REFUSALS:
        return " by Klapper, because Segmind refused too much"
    words = text.shown_line(reason, _WORDS_CHARS)
    return f": “{words}”" if words else ""


def _strikes(record: MemberRecord) -> str:
    by_segmind = sum(strike.kind == "provider" for strike in record.strikes)
    by_moderators = len(record.strikes) - by_segmind
    if not record.strikes:
        return "No strikes that still count."
    return (
        f"Strikes that still count: {by_segmind} by Segmind, {by_moderators} by moderators; "
        f"they weigh {record.weight:.1f} together."
    )


def _running(jobs: int) -> str:
    return "1 job is being made" if jobs == 1 else f"{jobs:,} jobs are being made"
