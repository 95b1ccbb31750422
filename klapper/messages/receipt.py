"""A job's receipt: a short text to read and a text file with everything. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from klapper.clock import SECOND_MS
from klapper.jobs.deliveries import UNREACHABLE, CopyState, Delivery
from klapper.jobs.job import DeliveryState, Job, JobEvent
from klapper.kling.request import VideoRequest
from klapper.ledger.records import CREDIT, Kind, Movement
from klapper.messages import card_texts, clip_texts, review_texts, text
from klapper.services.desk import Receipt
from klapper.services.views import JobView

MOST_LINES = 10
HASH_CHARS = 12  # of an image, as in the request below

_MOVED = {
    Kind.GRANT: "granted",
    Kind.REVOKE: "taken back by a manager",
    Kind.GIVE: "given to another member",
    Kind.RESERVE: "reserved",
    Kind.SETTLE: "charged",
    Kind.RELEASE: "given back, nothing charged",
    Kind.REFUND: "given back after it was charged",
    Kind.EXPIRE: "expired",
    Kind.WRITE_OFF: "written off, charged to nobody",
}
_WAYS = {
    "attached": "attached to the card",
    "linked": "linked from the card",
    "replied": "in a reply to the card",
    "dm": "as a direct message",
    "recovered": "given to its requester with /jobs recover",
}
_COPIES = {CopyState.SMALLER: ", a smaller copy", CopyState.CONVERTED: ", a copy that Discord plays"}
_NOT_DELIVERED = {
    "no_media": "not possible, the clip could not be loaded",
    UNREACHABLE: "not possible, nobody could be reached",
    "held_for_moderators": "not posted, kept for the moderators",
}


@dataclass(frozen=True, slots=True)
class ReceiptMessage:
    """content: for Discord. file_text: for the attached file `file_name`."""

    content: str
    file_name: str
    file_text: str


def build_receipt(receipt: Receipt) -> ReceiptMessage:
    """The receipt of one job. Money lines are the committed transfers, nothing else."""
    job_id = receipt.view.job.job_id
    return ReceiptMessage(_content(receipt), f"klapper-{job_id}.txt", "\n".join(_file_lines(receipt)) + "\n")


def moved(kind: Kind) -> str:
    """What a movement of credits means for the member."""
    return _MOVED[kind]


def _content(receipt: Receipt) -> str:
    view = receipt.view
    lines = [f"**Receipt of job `{view.job.job_id}`** · {card_texts.headline(view)}", card_texts.money(view.money)]
    for movement in _credits(receipt)[-MOST_LINES:]:
        lines.append(f"- {text.timestamp(movement.at_ms, 'f')}: {text.credits(movement.amount)} {moved(movement.kind)}")
    if said := review_texts.note(view):
        lines.append(f"The moderators wrote:\n{review_texts.quoted(said)}")
    lines.append("-# The file has the whole request and everything that happened.")
    return "\n".join(lines)


def _file_lines(receipt: Receipt) -> Iterator[str]:
    view = receipt.view
    job = view.job
    yield f"Job {job.job_id}"
    yield f"Asked: {_utc(job.created_at_ms)}"
    yield f"Model: {view.model_title} ({job.slug})"
    yield f"Price: {text.credits(job.price.credits)} (price table {job.price.version})"
    yield f"State: {card_texts.headline(view)}"
    if view.delivery is not None and view.delivery.state is not DeliveryState.NONE:
        yield f"Delivery: {_delivery(view, view.delivery)}"
    if job.parent_job_id is not None:
        yield f"Made from: job {job.parent_job_id}"
    if job.spoiler:
        yield "Spoiler: yes, the clip is shown on a click"
    if said := review_texts.note(view):
        yield from ("", "The moderators wrote:", *(f"  {line}" for line in text.visible(said).split("\n")), "")
    if job.provider_text:
        yield f"Segmind says: {text.visible(job.provider_text)}"
    if view.link is not None:
        until = "" if view.link_until_ms is None else f" (until {_utc(view.link_until_ms)})"
        yield f"Clip: {view.link}{until}"
    if view.request is not None and view.request.filled.images():
        yield from ("", "Images:", *(f"  {line}" for line in _images(view, view.request.filled)))
    yield from ("", "Credits:", *(f"  {_line(movement)}" for movement in _credits(receipt)))
    yield from ("", "What happened:", *(f"  {_event(event)}" for event in receipt.events))
    words = "" if job.has_words else ", without its texts and images, which are not kept any more"
    yield from ("", f"Request, as Segmind {_got(job)} it{words}:", receipt.body_text)


def _delivery(view: JobView, delivery: Delivery) -> str:
    """Where the clip is, or who took the job's messages away."""
    match delivery.state:
        case DeliveryState.DELIVERED:
            return f"{_WAYS.get(delivery.way, delivery.way)}{_COPIES.get(delivery.copy, '')}"
        case DeliveryState.UNDELIVERABLE:
            return _NOT_DELIVERED.get(delivery.reason, "not possible")
        case DeliveryState.REMOVED:
            done = "deleted" if view.takedown is None else "taken down"
            return f"{done} {clip_texts.removed_by(view)}, {_utc(delivery.since_ms)}"
        case DeliveryState.PENDING:
            return "under way"
        case DeliveryState.NONE:
            return "nothing to deliver"
        case _:
            assert_never(delivery.state)


def _images(view: JobView, request: VideoRequest) -> Iterator[str]:
    """Each image by what it is for; its size where it is still kept."""
    kept = {image.sha256: image for image in view.images}
    for role, sha256 in _roles(request):
        image = kept.get(sha256)
        size = "" if image is None else f", {image.width} x {image.height} pixels"
        yield f"{role}: {sha256[:HASH_CHARS]}{size}"


def _roles(request: VideoRequest) -> Iterator[tuple[str, str]]:
    if request.start_image is not None:
        yield "image", request.start_image
    if request.end_image is not None:
        yield "end image", request.end_image
    for number, element in enumerate(request.elements, start=1):
        yield f"element {number}, front", element.frontal
        for reference, sha256 in enumerate(element.references, start=1):
            yield f"element {number}, reference {reference}", sha256


def _got(job: Job) -> str:
    """Whether the request ever left."""
    if job.posted_at_ms is not None:
        return "got"
    return "would get" if job.is_open else "would have got"


def _credits(receipt: Receipt) -> list[Movement]:
    """The member's own movements, each once, whatever accounts it has; the operator's budget is not their business."""
    amounts: dict[tuple[int, Kind], int] = {}
    for transfer in receipt.transfers:
        if transfer.ledger == CREDIT:
            key = (transfer.at_ms, transfer.kind)
            amounts[key] = amounts.get(key, 0) + transfer.amount
    job_id = receipt.view.job.job_id
    return [Movement(kind, amount, "", job_id, at_ms) for (at_ms, kind), amount in amounts.items()]


def _line(movement: Movement) -> str:
    return f"{_utc(movement.at_ms)}  {text.credits(movement.amount)} {moved(movement.kind)}"


def _event(event: JobEvent) -> str:
    before = "" if event.from_status is None else f"{event.from_status} -> "
    why = f" ({event.reason})" if event.reason else ""
    return f"{_utc(event.at_ms)}  {before}{event.to_status}{why}"


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / SECOND_MS, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
