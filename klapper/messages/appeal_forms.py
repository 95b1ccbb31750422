"""What a member is asked before a refusal is brought before the moderators."""

from __future__ import annotations

import discord
from discord import ui

from klapper.messages import appeal_buttons, appeal_texts
from klapper.messages.draft_forms import Inputs

WORDS = "words"
WORDS_CHARS = 500

INPUTS = Inputs(texts=frozenset({WORDS}))


def build_appeal_form(decision_id: int, price_credits: int, replaces: str | None = None) -> ui.Modal:
    """The form behind Appeal; discord.py need not remember it. replaces: the job in review whose place it takes."""
    form = ui.Modal(
        title=appeal_texts.TITLE, custom_id=appeal_buttons.form_id(decision_id, price_credits), timeout=None
    )
    words: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=WORDS, style=discord.TextStyle.paragraph, max_length=WORDS_CHARS, required=True
    )
    terms = appeal_texts.terms(price_credits, replaces)
    form.add_item(ui.Label(text=appeal_texts.WHY, description=terms, component=words))
    form.stop()
    return form
