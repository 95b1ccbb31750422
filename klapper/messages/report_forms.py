"""What a member is asked who reports a clip."""

from __future__ import annotations

import discord
from discord import ui

from klapper.messages import buttons, report_texts
from klapper.messages.draft_forms import Inputs

REASON = "reason"
REASON_CHARS = 500

INPUTS = Inputs(texts=frozenset({REASON}))


def build_report_form(job_id: str) -> ui.Modal:
    """The form behind Report; discord.py need not remember it."""
    custom_id = buttons.custom_id(job_id, buttons.REPORT)
    form = ui.Modal(title=report_texts.REPORT_TITLE, custom_id=custom_id, timeout=None)
    reason: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=REASON, style=discord.TextStyle.paragraph, max_length=REASON_CHARS
    )
    label: ui.Label[ui.Modal] = ui.Label(
        text=report_texts.REPORT_REASON, description=report_texts.REPORT_REASON_HINT, component=reason
    )
    form.add_item(label)
    form.stop()
    return form
