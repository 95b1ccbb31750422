"""The yes to the question before everything of a member's is deleted. It carries nothing: who presses is meant."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

LABEL = "Delete everything"
CUSTOM_ID = re.compile(r"privacy:delete_all")


class DeleteAllButton(ui.DynamicItem[ui.Button[Any]], template=CUSTOM_ID):
    """Keeps: whose data goes is up to who presses, and is asked of the database by who listens to `delete_all_button`.

    The event carries (interaction). The class must be known to the client (`add_dynamic_items`).
    """

    def __init__(self) -> None:
        button: ui.Button[Any] = ui.Button(label=LABEL, style=discord.ButtonStyle.danger, custom_id=CUSTOM_ID.pattern)
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        interaction.client.dispatch("delete_all_button", interaction)


def build_question(question: str) -> ui.LayoutView:
    """What goes and what stays, with the yes below it."""
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    message.add_item(ui.TextDisplay(question))
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    message.add_item(row.add_item(DeleteAllButton()))
    message.stop()  # discord.py need not remember it: a press reaches `DeleteAllButton`, whatever process sent it
    return message
