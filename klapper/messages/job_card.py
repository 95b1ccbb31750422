"""A job as a Discord message: a pure function of its view, rendered whole each time.

A fresh LayoutView per message and per edit, with `JobButton`s and nothing else to press.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import discord
from discord import ui

from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import CANCELLABLE, TERMINAL, DeliveryState, Job, JobStatus
from klapper.kling.model import Note
from klapper.kling.resolution import ResolvedRequest, notes
from klapper.messages import buttons, card_texts, review_texts, text
from klapper.messages.parameters import avoided, short_words, shots
from klapper.services.views import JobView

ALT_TEXT_CHARS = 400  # of 1,024 (Discord docs: Media Gallery)
MOST_NOTES = 4
NOTE_CHARS = 160

_GREY, _BLUE, _YELLOW, _GREEN, _RED = 0x95A5A6, 0x3498DB, 0xF1C40F, 0x2ECC71, 0xE74C3C
_COLOURS = {
    JobStatus.IN_REVIEW: _YELLOW,
    JobStatus.WAITING: _GREY,
    JobStatus.SENDING: _BLUE,
    JobStatus.QUEUED: _BLUE,
    JobStatus.PROCESSING: _BLUE,
    JobStatus.UNKNOWN: _YELLOW,
    JobStatus.SUCCEEDED: _GREEN,
    JobStatus.FAILED: _RED,
    JobStatus.REFUSED: _RED,
    JobStatus.REJECTED: _RED,
    JobStatus.CANCELLED: _GREY,
    JobStatus.EXPIRED: _GREY,
    JobStatus.ABANDONED: _YELLOW,
}


def build_card(
    view: JobView, *, with_buttons: bool = True, for_requester: bool = False, preface: str = ""
) -> ui.LayoutView:
    """The card. preface: a line above it.

    for_requester: beside the card, where nobody else sees it; so it shows the prompt whatever the state, and the way
    to the clip.
    """
    card: ui.LayoutView = ui.LayoutView(timeout=None)
    if preface:
        card.add_item(ui.TextDisplay(preface))
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOURS[view.job.status])
    box.add_item(ui.TextDisplay(f"### {card_texts.headline(view)} · {text.shown_line(view.model_title, 100)}"))
    for paragraph in _request(view, public=not (for_requester or view.job.deliver_to == "dm")):
        box.add_item(ui.TextDisplay(paragraph))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(_progress(view, in_card=not for_requester)))
    if carries_clip(view) and not for_requester:
        box.add_item(_shown_clip(view))
    box.add_item(ui.TextDisplay(_small_print(view)))
    if with_buttons:
        box.add_item(_buttons(view))
    card.add_item(box)
    # discord.py 2.7.1 keeps a view that was sent, and with its end forgets buttons of other messages too. It keeps
    # none that has stopped; a press reaches its `JobButton` by the custom id alone.
    card.stop()
    return card


def fingerprint(view: JobView) -> str:
    """Equal exactly for views whose cards look equal."""
    plain = json.dumps(components(build_card(view)), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def components(card: ui.LayoutView) -> list[dict[str, Any]]:
    """The card as Discord gets it."""
    plain: list[dict[str, Any]] = card.to_components()  # type: ignore[no-untyped-call]
    return plain


def alt_text(view: JobView) -> str:
    """What the clip is said to show, for those who cannot see it."""
    asked = None if view.request is None else view.request.filled
    prompt = "" if asked is None else text.plain_line(asked.prompt, ALT_TEXT_CHARS)
    return f"Clip made from the prompt: {prompt}" if prompt else f"Clip of job {view.job.job_id}"


def clip_name(job: Job) -> str:
    """The clip's file name: ASCII letters, digits, `_` and `-` only, or Discord's attachment:// does not find it.

    Discord hides a file whose name begins with `SPOILER_` until somebody clicks on it (Discord docs: Uploading Files).
    """
    return f"{'SPOILER_' if job.spoiler else ''}klapper-{job.job_id}.mp4"


def carries_clip(view: JobView) -> bool:
    """Whether the message has the clip attached."""
    delivery = view.delivery
    return delivery is not None and delivery.state is DeliveryState.DELIVERED and delivery.way in _WITH_CLIP


_WITH_CLIP = ("attached",)


def _request(view: JobView, *, public: bool) -> list[str]:
    if view.request is None:
        return [card_texts.MODEL_GONE]
    if public and not _may_be_seen(view):
        in_review = view.job.status is JobStatus.IN_REVIEW
        return [
            card_texts.HIDDEN_IN_REVIEW if in_review else card_texts.HIDDEN_AFTERWARDS,
            _options(view, view.request),
        ]
    if not view.job.has_words:
        return [card_texts.WORDS_FORGOTTEN, _options(view, view.request)]
    # Of a storyboard without a prompt its shots are shown, not the summary that is sent in the prompt's place.
    prompt = text.shown(view.request.asked.prompt)
    paragraphs = [prompt, shots(view.request), avoided(view.request), _options(view, view.request)]
    return [paragraph for paragraph in paragraphs if paragraph]


def _options(view: JobView, request: ResolvedRequest) -> str:
    words = short_words(request)
    return f"{words} · {card_texts.SPOILER}" if view.job.spoiler else words


def _may_be_seen(view: JobView) -> bool:
    """Whether the request was allowed: a job that ended without being sent may come out of a review."""
    match view.job.status:
        case JobStatus.IN_REVIEW | JobStatus.REJECTED:
            return False
        case JobStatus.CANCELLED | JobStatus.EXPIRED | JobStatus.FAILED:
            return not review_texts.was_reviewed(view)
        case _:
            return True


def _progress(view: JobView, *, in_card: bool) -> str:
    lines = [card_texts.state(view, in_card=in_card), card_texts.times(view)]
    if (usual := card_texts.usual(view)) is not None:
        lines.append(usual)
    if view.overdue and view.job.status is not JobStatus.UNKNOWN:
        lines.append(card_texts.OVERDUE)
    return "\n".join(lines)


def _small_print(view: JobView) -> str:
    lines = [card_texts.money(view.money)]
    if view.request is not None:
        lines += [f"-# {note.sentence[:NOTE_CHARS]}" for note in _notes(view, view.request)[:MOST_NOTES]]
    lines.append(f"-# {card_texts.footer(view)}")
    return "\n".join(lines)


def _notes(view: JobView, request: ResolvedRequest) -> list[Note]:
    """Of a finished clip only those that say why it may look different from what its options say."""
    if view.job.status not in TERMINAL:
        return list(notes(request))
    doubts = {field.note for field in request.model.fields}
    return [note for note in notes(request) if view.job.status is JobStatus.SUCCEEDED and note in doubts]


def _shown_clip(view: JobView) -> ui.Item[ui.LayoutView]:
    """Playing, or to download where Discord would show nothing but a broken player."""
    if view.delivery is not None and view.delivery.copy is CopyState.FAILED:
        return ui.File(f"attachment://{clip_name(view.job)}", spoiler=view.job.spoiler)
    return _gallery(view)


def _gallery(view: JobView) -> ui.MediaGallery[ui.LayoutView]:
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{clip_name(view.job)}", description=alt_text(view), spoiler=view.job.spoiler)
    return gallery


def _buttons(view: JobView) -> ui.ActionRow[ui.LayoutView]:
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    job = view.job
    if job.status in CANCELLABLE:
        row.add_item(_button(job.job_id, buttons.CANCEL, card_texts.CANCEL, discord.ButtonStyle.danger))
        if job.status is JobStatus.IN_REVIEW:
            row.add_item(_button(job.job_id, buttons.EDIT, card_texts.CHANGE_REQUEST))
    elif job.is_open:
        row.add_item(_button(job.job_id, buttons.CANCEL, card_texts.CANNOT_CANCEL, disabled=True))
    elif view.request is not None:  # without a model there is nothing to run
        row.add_item(_button(job.job_id, buttons.AGAIN, card_texts.AGAIN))
        row.add_item(_button(job.job_id, buttons.EDIT, card_texts.EDIT))
    row.add_item(_button(job.job_id, buttons.RECEIPT, card_texts.RECEIPT))
    if not job.is_open:
        row.add_item(_button(job.job_id, buttons.DELETE, card_texts.DELETE, discord.ButtonStyle.danger))
    if _may_be_reported(view):
        row.add_item(_button(job.job_id, buttons.REPORT, card_texts.REPORT))
    return row


def _may_be_reported(view: JobView) -> bool:
    """Whether others than its requester see the clip."""
    delivery = view.delivery
    is_brought = delivery is not None and delivery.state is DeliveryState.DELIVERED
    return is_brought and view.job.deliver_to == "here"


def _button(
    job_id: str,
    action: str,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    disabled: bool = False,
) -> ui.Item[Any]:
    return buttons.JobButton(job_id, action, label=label, style=style, disabled=disabled)
