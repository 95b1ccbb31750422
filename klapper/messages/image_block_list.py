"""The images that a guild blocks, as a private list with a button for each: a pure function of its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from klapper.messages import text
from klapper.messages.pages import Page, PagedList, add_ways
from klapper.services.image_blocks import BlockedLine

PER_PAGE = 5
UNBLOCK = "Unblock"
CUSTOM_ID = re.compile(r"blocked_image:(?P<block_id>[1-9][0-9]{0,17}):unblock")
NOTHING = "No image is blocked on this server: **Block this image**, in the menu of a message, does that."
_NOT_SHOWN = "-# Of a picture is kept what knows it again, and nothing that could be shown."


class UnblockButton(ui.DynamicItem[ui.Button[Any]], template=CUSTOM_ID):
    """Keeps: what a press may do is decided from the database, by whoever listens to the event `unblock_button`.

    The event carries (interaction, block_id). The class must be known to the client (`add_dynamic_items`).
    """

    def __init__(self, block_id: int) -> None:
        super().__init__(ui.Button(label=UNBLOCK, custom_id=f"blocked_image:{block_id}:unblock"))
        self.block_id = block_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["block_id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        interaction.client.dispatch("unblock_button", interaction, self.block_id)


def build_list(lines: Sequence[BlockedLine], *, total: int, number: int) -> ui.LayoutView:
    """A page of blocked images, newest first. number: of the page, from 1."""
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    if not lines:
        message.add_item(ui.TextDisplay(NOTHING))
    else:
        head = f"**{text.counted(total, 'image')} blocked on this server**, newest first\n{_NOT_SHOWN}"
        message.add_item(ui.TextDisplay(head))
    for line in lines[:PER_PAGE]:
        message.add_item(ui.Section(_line(line), accessory=UnblockButton(line.block_id)))
    add_ways(message, Page(PagedList.IMAGES, number, has_older=total > number * PER_PAGE))
    message.stop()  # discord.py need not remember it: a press reaches `UnblockButton`, whatever process sent it
    return message


def _line(line: BlockedLine) -> str:
    """Who, when, and the message in which the picture was, or whatever else was noted."""
    who = "a former member" if line.by is None else text.mention(line.by)
    said = f"Blocked by {who} {text.timestamp(line.at_ms)}"
    link = text.link("its message", line.note)
    if link is not None:
        return f"{said} · {link}"
    return f"{said} · {text.shown_line(line.note, 200)}" if line.note else said
