"""What a requester reads about a review. Pure."""

from __future__ import annotations

from klapper.jobs.job import JobStatus
from klapper.messages import text
from klapper.moderation.cases import Outcome
from klapper.services.views import JobView

WORDS_CHARS = 500

NOBODY_DECIDED = "No moderator decided about your request in time."
_DECLINED = "A moderator declined this request. Nothing was sent."
_EXPIRED = "No moderator decided about this in time, so it was not sent. Ask again if you still want it."


def was_reviewed(view: JobView) -> bool:
    """Whether the job is in review or ended there."""
    return view.review is not None and view.review.outcome is not Outcome.APPROVED


def state(view: JobView, *, in_card: bool) -> str:
    """Where it stands in the moderators' queue, or how it ended there; empty where the review says nothing.

    in_card: where everybody reads it.
    """
    match view.job.status:
        case JobStatus.IN_REVIEW:
            return _in_review(view)
        case JobStatus.REJECTED:
            return _DECLINED if in_card else f"{_DECLINED}{moderators_words(view)}"
        case JobStatus.EXPIRED if was_reviewed(view):
            return _EXPIRED
        case _:
            return ""


def moderators_words(view: JobView) -> str:
    """Why it was declined, for its requester alone; empty when nobody said."""
    if view.job.status is not JobStatus.REJECTED or view.review is None or not view.review.note:
        return ""
    words = "\n".join(f"> {line}" for line in text.shown(view.review.note, WORDS_CHARS).split("\n"))
    return f" They wrote:\n{words}"


def _in_review(view: JobView) -> str:
    place = view.place or 1
    queue = "It is next" if place == 1 else f"It is about {text.ordinal(place)} in their queue"
    ends_at_ms = view.review_ends_at_ms
    ends = "" if ends_at_ms is None else f" Without a decision it expires {text.timestamp(ends_at_ms)}."
    return f"A moderator looks at this request before anything is sent. {queue}.{ends}"
