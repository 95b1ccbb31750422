"""The buttons of a job's card. They carry a job id and an action and nothing else, so they outlive every restart."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

CANCEL = "cancel"
RECEIPT = "receipt"
AGAIN = "again"
EDIT = "edit"
DELETE = "delete"
REPORT = "report"  # also of the form behind it
CUSTOM_ID = re.compile(r"job:(?P<job_id>[a-z0-9]+):(?P<action>[a-z_]+)")


def custom_id(job_id: str, action: str) -> str:
    """What Discord sends back when the button is pressed; at most 100 characters."""
    return f"job:{job_id}:{action}"


class JobButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=CUSTOM_ID):
    """Keeps: what a press may do is decided from the database, by whoever listens to the event `job_button`.

    The event carries (interaction, job_id, action). The class must be known to the client (`add_dynamic_items`).
    """

    def __init__(
        self,
        job_id: str,
        action: str,
        *,
        label: str = "…",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label, style=style, disabled=disabled, custom_id=custom_id(job_id, action)
        )
        super().__init__(button)
        self.job_id = job_id
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["job_id"], match["action"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        interaction.client.dispatch("job_button", interaction, self.job_id, self.action)
