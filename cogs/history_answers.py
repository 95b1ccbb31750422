"""What moved on members' accounts: page by page, or as a file for spreadsheets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from discord import ui

from cogs import statistics_texts
from cogs.credit_ports import History
from cogs.places import place_here
from cogs.ports import Credits, Interaction
from cogs.replies import UPLOAD_S, DataFile, acknowledge, replace, reply
from klapper.messages import history_texts
from klapper.messages.history_file import HistoryFile, HistoryWriter
from klapper.messages.pages import Page, PagedList, build_page
from klapper.services.history import MemberLines

PER_PAGE = 15


class HistoryAnswers:
    """Every answer is private."""

    def __init__(self, history: History, credits: Credits) -> None:
        self._history = history
        self._credits = credits

    async def show(self, interaction: Interaction, guild_id: int) -> None:
        """The newest movements of who asks."""
        await reply(interaction, view=await self._page(interaction, guild_id, 1))

    async def turn(self, interaction: Interaction, guild_id: int, number: int) -> None:
        """Another page."""
        await replace(interaction, await self._page(interaction, guild_id, number))

    async def export(self, interaction: Interaction, guild_id: int) -> None:
        """Everything of who asks, as a file."""
        await acknowledge(interaction)
        pages = self._history.of_member(guild_id, interaction.user.id)
        file = await _written(pages, of_guild=False, most_bytes=interaction.filesize_limit)
        await _send(interaction, file, history_texts.NOTHING)

    async def export_guild(self, interaction: Interaction, guild_id: int, days: int) -> None:
        """Everything of a guild's members in the last days, as a file."""
        await acknowledge(interaction)
        pages = self._history.of_guild(guild_id, days)
        file = await _written(pages, of_guild=True, most_bytes=interaction.filesize_limit)
        await _send(interaction, file, statistics_texts.nothing_moved(days))

    async def _page(self, interaction: Interaction, guild_id: int, number: int) -> ui.LayoutView:
        user_id = interaction.user.id
        lines = await self._history.page(guild_id, user_id, skip=(number - 1) * PER_PAGE, rows=PER_PAGE + 1)
        if not lines and number > 1:
            return await self._page(interaction, guild_id, 1)
        page = Page(PagedList.CREDITS, number, has_older=len(lines) > PER_PAGE)
        shown = history_texts.history(lines[:PER_PAGE])
        if number == 1:
            has = (await self._credits.balance(guild_id, user_id, place_here(interaction))).balance.available
            shown = "\n\n".join(filter(None, (history_texts.now_available(has, lines), shown)))
        return build_page(shown, page)


async def _written(pages: AsyncIterator[MemberLines], *, of_guild: bool, most_bytes: int) -> HistoryFile:
    """As much as fits; formatting and packing keep no other answer waiting."""
    writer = HistoryWriter(of_guild=of_guild, most_bytes=most_bytes)
    async for page in pages:
        await asyncio.to_thread(writer.add, page)
        if writer.is_full:
            break
    return await asyncio.to_thread(writer.finish)


async def _send(interaction: Interaction, file: HistoryFile, nothing: str) -> None:
    if not file.lines:
        await reply(interaction, nothing if file.is_whole else statistics_texts.NOTHING_FITS)
        return
    attached = DataFile(file.name, file.content)
    await reply(interaction, statistics_texts.exported(file), file=attached, within_s=UPLOAD_S)
