"""What /moderate queue shows, page by page."""

from __future__ import annotations

from discord import ui

from cogs.cases import check_reviews
from cogs.ports import Cases, Interaction
from cogs.replies import replace, reply
from cogs.review_channels import review_warnings
from klapper.messages.case_card import PER_PAGE, build_queue


class CaseQueue:
    """Every page is read anew. Private."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def show(self, interaction: Interaction, guild_id: int) -> None:
        """The oldest cases. Raises RequestRefused (`not_a_reviewer`)."""
        await self.check(interaction, guild_id)
        await reply(interaction, view=await self._page(interaction, guild_id, 1))

    async def turn(self, interaction: Interaction, guild_id: int, number: int) -> None:
        """Another page in the place of this one. Raises RequestRefused (`not_a_reviewer`)."""
        await self.check(interaction, guild_id)
        await replace(interaction, await self._page(interaction, guild_id, number))

    async def check(self, interaction: Interaction, guild_id: int) -> None:
        """Raises RequestRefused (`not_a_reviewer`) for who does not decide about requests and reports."""
        check_reviews(interaction, await self._cases.rules(guild_id))

    async def _page(self, interaction: Interaction, guild_id: int, number: int) -> ui.LayoutView:
        views = await self._cases.queue(guild_id, skip=(number - 1) * PER_PAGE, rows=PER_PAGE)
        if not views and number > 1:
            return await self._page(interaction, guild_id, 1)
        assert interaction.guild is not None
        warnings = review_warnings(interaction.guild, await self._cases.rules(guild_id))
        return build_queue(views, total=await self._cases.count(guild_id), number=number, warnings=warnings)
