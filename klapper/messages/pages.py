"""Long private lists, a page at a time. A button carries a list and a page, so it outlives every restart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import discord
from discord import ui

VIEW_CHARS = 4_000  # Discord docs: Component Reference, Text Display; of all in one message
NEWER = "Newer"
OLDER = "Older"


class PagedList(StrEnum):
    """What has pages. Whose rows they are is up to whoever presses."""

    JOBS = "jobs"
    CREDITS = "credits"


CUSTOM_ID = re.compile(rf"page:(?P<list>{'|'.join(PagedList)}):(?P<page>[1-9][0-9]{{0,3}})")


@dataclass(frozen=True, slots=True)
class Page:
    """Where a reader is in a list. number: 1 has the newest rows. has_older: there is a page after it."""

    of: PagedList
    number: int
    has_older: bool


class PageButton(ui.DynamicItem[ui.Button[Any]], template=CUSTOM_ID):
    """Keeps: what a page shows is read anew at each press, by whoever listens to the event `page_button`.

    The event carries (interaction, list, number). The class must be known to the client (`add_dynamic_items`).
    """

    def __init__(self, of: PagedList, number: int, *, label: str = "…") -> None:
        super().__init__(ui.Button(label=label, custom_id=f"page:{of}:{number}"))
        self.of = of
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(PagedList(match["list"]), int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        interaction.client.dispatch("page_button", interaction, self.of, self.number)


def build_text(shown: str) -> ui.LayoutView:
    """A message of nothing but text, which may be twice as long as a plain one. shown: at most VIEW_CHARS."""
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    message.add_item(ui.TextDisplay(shown))
    message.stop()
    return message


def build_page(shown: str, page: Page) -> ui.LayoutView:
    """A page as a message: its text, and the ways to its neighbours. shown: at most 4,000 characters."""
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    message.add_item(ui.TextDisplay(shown))
    ways = [(NEWER, page.number - 1)] if page.number > 1 else []
    if page.has_older:
        ways.append((OLDER, page.number + 1))
    if ways:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for label, number in ways:
            row.add_item(PageButton(page.of, number, label=label))
        message.add_item(row)
    message.stop()  # discord.py need not remember it: a press reaches the class, whatever process sent the message
    return message
