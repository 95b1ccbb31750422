"""What a card says about a finished clip: where it is, and what the file in a message is. Pure."""

from __future__ import annotations

from klapper.jobs.deliveries import HELD, CopyState, Delivery
from klapper.jobs.job import DeliveryState
from klapper.messages import text
from klapper.services.views import JobView

OPEN = "Open the clip"
OPEN_ORIGINAL = "Open the original"
AT_SEGMIND = "Copies at Segmind stay there: they cannot be deleted from here."

_COPYING = {
    CopyState.SHRINKING: "The clip is finished, but too large to be attached. A smaller copy is being made.",
    CopyState.CONVERTING: (
        "The clip is finished, but in a format that Discord does not play. A copy that it plays is being made."
    ),
}
_REMOVERS = {
    "requester": "by its requester",
    "moderator": "by a moderator",
    "forgotten": "with all data of its requester",
}
_STILL_THERE = ("", "too_old", "forbidden")  # a card that cannot be edited any more may still be seen


def finished(view: JobView, *, in_card: bool) -> str:
    """Where the clip of a job that succeeded is. in_card: False for a message that is not its card."""
    delivery = view.delivery
    match None if delivery is None else delivery.state:
        case DeliveryState.PENDING if delivery is not None:
            return _pending(delivery, in_card)
        case DeliveryState.DELIVERED:
            return _delivered(view) if in_card else _elsewhere(view)
        case DeliveryState.UNDELIVERABLE:
            return _undeliverable(view)
        case DeliveryState.REMOVED:
            return f"The clip was made and was deleted {removed_by(view)}."
        case _:
            return "The clip is finished."


def attached(view: JobView, copy: CopyState) -> str:
    """What the file in this message is."""
    match copy:
        case CopyState.SMALLER:
            return f"Here is a smaller copy: the clip itself is too large to be attached here.{_original(view)}"
        case CopyState.CONVERTED:
            return f"Here is a copy that Discord plays, which it does not with the clip's own format.{_original(view)}"
        case CopyState.FAILED:
            return "Here is the clip as a file. Discord does not play its format here: download it to watch it."
        case _:
            return "Here is the clip."


def linked(view: JobView) -> str:
    """The address of a clip that is not attached, and how long it holds."""
    clip = None if view.link is None else text.link(OPEN, view.link)
    if clip is None:
        return "The clip could not be attached. The receipt has its address."
    if view.link_until_ms is None:
        return f"The clip could not be attached here. {clip}"
    return (
        f"The clip could not be attached here. {clip} until {text.timestamp(view.link_until_ms, 'f')}: save it by then."
    )


def removed_by(view: JobView) -> str:
    """Who deleted the job's messages."""
    if view.takedown is not None:
        return "by moderators"
    return _REMOVERS.get(view.delivery.reason if view.delivery else "", "afterwards")


def card_link(view: JobView) -> str | None:
    """The address of the job's card; None when it has none, or none that can be reached."""
    card = view.card
    if card is None or card.message_id is None or card.lost not in _STILL_THERE or view.is_removed:
        return None
    guild_id = view.job.guild_id if view.job.deliver_to == "here" else None
    return text.message_link(guild_id, card.channel_id, card.message_id)


def _pending(delivery: Delivery, in_card: bool) -> str:
    if delivery.copy in _COPYING:
        return _COPYING[delivery.copy]
    if delivery.attempts:
        return "The clip is finished. Bringing it here did not work yet and is tried again."
    return f"The clip is finished and will be {'here' if in_card else 'in its card'} in a moment."


def _delivered(view: JobView) -> str:
    match view.delivery.way if view.delivery else "":
        case "linked":
            return linked(view)
        case "replied":
            return "The clip is in the reply to this message."
        case "dm":
            return "The clip went to its requester as a direct message."
        case "recovered":
            return "The clip was given to its requester with `/jobs recover`."
        case _:
            return attached(view, view.delivery.copy if view.delivery else CopyState.NONE)


def _original(view: JobView) -> str:
    clip = None if view.link is None else text.link(OPEN_ORIGINAL, view.link)
    if clip is None or view.link_until_ms is None:
        return ""
    return f"\n{clip} until {text.timestamp(view.link_until_ms, 'f')}: save it by then."


def _elsewhere(view: JobView) -> str:
    """Where the clip is, for a message that does not carry it."""
    link = card_link(view)
    card = "the job's card, which is gone" if link is None else text.link("the job's card", link)
    match view.delivery.way if view.delivery else "":
        case "attached":
            return f"The clip is in {card}." if link else f"The clip was in {card}."
        case "replied":
            return f"The clip is in the reply to {card}."
        case _:
            return _delivered(view)


def _undeliverable(view: JobView) -> str:
    if view.delivery is not None and view.delivery.reason == "no_media":
        return "Segmind says that it is finished, but its clip could not be loaded and is nowhere else."
    if view.delivery is not None and view.delivery.reason == HELD:
        return "The clip is finished. It is not posted, and is kept for the moderators of this server for some days."
    return (
        "The clip is finished, but there was no way to bring it to you. "
        "It is kept for some days: `/jobs recover` gives it to you."
    )
