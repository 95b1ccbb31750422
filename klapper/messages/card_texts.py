"""What a card says: one place for every state's words, so that they can be translated. Pure."""

from __future__ import annotations

from typing import assert_never

from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.messages import clip_texts, refusal_texts, review_texts, text
from klapper.services.claims import MISSES_ARE_FINAL
from klapper.services.views import JobView, Money, MoneyState, WaitingFor

PROVIDER_TEXT_CHARS = 300

CANCEL = "Cancel"
RECEIPT = "Receipt"
AGAIN = "Run again"
EDIT = "Edit and run"
DELETE = "Delete"
REPORT = "Report…"
CHANGE_REQUEST = "Change request"
CANNOT_CANCEL = "Too late to cancel"

HIDDEN_IN_REVIEW = "The prompt is not shown before a moderator has allowed it."
HIDDEN_AFTERWARDS = "The prompt is not shown: this was never sent. Its requester finds it in the receipt."
MODEL_GONE = "This model is no longer offered. The receipt has the whole request."
CAME_DIRECTLY = "Your clip comes as a direct message because its card could not be reached any more."
CAME_DIRECTLY_DELETED = "Your clip comes as a direct message because its card was deleted."
SPOILER = "spoiler"
THE_CARD = "See the job's card"
OVERDUE = "This takes longer than usual. It is watched until Segmind answers."
FORMER_MEMBER = "a former member"
WORDS_FORGOTTEN = "What was asked for is not kept any more."

_HEADLINES = {
    JobStatus.IN_REVIEW: "In review",
    JobStatus.WAITING: "Waiting",
    JobStatus.SENDING: "Being sent",
    JobStatus.QUEUED: "In Segmind's queue",
    JobStatus.PROCESSING: "Being made",
    JobStatus.UNKNOWN: "Outcome unclear",
    JobStatus.SUCCEEDED: "Done",
    JobStatus.FAILED: "Not made",
    JobStatus.REFUSED: "Refused by Segmind",
    JobStatus.REJECTED: "Declined",
    JobStatus.CANCELLED: "Cancelled",
    JobStatus.EXPIRED: "Expired",
    JobStatus.ABANDONED: "No answer",
}
_STATES = {
    JobStatus.SENDING: "It is being handed to Segmind, which cannot cancel it.",
    JobStatus.QUEUED: "Segmind has it, will start on it soon, and cannot cancel it.",
    JobStatus.PROCESSING: "Segmind is making it and cannot cancel it.",
    JobStatus.REFUSED: "Segmind's content check refused this. Change the prompt and ask again.",
    JobStatus.CANCELLED: "It was cancelled before it was sent.",
    JobStatus.EXPIRED: "It could not be sent in time. Ask again if you still want it.",
    JobStatus.ABANDONED: (
        "Segmind has not said what became of this. It is still watched: should the clip turn up, it is posted here "
        "and costs nothing."
    ),
}
_BY_REASON = {  # where the reason says more than the state
    "cancelled_by_moderator": "A moderator cancelled it before it was sent.",
    "replaced": "Its requester replaced it with a changed request before it was sent.",
    "member_blocked": "A moderator cancelled it before it was sent.",  # why, the moderators tell its requester
    "member_left": "It was cancelled before it was sent because its requester has left this server.",
    "guild_gone": "It was cancelled before it was sent because Klapper was removed from its server.",
    "not_found": (
        "Segmind's history of requests does not have this, so it was probably never made, and the credits went back. "
        "It was not sent again by itself. Should the clip turn up all the same, it is posted here and costs nothing."
    ),
    "released_by_operator": (
        "Whoever runs this bot ended the wait for an answer. It is still watched: should the clip turn up, it is "
        "posted here and costs nothing."
    ),
}
_PAUSES = {
    "bad_key": "Segmind does not accept this bot's key at the moment",
    "no_credits": "This bot's account at Segmind has run out of money",
    "low_balance": "This bot's account at Segmind does not have enough money left at the moment",
    "team_limit": "This bot's spending limit at Segmind is reached",
    "forbidden": "Segmind does not let this bot use the model at the moment",
    "retired": "Segmind no longer offers this model",
}
_FAILURES = {
    "bad_request": "Segmind did not accept the request: change the prompt or the options and ask again.",
    "bad_parameter": "Segmind did not accept one of the options: change them and ask again.",
    "unknown_model": "Segmind does not know this model any more: choose another one.",
    "retired": "Segmind no longer offers this model: choose another one.",
    "model_retired": "Segmind no longer offers this model: choose another one.",
    "image_refused": "Segmind did not accept one of the images: choose another one and ask again.",
    "not_allowed": "It was not sent because what was allowed is not what would have left: ask again.",
    "image_lost": "One of the images was not kept long enough: attach it again and ask again.",
}
_PROVIDER_FAILED = "Segmind could not make this."
_NOT_SENT = (JobStatus.IN_REVIEW, JobStatus.WAITING, JobStatus.SENDING)
_ENDINGS = {
    JobStatus.SUCCEEDED: "Your clip is ready.",
    JobStatus.REFUSED: "Your request was refused by Segmind's content check.",
    JobStatus.CANCELLED: "Your request was cancelled.",
    JobStatus.EXPIRED: "Your request expired before it could be sent.",
    JobStatus.ABANDONED: "Segmind never said what became of your clip.",
}


def headline(view: JobView) -> str:
    """The first line: the state in a few words."""
    delivery = view.delivery
    if view.job.status is not JobStatus.SUCCEEDED or delivery is None:
        return _HEADLINES[view.job.status]
    match delivery.state:
        case DeliveryState.PENDING:
            return "Finished, the clip is on its way"
        case DeliveryState.UNDELIVERABLE:
            return "Finished, but not delivered"
        case DeliveryState.REMOVED:
            return "Deleted" if view.takedown is None else "Taken down"
        case DeliveryState.DELIVERED | DeliveryState.NONE:
            return _HEADLINES[JobStatus.SUCCEEDED]
        case _:
            assert_never(delivery.state)


def state(view: JobView, *, in_card: bool = True) -> str:
    """What is going on, why, and what can be done about it. in_card: False where the job is shown beside its card."""
    said = review_texts.state(view, in_card=in_card) or _state(view, in_card)
    if not in_card:
        said += refusal_texts.outlook(view)
    if not view.is_removed or view.job.status is JobStatus.SUCCEEDED:
        return said
    return f"{said}\nIts card was deleted {clip_texts.removed_by(view)}."


def times(view: JobView) -> str:
    """When it began and when it is usually done, or how long it took. No percentage: nobody knows one."""
    job = view.job
    if job.finished_at_ms is not None:
        return _took(job)
    if job.posted_at_ms is None or job.status in _NOT_SENT:
        return f"Asked {text.timestamp(job.created_at_ms)}"
    sent = f"Sent {text.timestamp(job.posted_at_ms)}"
    if view.eta_at_ms is None or view.overdue or job.status is JobStatus.UNKNOWN:
        return sent
    return f"{sent} · usually done {text.timestamp(view.eta_at_ms)}"


def usual(view: JobView) -> str | None:
    """How long jobs like it took, where enough are known and it is still to come."""
    usual = view.usual
    if usual is None or not usual.runs or view.overdue or view.job.status is JobStatus.UNKNOWN:
        return None
    return f"8 of 10 like this take under {text.duration(usual.under_s)}."


def money(money: Money) -> str:
    """What happened to the credits, as the committed books say."""
    amount = text.credits(money.credits)
    match money.state:
        case MoneyState.RELEASED:
            return f"Nothing charged, {amount} given back." if money.credits else "Nothing charged."
        case _ if money.credits == 0:
            return "Free of charge."
        case MoneyState.HELD:
            return f"{amount} reserved, charged only when the clip is finished."
        case MoneyState.CHARGED:
            return f"{amount} charged."
        case MoneyState.REFUNDED:
            return f"{amount} given back."
        case _:
            assert_never(money.state)


def footer(view: JobView) -> str:
    """Who asked, the job's id, and the job it was made from."""
    job = view.job
    who = FORMER_MEMBER if job.user_id is None else text.mention(job.user_id)
    # The other id without backticks: what has an id in backticks counts as a message of that job.
    parent = "" if job.parent_job_id is None else f" · from job {job.parent_job_id}"
    return f"Asked by {who} · job `{job.job_id}`{parent}"


def came_directly(view: JobView) -> str:
    """Why a clip comes as a direct message although its card is elsewhere."""
    deleted = view.card is not None and view.card.lost == "deleted"
    return CAME_DIRECTLY_DELETED if deleted else CAME_DIRECTLY


def news(view: JobView) -> str:
    """The one message that pings, below the card: how it ended, in a sentence. Why, a channel does not read."""
    who = "" if view.job.user_id is None else f"{text.mention(view.job.user_id)} "
    in_private = view.job.deliver_to == "dm"
    more = _for_requester(view) if in_private else review_texts.words_elsewhere(view)
    return f"{who}{_ending(view, in_private=in_private)} {money(view.money)}{more}\n-# job `{view.job.job_id}`"


def news_directly(view: JobView) -> str:
    """The same as a direct message, where the card is not above it."""
    link = clip_texts.card_link(view)
    card = "" if link is None else f"\n{text.link(THE_CARD, link)}"
    ended = f"{_ending(view, in_private=True)}{review_texts.its_prompt(view)}"
    return f"{ended} {money(view.money)}{_for_requester(view)}{card}\n-# job `{view.job.job_id}`"


def _state(view: JobView, in_card: bool) -> str:
    job = view.job
    match job.status:
        case JobStatus.WAITING:
            return _waiting(view)
        case JobStatus.UNKNOWN:
            return _unclear(job)
        case JobStatus.SUCCEEDED:
            return clip_texts.finished(view, in_card=in_card)
        case JobStatus.CANCELLED | JobStatus.ABANDONED:
            return _BY_REASON.get(job.reason, _STATES[job.status])
        case JobStatus.FAILED:
            return _FAILURES.get(job.reason, _provider_failed(view)) + _provider_words(job)
        case _:
            return _STATES[job.status] + _provider_words(job)


def _unclear(job: Job) -> str:
    """What is done about it, and how it can end."""
    asked = (
        "Segmind did not answer clearly when this was sent. That is being clarified; nothing is sent twice. "
        "Segmind's history of requests is asked whether it has this."
    )
    if job.missed_at_ms is None:
        return asked
    times = text.counted(job.misses, "answer")
    return (
        f"{asked} So far it does not ({times}, the last {text.timestamp(job.missed_at_ms)}); after "
        f"{MISSES_ARE_FINAL} this counts as not made, and the credits go back."
    )


def _waiting(view: JobView) -> str:
    match view.waiting_for:
        case WaitingFor.UNDO:
            return _undo(view.job)
        case WaitingFor.GUILD_PAUSED:
            return (
                "Klapper is paused on this server. This request keeps its place and goes on when the server's managers "
                "resume; it can be cancelled."
            )
        case WaitingFor.PROVIDER_PAUSED:
            why = _PAUSES.get(view.pause_reason, "Nothing is sent to Segmind at the moment")
            return f"{why}. This request keeps its place until that is mended; it can be cancelled."
        case WaitingFor.UPLOAD:
            return (
                "Its images could not be handed to Segmind yet. That is tried again and nothing is charged meanwhile; "
                "it can be cancelled."
            )
        case WaitingFor.EQUAL_UNCLEAR:
            return (
                "An equal request was sent and its outcome is still unclear. This one waits until that is known: "
                "change a word and ask again if you do not want to wait."
            )
        case WaitingFor.OWN_JOBS | WaitingFor.TURN | None:
            return _turn(view)
        case _:
            assert_never(view.waiting_for)


def _undo(job: Job) -> str:
    """It may have to wait longer: for a free place, or for others whose turn is before."""
    earliest = text.timestamp(job.not_before_ms)
    return f"It is sent {earliest} at the earliest, when its turn comes; you can cancel it until then."


def _turn(view: JobView) -> str:
    again = "Segmind did not take it and nothing was charged; it is tried again. " if view.job.attempts else ""
    if view.waiting_for is WaitingFor.OWN_JOBS:
        return (
            f"{again}As many of your jobs as may run at a time are at Segmind. This one goes on when one of them ends."
        )
    if view.place is None:
        return f"{again}It waits for its turn."
    if view.place <= 1:
        return f"{again}It waits for its turn and is next."
    return f"{again}It waits for its turn, about {text.ordinal(view.place)}."


def _provider_failed(view: JobView) -> str:
    """It was nobody's fault here, so the same request may well be made the next time."""
    has_button = view.request is not None
    return f"{_PROVIDER_FAILED} Press {AGAIN} to try once more." if has_button else _PROVIDER_FAILED


def _provider_words(job: Job) -> str:
    words = text.shown_line(job.provider_text, PROVIDER_TEXT_CHARS)
    return f"\nSegmind says: “{words}”" if words else ""


def _took(job: Job) -> str:
    assert job.finished_at_ms is not None
    finished = f"Ended {text.timestamp(job.finished_at_ms)}"
    if job.status is not JobStatus.SUCCEEDED or job.posted_at_ms is None:
        return finished
    seconds = job.run_time_s if job.run_time_s is not None else (job.finished_at_ms - job.posted_at_ms) / 1000
    return f"{finished} after {text.duration(seconds)}"


def _for_requester(view: JobView) -> str:
    """What follows from the end, or why it was so; nobody else reads this."""
    return refusal_texts.outlook(view) or review_texts.moderators_words(view)


def _ending(view: JobView, *, in_private: bool) -> str:
    delivery = view.delivery
    if delivery is not None and delivery.state is DeliveryState.UNDELIVERABLE:
        is_lost = delivery.reason == "no_media"
        return "Your clip was made, but could not be loaded." if is_lost else "Your clip could not be brought to you."
    if view.job.status is JobStatus.REJECTED:
        return review_texts.declined(view, in_private=in_private)
    if view.job.reason in ("cancelled_by_moderator", "member_blocked"):
        return "Your request was cancelled by a moderator."
    if view.job.status is JobStatus.EXPIRED and review_texts.was_reviewed(view):
        return review_texts.NOBODY_DECIDED
    if view.job.reason == "not_found":
        return "Your clip was probably never made: Segmind does not know of it."
    return _ENDINGS.get(view.job.status, "Your clip could not be made.")
