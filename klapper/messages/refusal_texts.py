"""What a requester reads about refusals by Segmind's content check. Nobody else reads it. Pure."""

from __future__ import annotations

from klapper.messages import text
from klapper.services.views import JobView

PAUSED = "Segmind refused several of your requests: you can make clips here again {when}."
WATCHED = "Segmind refused several of your requests: for now, a moderator looks at what you ask for first."
CAN_PAUSE = "More refusals like this can lead to a pause."
CAN_REVIEW = "After more refusals like this, a moderator looks at what you ask for first."


def outlook(view: JobView) -> str:
    """What a refusal means for the requester's next requests, with a blank before it; empty where it means nothing."""
    ahead = view.outlook
    if ahead is None:
        return ""
    if ahead.paused_until_ms is not None:
        return f" {PAUSED.format(when=text.timestamp(ahead.paused_until_ms))}"
    said = [WATCHED] if ahead.is_watched else []
    if ahead.can_pause:
        said.append(CAN_PAUSE)
    elif ahead.can_review and not ahead.is_watched:
        said.append(CAN_REVIEW)
    return "".join(f" {sentence}" for sentence in said)
