"""What a moderator is asked before they decline a request or block its member."""

from __future__ import annotations

import discord
from discord import ui

from klapper.messages import case_buttons, case_texts
from klapper.messages.draft_forms import Inputs

REASON = "reason"
STRIKE = "strike"
YES = "yes"
REASON_CHARS = 500

INPUTS = Inputs(texts=frozenset({REASON}), choices=frozenset({STRIKE}))


def build_case_form(case_id: int, action: str) -> ui.Modal:
    """The form behind Reject and Block; discord.py need not remember it."""
    rejects = action == case_buttons.REJECT
    title = case_texts.REJECT_TITLE if rejects else case_texts.BLOCK_TITLE
    form = ui.Modal(title=title, custom_id=case_buttons.custom_id(case_id, action), timeout=None)
    reason: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=REASON, style=discord.TextStyle.paragraph, max_length=REASON_CHARS, required=not rejects
    )
    form.add_item(ui.Label(text=case_texts.REASON if rejects else case_texts.REASON_BLOCK, component=reason))
    if rejects:
        strike: ui.Select[ui.Modal] = ui.Select(custom_id=STRIKE, required=False)
        strike.add_option(label=case_texts.STRIKE_NO, value="no", default=True)
        strike.add_option(label=case_texts.STRIKE_YES, value=YES)
        form.add_item(ui.Label(text=case_texts.STRIKE, component=strike))
    form.stop()
    return form
