"""A draft as a private message: a pure function of its view, rendered whole each time.

The view is stopped before anybody sees it, so that discord.py keeps nothing of it: presses reach `DraftControl`,
whatever happened to the process meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import discord
from discord import ui

from klapper.drafts.draft import DraftKind, DraftState
from klapper.kling.model import Catalogue
from klapper.kling.request import Shot
from klapper.messages import draft_controls as controls
from klapper.messages import draft_fields, draft_option_texts, draft_texts
from klapper.messages.draft_controls import Action, DraftControl
from klapper.messages.draft_selects import selects
from klapper.services.drafts import DraftView

MOST_SHOTS = 5  # that are listed: each takes 3 of the 40 components (Discord docs: Component Reference)
IN_A_ROW = 5  # buttons (Discord docs: Action Row)

_BLURPLE, _YELLOW = 0x5865F2, 0xF1C40F

Panel = ui.LayoutView
Box = ui.Container[ui.LayoutView]


def build_panel(
    view: DraftView, catalogue: Catalogue, *, preface: str = "", job_link: str | None = None
) -> ui.LayoutView:
    """The draft as its author sees it.

    preface: a line above it. job_link: address of the card of the job that it became, or would repeat.
    """
    panel: Panel = ui.LayoutView(timeout=None)
    if preface:
        panel.add_item(ui.TextDisplay(preface))
    if not view.is_live:
        panel.add_item(ui.TextDisplay(draft_texts.over(view, job_link)))
        if may_renew(view):
            panel.add_item(_row(_renew(view)))
    elif view.draft.kind is DraftKind.QUOTE:
        panel.add_item(_question(view, job_link))
    else:
        panel.add_item(_workshop(view, catalogue))
    panel.stop()
    return panel


def may_renew(view: DraftView) -> bool:
    """Whether it has only expired, so that its author may go on with what is in it."""
    return not view.is_live and view.became is None and view.draft.state is DraftState.OPEN


def _question(view: DraftView, job_link: str | None) -> Box:
    box: Box = ui.Container(accent_colour=_YELLOW)
    box.add_item(ui.TextDisplay("\n".join((draft_texts.headline(view), *draft_texts.request(view)))))
    for number, shot in _listed_shots(view):
        box.add_item(ui.TextDisplay(draft_texts.shot(number, shot)))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(draft_texts.question(view, job_link)))
    change = controls.button(view.draft.draft_id, Action(controls.CHANGE), draft_texts.CHANGE)
    return box.add_item(_row(_generate(view), change, _discard(view)))


def _workshop(view: DraftView, catalogue: Catalogue) -> Box:
    """Top down: what it is, its shots, what can be chosen, what opens a form, what it costs, how it ends."""
    box: Box = ui.Container(accent_colour=_BLURPLE)
    box.add_item(ui.TextDisplay(_opening(view, catalogue)))
    for item in _shots(view):
        box.add_item(item)
    for item in selects(view, catalogue):
        box.add_item(_row(item))
    openers = _openers(view, catalogue)
    while row := list(islice(openers, IN_A_ROW)):
        box.add_item(_row(*row))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(draft_texts.price(view)))
    return box.add_item(_row(*_endings(view)))


def _opening(view: DraftView, catalogue: Catalogue) -> str:
    hint = draft_texts.hint(view, draft_fields.most_shots(catalogue))
    lines = (draft_texts.headline(view), hint, *draft_texts.request(view), draft_texts.shots(view))
    return "\n".join(line for line in lines if line)


def _shots(view: DraftView) -> Iterator[ui.Item[Any]]:
    """Each with a button to edit it; without where the model takes none."""
    may_edit = view.model is not None and view.model.field("shots") is not None
    for number, shot in _listed_shots(view):
        words: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(draft_texts.shot(number, shot))
        if may_edit:
            edit = controls.button(view.draft.draft_id, Action(controls.SHOT, number), draft_texts.EDIT_SHOT)
            yield ui.Section(words, accessory=edit)
        else:
            yield words


def _listed_shots(view: DraftView) -> Iterator[tuple[int, Shot]]:
    return islice(enumerate(view.draft.request.shots, start=1), MOST_SHOTS)


def _openers(view: DraftView, catalogue: Catalogue) -> Iterator[DraftControl]:
    """Buttons for what the model takes and no select can say."""
    draft, most_shots = view.draft, draft_fields.most_shots(catalogue)
    for name, label in draft_texts.OPENERS.items():
        if not draft_fields.fields(name, view, catalogue):
            continue
        if name == controls.SHOT and len(draft.request.shots) >= most_shots:
            full = draft_texts.MOST_SHOTS.format(count=most_shots)
            yield controls.button(draft.draft_id, Action(name), full, disabled=True)
            continue
        is_first = name == draft_texts.first_opener(view) and not (draft.request.prompt or draft.request.shots)
        style = discord.ButtonStyle.primary if is_first else discord.ButtonStyle.secondary
        yield controls.button(draft.draft_id, Action(name), label, style)


def _endings(view: DraftView) -> Iterator[DraftControl]:
    yield _generate(view)
    if view.untaken:
        clear = Action(controls.CLEAR, revision=view.draft.revision)
        yield controls.button(view.draft.draft_id, clear, draft_option_texts.removal(view.meant, view.untaken))
    yield _discard(view)


def _generate(view: DraftView) -> DraftControl:
    return controls.button(
        view.draft.draft_id,
        Action(controls.GENERATE, revision=view.draft.revision),
        draft_texts.generate(view),
        discord.ButtonStyle.success,
        disabled=view.priced is None,
    )


def _discard(view: DraftView) -> DraftControl:
    return controls.button(
        view.draft.draft_id, Action(controls.DISCARD), draft_texts.DISCARD, discord.ButtonStyle.danger
    )


def _renew(view: DraftView) -> DraftControl:
    renew = Action(controls.RENEW)
    return controls.button(view.draft.draft_id, renew, draft_texts.RENEW, discord.ButtonStyle.primary)


def _row(*items: DraftControl) -> ui.ActionRow[ui.LayoutView]:
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row
