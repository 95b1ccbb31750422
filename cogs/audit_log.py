"""The audit for who may read it: page by page, or as a file."""

from __future__ import annotations

import asyncio

import discord
from discord import ui

from cogs import audit_log_texts, audit_query
from cogs.ports import Audit, Interaction
from cogs.replies import UPLOAD_S, TextFile, replace, reply
from cogs.viewers import viewer_in_guild
from klapper.errors import RequestRefused
from klapper.messages.audit_file import FILE_NAME, build_file
from klapper.messages.pages import Page, PagedList, build_page
from klapper.services.audit_desk import AuditSearch

PER_PAGE = 8
SEARCH_CHARS = audit_query.WORDS_CHARS


def search_of(
    interaction: Interaction,
    member: discord.abc.User | None,
    moderator: discord.abc.User | None,
    *,
    action: str | None,
    words: str | None,
    days: int | None,
) -> AuditSearch:
    """What the options ask for; Klapper itself as the moderator means what no person did.

    Raises RequestRefused (`unknown_action`).
    """
    us = interaction.client.user
    by_klapper = moderator is not None and us is not None and moderator.id == us.id
    return AuditSearch(
        member_id=None if member is None else member.id,
        moderator_id=None if moderator is None or by_klapper else moderator.id,
        by_klapper=by_klapper,
        action=None if action is None else audit_log_texts.action_of(action),
        words=" ".join((words or "").split()),
        days=days,
    )


class AuditLogPages:
    """Keeps: a page is turned only for who is a moderator or reviewer at that moment."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def show(self, interaction: Interaction, guild_id: int, search: AuditSearch) -> None:
        """The newest entries."""
        await reply(interaction, view=await self._page(guild_id, search, 1))

    async def export(self, interaction: Interaction, guild_id: int, search: AuditSearch) -> None:
        """All that is found as a file."""
        found = await self._audit.export(guild_id, search)
        if not found.lines:
            await reply(interaction, audit_log_texts.NOTHING)
            return
        file = await asyncio.to_thread(build_file, found)
        attached = TextFile(FILE_NAME, file.text)
        await reply(interaction, audit_log_texts.exported(file), file=attached, within_s=UPLOAD_S)

    async def turn(self, interaction: Interaction, guild_id: int, number: int, query: str) -> None:
        """Another page of what was looked for. Raises RequestRefused (`not_a_moderator`, `unknown_search`)."""
        await self._check(interaction, guild_id)
        search = audit_query.decode(query)
        if search is None:
            raise RequestRefused("unknown_search", audit_log_texts.SEARCH_AGAIN)
        await replace(interaction, await self._page(guild_id, search, number))

    async def _check(self, interaction: Interaction, guild_id: int) -> None:
        if viewer_in_guild(interaction, guild_id).is_moderator:
            return
        roles = interaction.user.roles if isinstance(interaction.user, discord.Member) else ()
        if not await self._audit.is_reviewer(guild_id, frozenset(role.id for role in roles)):
            raise RequestRefused("not_a_moderator", audit_log_texts.NOT_A_MODERATOR)

    async def _page(self, guild_id: int, search: AuditSearch, number: int) -> ui.LayoutView:
        lines = await self._audit.find(guild_id, search, skip=(number - 1) * PER_PAGE, rows=PER_PAGE + 1)
        if not lines and number > 1:
            return await self._page(guild_id, search, 1)
        page = Page(PagedList.AUDIT, number, has_older=len(lines) > PER_PAGE, query=audit_query.encode(search))
        return build_page(audit_log_texts.listed(lines[:PER_PAGE]), page)
