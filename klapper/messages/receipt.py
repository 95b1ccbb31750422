"""A job's receipt: a short text to read and a text file with everything. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from klapper.clock import SECOND_MS
from klapper.jobs.job import JobEvent
from klapper.ledger.records import CREDIT, Kind, Transfer
from klapper.messages import card_texts, text
from klapper.services.desk import Receipt

MOST_LINES = 10

_MOVED = {
    Kind.GRANT: "granted",
    Kind.RESERVE: "reserved",
    Kind.SETTLE: "charged",
    Kind.RELEASE: "given back, nothing charged",
    Kind.REFUND: "refunded",
    Kind.EXPIRE: "expired",
    Kind.WRITE_OFF: "written off, charged to nobody",
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
    for transfer in _credits(receipt)[-MOST_LINES:]:
        lines.append(f"- {text.timestamp(transfer.at_ms, 'f')}: {text.credits(transfer.amount)} {moved(transfer.kind)}")
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
    if job.provider_text:
        yield f"Segmind says: {text.visible(job.provider_text)}"
    if view.link is not None:
        until = "" if view.link_until_ms is None else f" (until {_utc(view.link_until_ms)})"
        yield f"Clip: {view.link}{until}"
    yield from ("", "Credits:", *(f"  {_movement(transfer)}" for transfer in _credits(receipt)))
    yield from ("", "What happened:", *(f"  {_event(event)}" for event in receipt.events))
    yield from ("", "Request, as Segmind gets it:", receipt.body_text)


def _credits(receipt: Receipt) -> list[Transfer]:
    """The member's own movements; the operator's budget is nobody else's business."""
    return [transfer for transfer in receipt.transfers if transfer.ledger == CREDIT]


def _movement(transfer: Transfer) -> str:
    return f"{_utc(transfer.at_ms)}  {text.credits(transfer.amount)} {moved(transfer.kind)}"


def _event(event: JobEvent) -> str:
    before = "" if event.from_status is None else f"{event.from_status} -> "
    why = f" ({event.reason})" if event.reason else ""
    return f"{_utc(event.at_ms)}  {before}{event.to_status}{why}"


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / SECOND_MS, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
