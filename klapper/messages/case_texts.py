"""What moderators read about a case: one place for its words, so that they can be translated. Pure.

Whatever a member wrote stands in a quotation: no line of theirs can pass for one of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from klapper.jobs.job import JobStatus
from klapper.messages import card_texts, text
from klapper.messages.parameters import short_words
from klapper.moderation.cases import Outcome
from klapper.services.case_views import CaseView

PROMPT_CHARS = 1_200  # of the 4,000 that all texts of a message may have together
OTHER_CHARS = 300
SHOTS_CHARS = 800
WORDS_CHARS = 500
EXCERPT_CHARS = 80

APPROVE = "Approve"
APPROVE_WRONG = "Approve, refusal was wrong"
REJECT = "Reject…"
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

_HEADLINES = {
    None: "Review",
    Outcome.APPROVED: "Approved",
    Outcome.REJECTED: "Declined",
    Outcome.BLOCKED: "Declined, member blocked",
    Outcome.WITHDRAWN: "Withdrawn by its requester",
    Outcome.REPLACED: "Replaced by a changed request",
    Outcome.EXPIRED: "Expired: nobody decided in time",
    Outcome.MOOT: "Nothing to decide any more",
    Outcome.TAKEN_DOWN: "Taken down",
    Outcome.DISMISSED: "Dismissed",
}
_REASONS = {
    "review_mode": "requests here wait for a moderator",
    "review_term": "a term of the filter wants a look",
    "provider_history": "Segmind refused several requests of this member",
    "appeal": "the member appeals a refusal",
    "blocked_term": "it has a term that is blocked on every server of this bot",
    "guild_term": "it has a term that this server blocks",
    "adult_term": "it has a term for age-restricted channels",
    "blocked_image": "it has an image that is on a block list",
    "mode_changed": "the mode here was changed after it was asked for",
    "level_lost": "the channel is no longer age-restricted",
    "check_unavailable": "a check gave no answer",
}


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
    """Which rules want a moderator, and which term it is about."""
    named = [_REASONS.get(code, f"rule {code}") for code in view.case.reasons]
    detail = view.decision.decision.detail if view.decision is not None else ""
    about = f" (“{text.shown_line(detail, 60)}”)" if detail and view.case.is_open else ""
    return f"In review because {'; '.join(named) or 'a moderator is wanted'}{about}."


def request(view: CaseView) -> Iterator[str]:
    """What is to be made, in the requester's own words, quoted."""
    made = view.job.request
    if made is None:
        yield card_texts.MODEL_GONE
        return
    if made.asked.prompt:
        yield f"**Prompt**\n{quoted(made.asked.prompt, PROMPT_CHARS)}"
    if made.asked.shots:
        shots = "\n".join(f"{number}. {shot.prompt}" for number, shot in enumerate(made.asked.shots, start=1))
        yield f"**Shots**\n{quoted(shots, SHOTS_CHARS)}"
    if made.asked.negative_prompt:
        yield f"**To be avoided**\n{quoted(made.asked.negative_prompt, OTHER_CHARS)}"
    if made.asked.voice_ids:
        yield f"**Voices**\n{quoted(', '.join(made.asked.voice_ids), OTHER_CHARS)}"
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
    counted = [f"{number:,} {words}" for words, number in numbers.items() if number or words == "made"]
    counted += [text.counted(len(known.strikes), "strike")] if known.strikes else []
    return f"Their record: {', '.join(counted)}."


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
    """How, by whom and when. Who took a request back is named as its requester already."""
    case = view.case
    assert case.closed_at_ms is not None
    when = text.timestamp(case.closed_at_ms)
    if case.outcome is Outcome.EXPIRED:
        return f"Expired {when}: nobody decided in time"
    is_named = view.closed_by is not None and case.outcome not in (Outcome.WITHDRAWN, Outcome.REPLACED)
    who = f" by {text.mention(view.closed_by)}" if is_named and view.closed_by is not None else ""
    return f"{_HEADLINES[case.outcome]}{who} {when}"


def quoted(words: str, limit: int) -> str:
    """Somebody's words as a quotation: every line of it begins with the mark, which they cannot write themselves."""
    return "\n".join(f"> {line}" for line in text.shown(words, limit).split("\n"))


def settled(view: CaseView) -> str:
    """What a moderator hears after their verdict."""
    assert view.case.outcome is not None
    done = {
        Outcome.APPROVED: "is approved and is sent when its turn comes.",
        Outcome.REJECTED: "is declined and its credits went back. Its member is told why by direct message, where "
        "they take any, and finds it in `/jobs show`.",
        Outcome.BLOCKED: "is declined and its member blocked; `/moderate unblock` ends that.",
    }
    return f"Job `{view.case.job_id}` {done.get(view.case.outcome, 'is settled.')}"


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


def _noun(views: Sequence[CaseView]) -> str:
    kinds = {view.case.kind for view in views}
    return {"review": "request", "report": "report"}[kinds.pop()] if len(kinds) == 1 else "case"
