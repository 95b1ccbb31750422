"""/credits: what a member has, what moved, what videos cost."""

from __future__ import annotations

from discord import app_commands

from cogs import texts
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.ports import Credits, Guilds, Interaction
from cogs.replies import reply

PER_PAGE = 15


class CreditsCog(GuildCog):
    """Every answer is private."""

    group = app_commands.Group(name="credits", description=texts.CREDITS, **in_guilds())

    def __init__(self, *, credits: Credits, guilds: Guilds) -> None:
        super().__init__(guilds)
        self._credits = credits

    @group.command(name="balance", description=texts.CREDITS_BALANCE)
    async def balance(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        balance = await self._credits.balance(guild_id, interaction.user.id)
        await reply(interaction, texts.balance(balance, self._guilds.rules()))

    @group.command(name="history", description=texts.CREDITS_HISTORY)
    @app_commands.describe(before=texts.HISTORY_BEFORE)
    async def history(
        self, interaction: Interaction, before: app_commands.Range[int, 1, 2**53 - 1] | None = None
    ) -> None:
        guild_id = check_served(interaction, self._guilds)
        moved = await self._credits.history(guild_id, interaction.user.id, before_seq=before, rows=PER_PAGE)
        await reply(interaction, texts.history(moved, per_page=PER_PAGE, first_page=before is None))

    @group.command(name="prices", description=texts.CREDITS_PRICES)
    async def prices(self, interaction: Interaction) -> None:
        await reply(interaction, texts.prices(self._credits.prices()))
