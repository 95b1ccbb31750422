"""Answers that only the member sees, in time or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import discord

from cogs.ports import Interaction
from klapper.jobs.job import Job
from klapper.messages.clip_upload import clip_upload
from klapper.messages.discord_errors import is_of_discord
from klapper.services.messenger import ClipFile

_log = logging.getLogger(__name__)

REPLY_S = 5.0
UPLOAD_S = 300.0
_ALREADY_ACKNOWLEDGED = 40060  # Discord docs: JSON error codes
NO_MENTIONS = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text to attach."""

    name: str
    text: str

    @property
    def content(self) -> bytes:
        return self.text.encode()


@dataclass(frozen=True, slots=True)
class DataFile:
    """Anything else to attach."""

    name: str
    content: bytes


async def reply(
    interaction: Interaction,
    content: str | None = None,
    *,
    view: discord.ui.LayoutView | None = None,
    file: TextFile | DataFile | None = None,
    within_s: float = REPLY_S,
) -> bool:
    """Answer privately, as the first response or after it. False when Discord did not take it; raises nothing then."""
    sending = _send(interaction, content, view, file)
    return await _tried(interaction, "no answer could be given", sending, within_s=within_s)


async def reply_with_clip(interaction: Interaction, content: str, clip: ClipFile, job: Job) -> bool:
    """Answer privately with a clip, which may take a while. False when Discord did not take it."""
    await acknowledge(interaction)
    sending = _send_clip(interaction, content, clip, job)
    return await _tried(interaction, "a clip could not be given", sending, within_s=UPLOAD_S)


async def reply_with_files(
    interaction: Interaction, view: discord.ui.LayoutView, files: Sequence[discord.File]
) -> bool:
    """Answer privately with attachments that the view names. False when Discord did not take it."""
    await acknowledge(interaction)
    sending = interaction.followup.send(view=view, files=files, ephemeral=True, allowed_mentions=NO_MENTIONS)
    return await _tried(interaction, "files could not be given", sending, within_s=UPLOAD_S)


async def acknowledge(interaction: Interaction) -> bool:
    """Keep the interaction open for a private answer later. False when Discord did not take it."""
    return await _tried(interaction, "an interaction could not be acknowledged", _defer(interaction, thinking=True))


async def acknowledge_press(interaction: Interaction) -> bool:
    """Like `acknowledge`, for a press that is answered by `replace`: meanwhile its message stays as it is."""
    thinking = not is_on_private_message(interaction)
    return await _tried(interaction, "a press could not be acknowledged", _defer(interaction, thinking=thinking))


async def replace(interaction: Interaction, view: discord.ui.LayoutView) -> bool:
    """Answer a press by changing the private message that it is on. False when Discord did not take it.

    A public message is never changed, whatever button it is said to have: there the answer is a private one beside it.
    """
    if not is_on_private_message(interaction):
        return await reply(interaction, view=view)
    return await _tried(interaction, "a message could not be changed", _change(interaction, view))


def is_on_private_message(interaction: Interaction) -> bool:
    """Whether what was pressed is on a message that only the member sees."""
    return interaction.message is not None and interaction.message.flags.ephemeral


async def _tried(
    interaction: Interaction, failure: str, call: Coroutine[Any, Any, object], *, within_s: float = REPLY_S
) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await call
    except Exception as error:
        if not is_of_discord(error):
            raise
        _log.warning("%s: %s", failure, error, extra={"interaction_id": interaction.id})
        return False
    return True


async def _defer(interaction: Interaction, *, thinking: bool) -> None:
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=thinking)


async def _change(interaction: Interaction, view: discord.ui.LayoutView) -> None:
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view, allowed_mentions=NO_MENTIONS)
    else:
        await interaction.response.edit_message(view=view, allowed_mentions=NO_MENTIONS)


async def _send(
    interaction: Interaction,
    content: str | None,
    view: discord.ui.LayoutView | None,
    file: TextFile | DataFile | None,
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


async def _send_clip(interaction: Interaction, content: str, clip: ClipFile, job: Job) -> None:
    with clip_upload(clip, job) as file:
        await interaction.followup.send(content, file=file, ephemeral=True, allowed_mentions=NO_MENTIONS)


def _message(
    content: str | None, view: discord.ui.LayoutView | None, file: TextFile | DataFile | None
) -> dict[str, Any]:
    """The arguments of one attempt: a discord.File sends nothing when it is used a second time."""
    message: dict[str, Any] = {"ephemeral": True, "allowed_mentions": NO_MENTIONS}
    if content is not None:
        message["content"] = content
    if view is not None:
        message["view"] = view
    if file is not None:
        message["file"] = discord.File(BytesIO(file.content), filename=file.name)
    return message
