"""The controls of the panel of /manage rules: they carry a name and an id, so that they outlive every restart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import ui

# Forms have the ids of the controls that open them, with what was chosen.
CUSTOM_ID = re.compile(r"quota:(?P<form>[a-z]+)(?::(?P<target>[0-9]{1,20}))?(?::v(?P<version>[0-9]{1,18}))?")

CHOOSE = "choose"  # the select whose value is one of the forms below
EVERYBODY = "everybody"
PERIODS = "periods"
LIMITS = "limits"
NEWCOMERS = "newcomers"
GIVING = "giving"
ROLE = "role"
MEMBER = "member"
CHANNEL = "channel"
REQUESTS = "requests"  # a button

PRICED = (
    discord.ChannelType.category,
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
)

AnyControl = ui.Button[Any] | ui.Select[Any] | ui.RoleSelect[Any] | ui.UserSelect[Any] | ui.ChannelSelect[Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A form, and the id of the role, member or channel that it is about; 0 where it is about none.

    version: of the guild's rules that it shows; None for a control.
    """

    form: str
    target: int = 0
    version: int | None = None

    @property
    def custom_id(self) -> str:
        about = f":{self.target}" if self.target else ""
        return f"quota:{self.form}{about}{'' if self.version is None else f':v{self.version}'}"


class QuotaControl(ui.DynamicItem[AnyControl], template=CUSTOM_ID):
    """Keeps: what a choice or a press may do is decided by whoever listens to the event `quota_control`.

    The event carries (interaction, name of the control). The class must be known to the client (`add_dynamic_items`).
    """

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, ui.Button | ui.Select | ui.RoleSelect | ui.UserSelect | ui.ChannelSelect)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        match = CUSTOM_ID.fullmatch(self.custom_id)
        assert match is not None
        interaction.client.dispatch("quota_control", interaction, match["form"])


def selects(everybody: list[discord.SelectOption]) -> list[QuotaControl]:
    """One for what counts for everybody, one each for roles, members and channels."""
    return [
        QuotaControl(
            ui.Select(custom_id=Chosen(CHOOSE).custom_id, options=everybody, placeholder="Change for everybody…")
        ),
        QuotaControl(ui.RoleSelect(custom_id=Chosen(ROLE).custom_id, placeholder="Change for a role…")),
        QuotaControl(ui.UserSelect(custom_id=Chosen(MEMBER).custom_id, placeholder="Change for a member…")),
        QuotaControl(
            ui.ChannelSelect(
                custom_id=Chosen(CHANNEL).custom_id,
                placeholder="Change the price in a channel or category…",
                channel_types=list(PRICED),
            )
        ),
    ]


def request_button() -> QuotaControl:
    """Opens the form about how requests are decided."""
    label = "Change how requests are decided…"
    return QuotaControl(ui.Button(custom_id=Chosen(REQUESTS).custom_id, label=label))


def read_chosen(custom_id: str) -> Chosen | None:
    """What a form is about; None for one that is none of ours."""
    match = CUSTOM_ID.fullmatch(custom_id)
    if match is None:
        return None
    return Chosen(match["form"], int(match["target"] or 0), int(match["version"]) if match["version"] else None)
