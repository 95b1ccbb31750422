"""What moderators read about a case: one place for its words, so that they can be translated. Pure.

Whatever a member wrote stands in a quotation: no line of theirs can pass for one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from klapper.jobs.job import JobStatus
from klapper.messages import card_texts, text
from klapper.messages.parameters import short_words
from klapper.moderation.cases import Outcome
from klapper.moderation.reasons import Reason
from klapper.services.case_views import CaseView
from klapper.services.views import MoneyState

PROMPT_CHARS = 1_200  # of the 4,000 that all texts of a message may have together
OTHER_CHARS = 300
SHOTS_CHARS = 800
WORDS_CHARS = 500
EXCERPT_CHARS = 80
DETAIL_CHARS = 60
NOTE_CHARS = 100
MOST_REASONS = 8

APPROVE = "Approve"
APPROVE_WRONG = "Approve, refusal was wrong"
REJECT = "Decline…"
BLOCK = "Block member…"
OPEN = "Open"
WHOLE = "Whole request"

REJECT_TITLE = "Decline this request"
BLOCK_TITLE = "Decline and block the member"
REASON = "Why? The member reads it"
REASON_BLOCK = "Why? The moderators read it"
STRIKE = "Does it weigh against the member?"
STRIKE_YES = "Yes, give a strike"
STRIKE_NO = "No"

REPORTED = "Reported clip"
NOTHING_WAITS = "Nothing waits for a decision."

MORE = f"⚠ Not all of it is shown: **{WHOLE}** has the rest."

_HEADLINES = {
    None: "Review",
    Outcome.APPROVED: "Approved",
    Outcome.REJECTED: "Declined",
    Outcome.BLOCKED: "Declined, member blocked",
    Outcome.WITHDRAWN: "Withdrawn by its requester",
    Outcome.REPLACED: "Replaced by a changed request",
    Outcome.EXPIRED: "Expired",
    Outcome.MOOT: "Nothing to decide any more",
    Outcome.TAKEN_DOWN: "Taken down",
    Outcome.DISMISSED: "Dismissed",
}
_REASONS = {  # in those with braces stands the term, or what is said where it is not known
    "review_mode": "requests here wait for a moderator",
    "review_term": "{a term} of the filter wants a look",
    "provider_history": "Segmind refused several requests of this member",
    "appeal": "the member appeals a refusal",
    "blocked_term": "{a term} is blocked on every server of this bot",
    "guild_term": "{a term} is blocked by this server",
    "adult_term": "{a term} is only for channels of the level adult",
    "blocked_image": "an image is on a block list",
    "mode_changed": "the mode here was changed after it was asked for",
    "level_lost": "the channel is no longer of the level adult",
    "check_unavailable": "a check gave no answer",
}


_ALL = 1_000_000  # characters: of anything that Discord lets somebody write
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def headline(view: CaseView) -> str:
    """How the case stands, the model and the price."""
    price = text.credits(view.job.money.credits)
    is_report = view.case.is_open and view.case.kind == "report"
    stands = REPORTED if is_report else _HEADLINES[view.case.outcome]
    return f"### {stands} · {text.shown_line(view.job.model_title, 100)} · {price}"


def origin(view: CaseView) -> str:
    """Who asked, where and when, and the job's id."""
    job = view.job.job
    who = card_texts.FORMER_MEMBER if job.user_id is None else text.mention(job.user_id)
    return f"{who} asked in <#{job.channel_id}> {text.timestamp(job.created_at_ms)} · job `{job.job_id}`"


def why(view: CaseView) -> str:
    """Which rules want a moderator, each with what it is about and the note that moderators left with it."""
    head = "In review because" if view.case.is_open else "Was in review because"
    if not view.case.reasons:
        return f"{head} a moderator is wanted."
    shown = view.case.reasons[:MOST_REASONS]
    lines = [f"- {_reason(reason, view.notes.get(reason.detail, ''))}" for reason in shown]
    left = len(view.case.reasons) - len(shown)
    more = [f"- and {text.counted(left, 'more reason')}: `/moderate log` has them"] if left else []
    return "\n".join((f"{head}:", *lines, *more))


def request(view: CaseView) -> Iterator[str]:
    """What is to be made, in the requester's own words, quoted."""
    made = view.job.request
    if made is None:
        yield card_texts.MODEL_GONE
        return
    if not view.job.job.has_words:
        yield card_texts.WORDS_FORGOTTEN
    if made.asked.prompt:
        yield f"**Prompt**\n{_part(made.asked.prompt, PROMPT_CHARS)}"
    if made.asked.shots:
        shots = "\n".join(f"{number}. {shot.prompt}" for number, shot in enumerate(made.asked.shots, start=1))
        yield f"**Shots**\n{_part(shots, SHOTS_CHARS)}"
    if made.asked.negative_prompt:
        yield f"**To be avoided**\n{_part(made.asked.negative_prompt, OTHER_CHARS)}"
    if made.asked.voice_ids:
        yield f"**Voices**\n{_part(', '.join(made.asked.voice_ids), OTHER_CHARS)}"
    yield short_words(made)


def record(view: CaseView) -> str:
    """How the requester stands, in a line; empty for somebody without a past here."""
    known = view.record
    if known is None:
        return ""
    of = known.tally.jobs
    numbers = {
        "made": of.get(JobStatus.SUCCEEDED, 0),
        "declined": of.get(JobStatus.REJECTED, 0),
        "refused by rules": known.refused_by_rules,
        "refused by Segmind": of.get(JobStatus.REFUSED, 0),
    }
    counted = [f"{number:,} {words}" for words, number in numbers.items() if number]
    counted += [text.counted(len(known.strikes), "strike")] if known.strikes else []
    nothing = "" if numbers["made"] else "Nothing made here yet."
    return " ".join(filter(None, (nothing, f"Their record: {', '.join(counted)}." if counted else "")))


def appeal(view: CaseView) -> str:
    """What its requester wrote to the moderators; empty when they wrote nothing."""
    return f"**They write**\n{quoted(view.case.words, WORDS_CHARS)}" if view.case.words else ""


def ending(view: CaseView) -> str:
    """When an open case expires, or who settled it and why."""
    case = view.case
    if case.closed_at_ms is None:
        if view.ends_at_ms is None:
            return ""
        return f"Without a decision it expires {text.timestamp(view.ends_at_ms)} and the credits go back."
    said = f"{_ended(view)}."
    return f"{said}\n{quoted(case.note, WORDS_CHARS)}" if case.note else said


def _ended(view: CaseView) -> str:
    """How, by whom and when, and what was done besides. Who took a request back is named as its requester already."""
    case = view.case
    assert case.closed_at_ms is not None
    assert case.outcome is not None
    when = text.timestamp(case.closed_at_ms)
    if case.outcome is Outcome.EXPIRED:
        return f"Expired {when}: nobody decided in time"
    is_named = view.closed_by is not None and case.outcome not in (Outcome.WITHDRAWN, Outcome.REPLACED)
    who = f" by {text.mention(view.closed_by)}" if is_named and view.closed_by is not None else ""
    return f"{_HEADLINES[case.outcome]}{who} {when}{_besides(view)}"


def has_strike(view: CaseView) -> bool:
    """Whether the job brought its member a strike by a moderator."""
    strikes = () if view.record is None else view.record.strikes
    return any((strike.job_id, strike.kind) == (view.case.job_id, "moderator") for strike in strikes)


def quoted(words: str, limit: int) -> str:
    """Somebody's words as a quotation: every line of it begins with the mark, which they cannot write themselves."""
    return "\n".join(f"> {line}" for line in text.shown(words, limit).split("\n"))


def settled(view: CaseView) -> str:
    """What a moderator hears after their verdict."""
    assert view.case.outcome is not None
    besides = _besides(view)
    done = {
        Outcome.APPROVED: f"is approved{besides}. It is sent when its turn comes.",
        Outcome.REJECTED: f"is declined{besides}. Its credits were given back. Its member is told why by direct "
        "message, where they take any, and finds it in `/jobs show`.",
        Outcome.BLOCKED: "is declined and its member blocked; `/moderate unblock` ends that.",
    }
    return f"Job `{view.case.job_id}` {done.get(view.case.outcome, 'is settled.')}"


def whole(view: CaseView) -> str:
    """What stands beside the file with the whole request."""
    return f"**Whole request of job `{view.case.job_id}`**: every word of it is in the file."


def whole_file(view: CaseView, body_text: str) -> str:
    """The request as its member wrote it, uncut, then as Segmind would get it."""
    made = view.job.request
    asked = None if made is None else made.asked
    parts = [f"Whole request of job {view.case.job_id}", f"Model: {view.job.model_title}"]
    if made is not None and asked is not None:
        shots = "\n".join(f"{number}. {shot.prompt}" for number, shot in enumerate(asked.shots, start=1))
        words = {
            "Prompt": asked.prompt,
            "Shots": shots,
            "To be avoided": asked.negative_prompt or "",
            "Voices": ", ".join(asked.voice_ids),
        }
        parts += [f"{name}:\n{text.visible(said)}" for name, said in words.items() if said]
    return "\n\n".join((*parts, f"As Segmind gets it:\n{body_text}")) + "\n"


def queue(views: Sequence[CaseView], total: int) -> str:
    """The head of the list."""
    if not views:
        return NOTHING_WAITS
    return f"**{text.counted(total, _noun(views))} to decide about**, oldest first"


def line(view: CaseView, link: str | None) -> str:
    """One case in the list."""
    made = view.job.request
    prompt = "" if made is None else text.shown_line(made.asked.prompt, EXCERPT_CHARS)
    card = f" · {text.link('card', link)}" if link else ""
    ends = f" · expires {text.timestamp(view.ends_at_ms)}" if view.ends_at_ms is not None else ""
    what = f"**{REPORTED}** · " if view.case.kind == "report" else ""
    return f"{what}{origin(view)}{ends}{card}\n> {prompt}"


def reminder(views: Sequence[CaseView], roles: Sequence[int], links: Sequence[str | None]) -> str:
    """One message for everything that has become old. roles: that are told."""
    who = "".join(f"<@&{role}> " for role in roles)
    noun = _noun(views)
    waiting = text.counted(len(views), f"{noun} waits", f"{noun}s wait")
    oldest = f"the oldest since {text.timestamp(views[0].case.opened_at_ms)}"
    link = next(filter(None, links), None)
    way = f": {text.link('its card', link)}" if link else ". `/moderate queue` lists them."
    return f"{who}{waiting} for a decision, {oldest}{way}"


def _reason(reason: Reason, note: str) -> str:
    """One rule, in words. note: what moderators left with its term."""
    known = _REASONS.get(reason.rule)
    detail = f"“{text.shown_line(reason.detail, DETAIL_CHARS)}”" if reason.detail else ""
    if known is None:
        said = f"a check objects: {text.shown_line(reason.rule, DETAIL_CHARS)}"
        return f"{said} ({detail})" if detail else said
    said = known.replace("{a term}", f"the term {detail}" if detail else "a term")
    return f"{said} (note: {text.shown_line(note, NOTE_CHARS)})" if note else said


def _part(words: str, limit: int) -> str:
    """Words of the request as a quotation; where it is cut, how much is missing, and who has it."""
    shown, all_of_it = text.shown(words, limit), text.shown(words, _ALL)
    if shown == all_of_it:
        return quoted(words, limit)
    missing = _length(all_of_it) - _length(shown.removesuffix(text.ELLIPSIS))
    more = text.counted(missing, "more character is", "more characters are")
    return f"{quoted(words, limit)}\n⚠ {more} not shown: **{WHOLE}** has them."


def _length(shown: str) -> int:
    """Without what escapes."""
    return len(_ESCAPED.sub("x", shown))


def _besides(view: CaseView) -> str:
    """What a verdict did besides: that the refusal was wrong, a strike, credits that were given back."""
    case, said = view.case, []
    if case.outcome is Outcome.APPROVED and (wrong := _called_wrong(view)):
        return f": the refusal{_by_terms(wrong)} was wrong"
    if has_strike(view):
        said.append("with a strike")
    money = view.job.money
    if case.outcome is Outcome.TAKEN_DOWN and money.state is MoneyState.REFUNDED and money.credits:
        said.append(f"{text.credits(money.credits)} given back")
    return "".join(f", {one}" for one in said)


def _called_wrong(view: CaseView) -> tuple[Reason, ...]:
    """What refused it before, and should not have, as the moderator said who approved it."""
    verdict = view.decision
    if verdict is None or verdict.decided_by != view.case.closed_by:
        return ()
    return verdict.decision.reasons[1:]


def _by_terms(wrong: Sequence[Reason]) -> str:
    named = [f"“{text.shown_line(reason.detail, DETAIL_CHARS)}”" for reason in wrong[:MOST_REASONS] if reason.detail]
    return f" by {', '.join(named)}" if named else ""


def _noun(views: Sequence[CaseView]) -> str:
    kinds = {view.case.kind for view in views}
    return {"review": "request", "report": "report"}[kinds.pop()] if len(kinds) == 1 else "case"
