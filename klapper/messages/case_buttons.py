"""The buttons of a case's card and its forms. They carry a number and an action and nothing else."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

APPROVE = "approve"
APPROVE_WRONG = "approve_wrong"  # of an appeal: and the refusal was wrong
REJECT = "reject"
BLOCK = "block"
TAKE_DOWN = "take_down"
DISMISS = "dismiss"
OPEN = "open"  # from the queue: show the case privately
WHOLE = "whole"  # the whole request as a file
CUSTOM_ID = re.compile(r"case:(?P<case_id>[1-9][0-9]{0,17}):(?P<action>[a-z_]+)")


def custom_id(case_id: int, action: str) -> str:
    """What Discord sends back when the button is pressed or the form is sent."""
    return f"case:{case_id}:{action}"


class CaseButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=CUSTOM_ID):
    """Keeps: what a press may do is decided from the database, by whoever listens to the event `case_button`.

    The event carries (interaction, case_id, action). The class must be known to the client (`add_dynamic_items`).
    """

    def __init__(
        self,
        case_id: int,
        action: str,
        *,
        label: str = "…",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id(case_id, action)))
        self.case_id = case_id
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["case_id"]), match["action"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        interaction.client.dispatch("case_button", interaction, self.case_id, self.action)
