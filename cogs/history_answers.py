"""What moved on members' accounts: page by page, or as a file for spreadsheets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from discord import ui

from cogs import statistics_texts
from cogs.credit_ports import History
from cogs.ports import Interaction
from cogs.replies import UPLOAD_S, DataFile, acknowledge, replace, reply
from klapper.messages import history_texts
from klapper.messages.history_file import HistoryFile, HistoryWriter
from klapper.messages.pages import Page, PagedList, build_page
from klapper.services.history import MemberLines

PER_PAGE = 15


class HistoryAnswers:
    """Every answer is private."""

    def __init__(self, history: History) -> None:
        self._history = history

    async def show(self, interaction: Interaction, guild_id: int) -> None:
        """The newest movements of who asks."""
        await reply(interaction, view=await self._page(guild_id, interaction.user.id, 1))

    async def turn(self, interaction: Interaction, guild_id: int, number: int) -> None:
        """Another page."""
        await replace(interaction, await self._page(guild_id, interaction.user.id, number))

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

    async def _page(self, guild_id: int, user_id: int, number: int) -> ui.LayoutView:
        lines = await self._history.page(guild_id, user_id, skip=(number - 1) * PER_PAGE, rows=PER_PAGE + 1)
        if not lines and number > 1:
            return await self._page(guild_id, user_id, 1)
        page = Page(PagedList.CREDITS, number, has_older=len(lines) > PER_PAGE)
        return build_page(history_texts.history(lines[:PER_PAGE]), page)


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
