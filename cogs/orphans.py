"""Buttons, selects and forms that nobody owns any more get a sentence. discord.py drops them without a word."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import discord
from discord.ext import commands

from cogs import texts
from cogs.ports import Interaction
from cogs.replies import reply

GRACE_S = 1.5  # of the three seconds: for a view of this process that answers by itself

_ANSWERABLE = (discord.InteractionType.component, discord.InteractionType.modal_submit)


class OrphansCog(commands.Cog):
    """Keeps: what matches an owned custom id, or is answered by somebody within the grace, is left alone."""

    def __init__(self, owned: Sequence[re.Pattern[str]], *, grace_s: float = GRACE_S) -> None:
        self._owned = tuple(owned)
        self._grace_s = grace_s

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type not in _ANSWERABLE or self._is_owned(interaction):
            return
        await asyncio.sleep(self._grace_s)
        if not interaction.response.is_done():
            await reply(interaction, texts.ORPHAN)

    def _is_owned(self, interaction: Interaction) -> bool:
        custom_id = str(dict(interaction.data or {}).get("custom_id", ""))
        return any(pattern.fullmatch(custom_id) for pattern in self._owned)
