"""The button under a refusal that can be appealed, and the id of its form. They carry a number and nothing else."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from klapper.messages import appeal_texts

OPEN = "open"
SEND = "send"
# A form carries the price that it shows as well.
CUSTOM_ID = re.compile(r"appeal:(?P<decision_id>[1-9][0-9]{0,17}):(?P<action>[a-z_]+)(?::(?P<credits>[0-9]{1,9}))?")


def custom_id(decision_id: int, action: str) -> str:
    """What Discord sends back when the button is pressed."""
    return f"appeal:{decision_id}:{action}"


def form_id(decision_id: int, price_credits: int) -> str:
    """What Discord sends back with the form."""
    return f"{custom_id(decision_id, SEND)}:{price_credits}"


class AppealButton(ui.DynamicItem[ui.Button[Any]], template=CUSTOM_ID):
    """Keeps: what a press may do is decided from the database, by whoever listens to the event `appeal_button`.

    The event carries (interaction, decision_id, action). The class must be known to the client (`add_dynamic_items`).
    """

    def __init__(self, decision_id: int, action: str = OPEN, *, label: str = appeal_texts.APPEAL) -> None:
        super().__init__(ui.Button(label=label, custom_id=custom_id(decision_id, action)))
        self.decision_id = decision_id
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["decision_id"]), match["action"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        interaction.client.dispatch("appeal_button", interaction, self.decision_id, self.action)


def build_refusal(sentence: str, decision_id: int) -> ui.LayoutView:
    """A refusal and the way to appeal it."""
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    message.add_item(ui.TextDisplay(sentence))
    message.add_item(row.add_item(AppealButton(decision_id)))
    message.stop()  # discord.py need not remember it: a press reaches `AppealButton`, whatever process sent the message
    return message
