"""Answers that only the member sees, in time or not at all."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import discord

from cogs.ports import Interaction
from klapper.messages.discord_errors import is_of_discord

_log = logging.getLogger(__name__)

REPLY_S = 5.0
_ALREADY_ACKNOWLEDGED = 40060  # Discord docs: JSON error codes
NO_MENTIONS = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text to attach."""

    name: str
    text: str


async def reply(
    interaction: Interaction,
    content: str | None = None,
    *,
    view: discord.ui.LayoutView | None = None,
    file: TextFile | None = None,
) -> bool:
    """Answer privately, as the first response or after it. False when Discord did not take it; raises nothing then."""
    try:
        async with asyncio.timeout(REPLY_S):
            await _send(interaction, content, view, file)
    except Exception as error:
        if not is_of_discord(error):
            raise
        _log.warning("no answer could be given: %s", error, extra={"interaction_id": interaction.id})
        return False
    return True


async def acknowledge(interaction: Interaction) -> bool:
    """Keep the interaction open for a private answer later. False when Discord did not take it."""
    try:
        async with asyncio.timeout(REPLY_S):
            await interaction.response.defer(ephemeral=True, thinking=True)
    except Exception as error:
        if not is_of_discord(error):
            raise
        _log.warning("an interaction could not be acknowledged: %s", error, extra={"interaction_id": interaction.id})
        return False
    return True


async def _send(
    interaction: Interaction, content: str | None, view: discord.ui.LayoutView | None, file: TextFile | None
) -> None:
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(**_message(content, view, file))
        except discord.HTTPException as error:
            if error.code != _ALREADY_ACKNOWLEDGED:
                raise
        else:
            return
    await interaction.followup.send(**_message(content, view, file))


def _message(content: str | None, view: discord.ui.LayoutView | None, file: TextFile | None) -> dict[str, Any]:
    """The arguments of one attempt: a discord.File sends nothing when it is used a second time."""
    message: dict[str, Any] = {"ephemeral": True, "allowed_mentions": NO_MENTIONS}
    if content is not None:
        message["content"] = content
    if view is not None:
        message["view"] = view
    if file is not None:
        message["file"] = discord.File(BytesIO(file.text.encode()), filename=file.name)
    return message
