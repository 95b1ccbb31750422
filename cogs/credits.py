"""/credits: what a member has, what moved, what videos cost. Every answer is private."""

from __future__ import annotations

from discord import app_commands, ui
from discord.ext import commands

from cogs import credit_texts
from cogs.errors import answer_error
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.ports import Credits, Guilds, Interaction
from cogs.replies import replace, reply
from klapper.messages.pages import Page, PagedList, build_page

PER_PAGE = 15


class CreditsCog(GuildCog):
    """Reads only."""

    group = app_commands.Group(name="credits", description=credit_texts.CREDITS, **in_guilds())

    def __init__(self, *, credits: Credits, guilds: Guilds) -> None:
        super().__init__(guilds)
        self._credits = credits

    @group.command(name="balance", description=credit_texts.BALANCE)
    async def balance(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        balance = await self._credits.balance(guild_id, interaction.user.id)
        await reply(interaction, credit_texts.balance(balance, self._guilds.rules()))

    @group.command(name="history", description=credit_texts.HISTORY)
    async def history(self, interaction: Interaction) -> None:
        await reply(interaction, view=await self._page(interaction, 1))

    @group.command(name="prices", description=credit_texts.PRICES)
    async def prices(self, interaction: Interaction) -> None:
        await reply(interaction, credit_texts.prices(await self._credits.prices()))

    @commands.Cog.listener()
    async def on_page_button(self, interaction: Interaction, of: PagedList, number: int) -> None:
        """A page of the history was asked for. Nobody else answers for what goes wrong here."""
        if of is not PagedList.CREDITS:
            return
        try:
            await replace(interaction, await self._page(interaction, number))
        except Exception as error:
            await answer_error(interaction, error)

    async def _page(self, interaction: Interaction, number: int) -> ui.LayoutView:
        guild_id = check_served(interaction, self._guilds)
        skip = (number - 1) * PER_PAGE
        moved = await self._credits.history(guild_id, interaction.user.id, skip=skip, rows=PER_PAGE + 1)
        if not moved and number > 1:
            return await self._page(interaction, 1)
        page = Page(PagedList.CREDITS, number, has_older=len(moved) > PER_PAGE)
        return build_page(credit_texts.history(moved[:PER_PAGE]), page)
