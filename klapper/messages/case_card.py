"""A case as a message for moderators: a pure function of its view, rendered whole each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import discord
from discord import ui

from klapper.jobs.deliveries import CopyState
from klapper.messages import case_buttons, case_texts, report_texts, text
from klapper.messages.case_buttons import CaseButton
from klapper.messages.job_card import alt_text
from klapper.messages.pages import Page, PagedList, add_ways
from klapper.moderation.cases import Outcome
from klapper.moderation.policy import APPEAL
from klapper.services.case_views import CaseView

MOST_IMAGES = 10  # of a gallery (Discord docs: Media Gallery)
MOST_TEXT = 3_900  # of 4,000 (Discord docs: Create Message, all text displays together)
PER_PAGE = 5

_YELLOW, _GREEN, _RED, _GREY = 0xF1C40F, 0x2ECC71, 0xE74C3C, 0x95A5A6
_COLOURS = {
    None: _YELLOW,
    Outcome.APPROVED: _GREEN,
    Outcome.REJECTED: _RED,
    Outcome.BLOCKED: _RED,
    Outcome.TAKEN_DOWN: _RED,
}

Box = ui.Container[ui.LayoutView]


def build_case(view: CaseView, *, files: Sequence[str] = ()) -> ui.LayoutView:
    """The card. files: names of the attached ones, images or a clip, which are shown as spoilers."""
    card: ui.LayoutView = ui.LayoutView(timeout=None)
    box: Box = ui.Container(accent_colour=_COLOURS.get(view.case.outcome, _GREY))
    for paragraph in _fitting(view, files):
        box.add_item(ui.TextDisplay(paragraph))
    if files:
        box.add_item(_shown_clip(view, files[0]) if view.case.kind == "report" else _gallery(files))
    ending = case_texts.ending(view)
    if ending:
        box.add_item(ui.Separator())
        box.add_item(ui.TextDisplay(ending))
    box.add_item(_buttons(view))
    card.add_item(box)
    card.stop()  # discord.py need not remember it: a press reaches `CaseButton`, whatever process sent the message
    return card


def build_queue(views: Sequence[CaseView], *, total: int, number: int, warnings: Sequence[str] = ()) -> ui.LayoutView:
    """A page of open cases, each with a button that opens it. number: of the page, from 1.

    warnings: why their cards may be missing.
    """
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    message.add_item(ui.TextDisplay("\n".join((*warnings, case_texts.queue(views, total)))))
    for view in views[:PER_PAGE]:
        button = CaseButton(view.case.case_id, case_buttons.OPEN, label=case_texts.OPEN)
        message.add_item(ui.Section(case_texts.line(view, card_link(view)), accessory=button))
    add_ways(message, Page(PagedList.CASES, number, has_older=total > number * PER_PAGE))
    message.stop()
    return message


def image_name(number: int, media_type: str) -> str:
    """Of an attached image: Discord hides a file of this name until somebody clicks on it."""
    return f"SPOILER_image-{number}.{'png' if media_type == 'image/png' else 'jpg'}"


def reported_name(view: CaseView) -> str:
    """Of the attached clip, which Discord hides as well."""
    return f"SPOILER_reported-{view.case.job_id}.mp4"


def card_link(view: CaseView) -> str | None:
    """Where the case's card is."""
    card = view.case.card
    if card.channel_id is None or card.message_id is None:
        return None
    return text.message_link(view.case.guild_id, card.channel_id, card.message_id)


def _fitting(view: CaseView, files: Sequence[str]) -> Iterator[str]:
    """What a moderator needs first comes first; what does not fit is in the whole request."""
    left = MOST_TEXT - len(case_texts.ending(view)) - len(case_texts.MORE)
    for paragraph in filter(None, _paragraphs(view, files)):
        left -= len(paragraph)
        if left < 0:
            yield case_texts.MORE
            return
        yield paragraph


def _paragraphs(view: CaseView, files: Sequence[str]) -> Iterator[str]:
    yield case_texts.headline(view)
    yield case_texts.origin(view)
    if view.case.kind == "report":
        yield report_texts.card(view)
        yield report_texts.clip(view, files)
        yield from report_texts.reported(view)
    else:
        yield case_texts.why(view)
        yield case_texts.appeal(view)
    yield case_texts.record(view)
    yield from case_texts.request(view)


def _shown_clip(view: CaseView, name: str) -> ui.Item[ui.LayoutView]:
    """Playing, or to download where Discord would show nothing but a broken player."""
    if view.job.delivery is not None and view.job.delivery.copy is CopyState.FAILED:
        return ui.File(f"attachment://{name}", spoiler=True)
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{name}", description=alt_text(view.job), spoiler=True)
    return gallery


def _gallery(images: Sequence[str]) -> ui.MediaGallery[ui.LayoutView]:
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    for number, name in enumerate(images[:MOST_IMAGES], start=1):
        gallery.add_item(media=f"attachment://{name}", description=f"Image {number} of the request", spoiler=True)
    return gallery


def _buttons(view: CaseView) -> ui.ActionRow[ui.LayoutView]:
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    if view.case.is_open and view.case.kind == "report":
        row.add_item(_button(view, case_buttons.TAKE_DOWN, report_texts.TAKE_DOWN, discord.ButtonStyle.danger))
        row.add_item(_button(view, case_buttons.DISMISS, report_texts.DISMISS))
    elif view.case.is_open:
        row.add_item(_button(view, case_buttons.APPROVE, case_texts.APPROVE, discord.ButtonStyle.success))
        if view.case.is_because_of(APPEAL):
            wrong, label = case_buttons.APPROVE_WRONG, case_texts.APPROVE_WRONG
            row.add_item(_button(view, wrong, label, discord.ButtonStyle.success))
        row.add_item(_button(view, case_buttons.REJECT, case_texts.REJECT, discord.ButtonStyle.danger))
        row.add_item(_button(view, case_buttons.BLOCK, case_texts.BLOCK, discord.ButtonStyle.danger))
    row.add_item(_button(view, case_buttons.WHOLE, case_texts.WHOLE))
    return row


def _button(
    view: CaseView, action: str, label: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ui.Item[Any]:
    return CaseButton(view.case.case_id, action, label=label, style=style)
