"""What a requester reads about what moderators decided. Pure.

What moderators wrote to them stands only where nobody else reads it. What they wrote when they blocked a member is for
moderators alone.
"""

from __future__ import annotations

from klapper.jobs.job import JobStatus
from klapper.messages import text
from klapper.moderation.cases import Outcome
from klapper.moderation.policy import APPEAL
from klapper.services.recalling import LEVEL_LOST, MODE_CHANGED
from klapper.services.views import JobView

WORDS_CHARS = 500
EXCERPT_CHARS = 80

NOBODY_DECIDED = "No moderator decided about your request in time."
REQUEST_DECLINED = "Your request was declined by a moderator."
APPEAL_DECLINED = "Your appeal was declined by a moderator."
TAKEN_DOWN = "Moderators took this clip down."
_DECLINED = "A moderator declined this request. Nothing was sent."
_EXPIRED = "No moderator decided about this in time, so it was not sent. Ask again if you still want it."
_LOOKS_FIRST = "A moderator looks at this request before anything is sent."
_RECALLED = (
    "The rules here became stricter after this was asked for, so a moderator looks at it before anything is sent."
)


def was_reviewed(view: JobView) -> bool:
    """Whether the job is in review or ended there."""
    return view.review is not None and view.review.outcome is not Outcome.APPROVED


def state(view: JobView, *, in_card: bool) -> str:
    """Where it stands in the moderators' queue, or how it ended there; empty where it does not.

    in_card: where others may read it.
    """
    if view.takedown is not None:
        return TAKEN_DOWN if in_card else f"{TAKEN_DOWN}{moderators_words(view)}"
    match view.job.status:
        case JobStatus.IN_REVIEW:
            return _in_review(view)
        case JobStatus.REJECTED:
            return f"{_DECLINED}{_where_why(view) if in_card else moderators_words(view)}"
        case JobStatus.EXPIRED if was_reviewed(view):
            return _EXPIRED
        case _:
            return ""


def note(view: JobView) -> str:
    """What moderators wrote to the requester when they declined the request or took its clip down, or nothing."""
    if view.takedown is not None:
        return view.takedown.note
    declined = view.review is not None and view.review.outcome is Outcome.REJECTED
    return view.review.note if declined and view.review is not None else ""


def moderators_words(view: JobView) -> str:
    """The same as a quotation, for the requester alone."""
    said = note(view)
    return f" They wrote:\n{quoted(said)}" if said else ""


def quoted(words: str) -> str:
    """Every line of it begins with the mark, which nobody can write themselves."""
    return "\n".join(f"> {line}" for line in text.shown(words, WORDS_CHARS).split("\n"))


def words_elsewhere(view: JobView) -> str:
    """Where the requester reads them, said to them where others listen."""
    return " `/jobs show` has what they wrote." if note(view) else ""


def declined(view: JobView, *, in_private: bool) -> str:
    """That a moderator said no. That it was an appeal is the requester's business."""
    was_appeal = view.review is not None and view.review.is_because_of(APPEAL)
    return APPEAL_DECLINED if in_private and was_appeal else REQUEST_DECLINED


def its_prompt(view: JobView) -> str:
    """Which request it is about, for the requester alone; empty for one without a prompt."""
    prompt = "" if view.request is None else text.shown_line(view.request.filled.prompt, EXCERPT_CHARS)
    return f" Its prompt: “{prompt}”." if prompt else ""


def _where_why(view: JobView) -> str:
    """On the card. In a direct message, what they wrote stands below it."""
    return " Its requester reads why in `/jobs show`." if note(view) and view.job.deliver_to == "here" else ""


def _in_review(view: JobView) -> str:
    is_recalled = view.review is not None and any(map(view.review.is_because_of, (MODE_CHANGED, LEVEL_LOST)))
    why = _RECALLED if is_recalled else _LOOKS_FIRST
    place = view.place or 1
    queue = "It is next" if place == 1 else f"It is about {text.ordinal(place)} in their queue"
    ends_at_ms = view.review_ends_at_ms
    ends = "" if ends_at_ms is None else f" Without a decision it expires {text.timestamp(ends_at_ms)}."
    return f"{why} {queue}.{ends}"
