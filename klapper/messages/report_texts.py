"""What is said about reported clips: to who reports, to moderators, and to whose clip was taken down. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from klapper.messages import clip_texts, review_texts, text
from klapper.messages.case_texts import has_strike, quoted
from klapper.moderation.cases import Outcome
from klapper.services.case_views import CaseView, SeenReport
from klapper.services.views import MoneyState

WORDS_CHARS = 500
NEWEST_CHARS = 300
SERVER_CHARS = 100

REPORT_TITLE = "Report this clip"
REPORT_REASON = "What is wrong with it?"
REPORT_REASON_HINT = "Only the moderators of this server read it; they see who reports"
THANKS = "Thank you: the moderators of this server will look at this clip. Nobody but them learns that you reported it."
NO_WORDS = "Nothing was reported: say in a few words what is wrong with the clip."
NO_CLIP_OF_OURS = "That message has no clip of Klapper's: use this on the message that shows the clip."

TAKE_DOWN = "Take down…"
DISMISS = "Dismiss"
TAKE_DOWN_TITLE = "Take this clip down"
TAKE_DOWN_REASON = "Why? Its requester reads it"
REFUND = "Give back what it cost?"
REFUND_YES = "Yes, give it back"
REFUND_NO = "No"

IS_HIDDEN = "Its requester has deleted it meanwhile. Its file is kept for you until this is settled."
_ATTACHED = "The clip is attached, hidden until you click on it."
_TOO_LARGE = "The clip is too large to be attached here: whoever runs this bot has the file."
_GONE = "The clip is kept neither here nor at Segmind any more."
_MARK = "Your clip of job {job_id} was taken down"  # no backticks: what has them counts as a message of the job itself


def mark(job_id: str) -> str:
    """What a message about a takedown is known by."""
    return _MARK.format(job_id=job_id)


def reported(view: CaseView) -> Iterator[str]:
    """How many reported it, and what the newest wrote. Of a clip that nobody reported nothing."""
    if not view.reporters:
        return
    older = view.reporters - len(view.reports)
    more = f", the newest {len(view.reports)} of them" if older > 0 else ""
    yield f"**Reported by {text.counted(view.reporters, 'member')}**{more}:"
    yield from (_said(report) for report in view.reports)


def clip(view: CaseView, files: Sequence[str]) -> str:
    """Where moderators find the clip of an open case. files: names of what is attached."""
    if not view.case.is_open:
        return ""
    where = _ATTACHED if files else _elsewhere(view)
    return f"{where}\n{IS_HIDDEN}" if view.job.is_removed else where


def card(view: CaseView) -> str:
    """The way to the card that shows it; empty when that is gone."""
    link = clip_texts.card_link(view.job)
    return "" if link is None else f"[The card of the job]({link})"


def settled(view: CaseView) -> str:
    """What a moderator hears after their verdict about a clip."""
    job_id = view.case.job_id
    if view.case.outcome is Outcome.DISMISSED:
        kept = "Its file goes now, as its requester had deleted it." if view.job.is_removed else "The clip stays."
        return f"The report about job `{job_id}` is dismissed. {kept}"
    done = (
        f"The clip of job `{job_id}` is taken down: its messages go and its file is deleted. Its requester is told why "
        "by direct message, where they take any, and finds it in `/jobs show`."
    )
    credits = _credits(view, refunded="{credits} given back.", kept="{credits} not given back.")
    strike = "Its requester has a strike for it." if has_strike(view) else ""
    return " ".join(filter(None, (done, credits, strike, clip_texts.AT_SEGMIND)))


def taken_down(view: CaseView, server: str = "") -> str:
    """What its requester reads, directly. server: the name of the guild, where it is known."""
    where = f"the server {text.shown_line(server, SERVER_CHARS)}" if server else "its server"
    lines = [f"{mark(view.case.job_id)} by the moderators of {where}.{review_texts.its_prompt(view.job)}"]
    if view.case.note:
        lines.append(f"They wrote:\n{quoted(view.case.note, WORDS_CHARS)}")
    credits = _credits(view, refunded="{credits} given back.", kept="What it cost ({credits}) is not given back.")
    lines.append(" ".join(filter(None, (credits, clip_texts.AT_SEGMIND))))
    return "\n".join(lines)


def _said(report: SeenReport) -> str:
    who = "A former member" if report.user_id is None else text.mention(report.user_id)
    return f"{who} {text.timestamp(report.at_ms)}\n{quoted(report.words, NEWEST_CHARS)}"


def _elsewhere(view: CaseView) -> str:
    link = None if view.link is None else text.link(clip_texts.OPEN, view.link)
    if link is not None and view.job.link_until_ms is not None:
        return f"The clip is not attached here. {link} until {text.timestamp(view.job.link_until_ms, 'f')}."
    return _GONE if view.clip is None else _TOO_LARGE


def _credits(view: CaseView, *, refunded: str, kept: str) -> str:
    """What the books say; nothing where nothing was charged."""
    money = view.job.money
    said = {MoneyState.REFUNDED: refunded, MoneyState.CHARGED: kept}.get(money.state, "")
    return said.format(credits=text.credits(money.credits)) if money.credits else ""
