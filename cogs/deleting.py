"""The question before a job is deleted. Its yes is a button like those of a card, and is asked about like them."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from cogs import job_texts
from klapper.jobs.job import TERMINAL
from klapper.messages.buttons import JobButton
from klapper.services.refusals import not_ended
from klapper.services.views import JobView

DELETE_YES = "delete_yes"


def delete_question(view: JobView) -> ui.LayoutView:
    """What to ask about a job that has ended. Raises RequestRefused (`not_ended`) for one that has not."""
    if view.job.status not in TERMINAL:
        raise not_ended(view.job)
    if job_texts.is_deleted(view):
        return said(job_texts.deleted(view))
    yes = JobButton(view.job.job_id, DELETE_YES, label=job_texts.DELETE_FOR_GOOD, style=discord.ButtonStyle.danger)
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    return _message(ui.TextDisplay(job_texts.delete_question(view)), row.add_item(yes))


def said(sentence: str) -> ui.LayoutView:
    """A sentence in the place of the question."""
    return _message(ui.TextDisplay(sentence))


def _message(*items: ui.Item[Any]) -> ui.LayoutView:
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    for item in items:
        message.add_item(item)
    message.stop()  # discord.py need not remember it: a press reaches `JobButton`, whatever process sent the message
    return message
