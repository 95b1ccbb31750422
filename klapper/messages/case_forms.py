"""What a moderator is asked before they decline a request, block its member or take a clip down."""

from __future__ import annotations

import discord
from discord import ui

from klapper.messages import case_buttons, case_texts, report_texts
from klapper.messages.draft_forms import Inputs

REASON = "reason"
STRIKE = "strike"
REFUND = "refund"
YES = "yes"
REASON_CHARS = 500

INPUTS = Inputs(texts=frozenset({REASON}), choices=frozenset({STRIKE, REFUND}))


def build_case_form(case_id: int, action: str) -> ui.Modal:
    """The form behind Decline, Block and Take down; discord.py need not remember it."""
    match action:
        case case_buttons.REJECT:
            form = _form(case_id, action, case_texts.REJECT_TITLE, case_texts.REASON)
        case case_buttons.TAKE_DOWN:
            form = _form(case_id, action, report_texts.TAKE_DOWN_TITLE, report_texts.TAKE_DOWN_REASON)
            no, yes = report_texts.REFUND_NO, report_texts.REFUND_YES
            form.add_item(ui.Label(text=report_texts.REFUND, component=_choice(REFUND, no, yes)))
        case _:
            form = _form(case_id, action, case_texts.BLOCK_TITLE, case_texts.REASON_BLOCK, required=False)
    if action in (case_buttons.REJECT, case_buttons.TAKE_DOWN):
        choice = _choice(STRIKE, case_texts.STRIKE_NO, case_texts.STRIKE_YES)
        form.add_item(ui.Label(text=case_texts.STRIKE, component=choice))
    form.stop()
    return form


def _form(case_id: int, action: str, title: str, asked: str, *, required: bool = True) -> ui.Modal:
    form = ui.Modal(title=title, custom_id=case_buttons.custom_id(case_id, action), timeout=None)
    reason: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=REASON, style=discord.TextStyle.paragraph, max_length=REASON_CHARS, required=required
    )
    form.add_item(ui.Label(text=asked, component=reason))
    return form


def _choice(name: str, no: str, yes: str) -> ui.Select[ui.Modal]:
    """A question that is answered with no unless somebody says yes."""
    choice: ui.Select[ui.Modal] = ui.Select(custom_id=name, required=False)
    choice.add_option(label=no, value="no", default=True)
    choice.add_option(label=yes, value=YES)
    return choice
