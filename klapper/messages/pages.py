"""Long private lists, a page at a time. A button carries a list, what is looked for in it, and a page, so it outlives
every restart.
"""

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
BACK = "Back"
NEXT = "Next"


class PagedList(StrEnum):
    """What has pages. Whose rows they are is up to whoever presses."""

    JOBS = "jobs"
    CREDITS = "credits"
    CASES = "cases"
    AUDIT = "audit"
    IMAGES = "images"


CUSTOM_ID_CHARS = 100  # Discord docs: Component Reference, custom_id
CUSTOM_ID = re.compile(rf"page:(?P<list>{'|'.join(PagedList)}):(?P<page>[1-9][0-9]{{0,3}})(?::(?P<query>.+))?")


@dataclass(frozen=True, slots=True)
class Page:
    """Where a reader is in a list. number: from 1. has_older: there is a page after it, of older rows in most lists.

    query: what is looked for, short enough for a button, where the list can be searched.
    """

    of: PagedList
    number: int
    has_older: bool
    query: str = ""


class PageButton(ui.DynamicItem[ui.Button[Any]], template=CUSTOM_ID):
    """Keeps: what a page shows is read anew at each press, by whoever listens to the event `page_button`.

    The event carries (interaction, list, number); with a query it is `search_page_button`, and carries that as well.
    The class must be known to the client (`add_dynamic_items`).
    """

    def __init__(self, of: PagedList, number: int, *, query: str = "", label: str = "…") -> None:
        custom_id = f"page:{of}:{number}:{query}" if query else f"page:{of}:{number}"
        super().__init__(ui.Button(label=label, custom_id=custom_id))
        self.of = of
        self.number = number
        self.query = query

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(PagedList(match["list"]), int(match["page"]), query=match["query"] or "")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        if self.query:
            interaction.client.dispatch("search_page_button", interaction, self.of, self.number, self.query)
        else:
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
    add_ways(message, page)
    message.stop()  # discord.py need not remember it: a press reaches the class, whatever process sent the message
    return message


def add_ways(message: ui.LayoutView, page: Page) -> None:
    """The ways to a page's neighbours, below it."""
    back, on = (BACK, NEXT) if page.of is PagedList.CASES else (NEWER, OLDER)
    ways = [(back, page.number - 1)] if page.number > 1 else []
    if page.has_older:
        ways.append((on, page.number + 1))
    if ways:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for label, number in ways:
            row.add_item(PageButton(page.of, number, query=page.query, label=label))
        message.add_item(row)
