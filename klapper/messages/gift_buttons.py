"""The buttons under the question whether a member gives credits. They carry the gift, so they outlive every restart."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from klapper.clock import SECOND_MS
from klapper.messages import gift_texts
from klapper.services.giving import Gift, Offer

GIVE = "give"
KEEP = "keep"
_ID = "[1-8][0-9]{18}|[1-9][0-9]{0,17}"  # a snowflake that the database takes
CUSTOM_ID = re.compile(
    rf"gift:(?P<interaction_id>{_ID}):(?P<giver>{_ID}):(?P<receiver>{_ID}):"
    r"(?P<amount>[1-9][0-9]{0,6}):(?P<ends_s>[0-9]{1,11}):(?P<action>[a-z]{1,8})"
)


def custom_id(gift: Gift, action: str) -> str:
    """What Discord sends back when the button is pressed; at most 100 characters."""
    ends_s = gift.ends_ms // SECOND_MS
    return f"gift:{gift.interaction_id}:{gift.giver}:{gift.receiver}:{gift.amount}:{ends_s}:{action}"


class GiftButton(ui.DynamicItem[ui.Button[Any]], template=CUSTOM_ID):
    """Keeps: what a press may do is decided from the database, by whoever listens to the event `gift_button`.

    The event carries (interaction, gift, action); the gift's guild is that of the press. The class must be known to
    the client (`add_dynamic_items`).
    """

    def __init__(
        self,
        gift: Gift,
        action: str,
        *,
        label: str = "…",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id(gift, action)))
        self.gift = gift
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(_gift(match, interaction.guild_id or 0), match["action"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        interaction.client.dispatch("gift_button", interaction, self.gift, self.action)


def build_question(offer: Offer) -> ui.LayoutView:
    """The question and its two answers."""
    gift, row = offer.gift, ui.ActionRow[ui.LayoutView]()
    label = gift_texts.confirm(gift.amount)
    row.add_item(GiftButton(gift, GIVE, label=label, style=discord.ButtonStyle.primary))
    row.add_item(GiftButton(gift, KEEP, label=gift_texts.KEEP))
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    message.add_item(ui.TextDisplay(gift_texts.question(offer)))
    message.add_item(row)
    message.stop()  # discord.py need not remember it: a press reaches `GiftButton`, whatever process sent the message
    return message


def _gift(match: re.Match[str], guild_id: int) -> Gift:
    return Gift(
        guild_id=guild_id,
        giver=int(match["giver"]),
        receiver=int(match["receiver"]),
        amount=int(match["amount"]),
        interaction_id=int(match["interaction_id"]),
        ends_ms=int(match["ends_s"]) * SECOND_MS,
    )
