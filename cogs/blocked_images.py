"""What /moderate images shows, page by page, and its buttons."""

from __future__ import annotations

from discord import ui

from cogs import image_block_texts as texts
from cogs.ports import ImageBlocks, Interaction
from cogs.replies import replace, reply
from klapper.errors import RequestRefused
from klapper.messages.image_block_list import PER_PAGE, build_list


class BlockedImages:
    """Every page is read anew. Private."""

    def __init__(self, image_blocks: ImageBlocks) -> None:
        self._image_blocks = image_blocks

    async def show(self, interaction: Interaction, guild_id: int) -> None:
        """The newest."""
        await reply(interaction, view=await self._page(guild_id, 1))

    async def turn(self, interaction: Interaction, guild_id: int, number: int) -> None:
        """Another page in the place of this one. Raises RequestRefused (`not_a_moderator`)."""
        _check(interaction)
        await replace(interaction, await self._page(guild_id, number))

    async def unblock(self, interaction: Interaction, guild_id: int, block_id: int) -> None:
        """Take one off the list, and show what is left. Raises RequestRefused (`not_a_moderator`)."""
        _check(interaction)
        await self._image_blocks.unblock_line(guild_id, interaction.user.id, block_id)
        await replace(interaction, await self._page(guild_id, 1))

    async def _page(self, guild_id: int, number: int) -> ui.LayoutView:
        lines = await self._image_blocks.listed(guild_id)
        shown = lines[(number - 1) * PER_PAGE :][:PER_PAGE]
        if not shown and number > 1:
            return await self._page(guild_id, 1)
        return build_list(shown, total=len(lines), number=number)


def _check(interaction: Interaction) -> None:
    """Discord asks who may use the command; who presses a button of its answer is asked here."""
    if not interaction.permissions.moderate_members:
        raise RequestRefused("not_a_moderator", texts.NOT_A_MODERATOR)
