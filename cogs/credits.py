"""/credits: what a member has, what moved, what videos cost, what they give. Every answer is private."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from cogs import credit_texts, quota_texts, rule_texts, statistics_texts
from cogs.errors import answer_error
from cogs.gifts import Gifts
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.history_answers import HistoryAnswers
from cogs.places import place_here
from cogs.ports import Credits, Guilds, Interaction, Members, RuleDesk
from cogs.replies import reply
from cogs.statistics_answers import StatisticsAnswers
from klapper.kling.model import Catalogue
from klapper.messages.pages import PagedList
from klapper.services.giving import Gift
from klapper.services.movements import LARGEST_GRANT

Amount = app_commands.Range[int, 1, LARGEST_GRANT]


class CreditsCog(GuildCog):
    """Reads; what a member gives away is with `Gifts`."""

    group = app_commands.Group(name="credits", description=credit_texts.CREDITS, **in_guilds())

    def __init__(
        self,
        *,
        credits: Credits,
        gifts: Gifts,
        history: HistoryAnswers,
        statistics: StatisticsAnswers,
        guilds: Guilds,
        members: Members,
        rule_desk: RuleDesk,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(guilds)
        self._credits = credits
        self._gifts = gifts
        self._history = history
        self._statistics = statistics
        self._members = members
        self._rule_desk = rule_desk
        self._catalogue = catalogue

    @group.command(name="balance", description=credit_texts.BALANCE)
    async def balance(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        holdings = await self._credits.balance(guild_id, interaction.user.id, place_here(interaction))
        await reply(interaction, credit_texts.balance(holdings))

    @group.command(name="history", description=credit_texts.HISTORY)
    @app_commands.describe(**statistics_texts.HISTORY_OPTION)
    async def history(self, interaction: Interaction, export: bool = False) -> None:
        answer = self._history.export if export else self._history.show
        await answer(interaction, check_served(interaction, self._guilds))

    @group.command(name="chart", description=statistics_texts.CHART)
    @app_commands.describe(**statistics_texts.DAYS_OPTION)
    async def chart(self, interaction: Interaction, days: Literal[7, 30, 90] = 30) -> None:
        await self._statistics.of_member(interaction, check_served(interaction, self._guilds), days)

    @group.command(name="why", description=quota_texts.WHY)
    async def why(self, interaction: Interaction) -> None:
        guild_id, user_id = check_served(interaction, self._guilds), interaction.user.id
        place = place_here(interaction)
        why = await self._credits.why(guild_id, user_id, place)
        standing = (await self._members.record(guild_id, user_id)).standing
        is_paused = await self._guilds.is_paused(guild_id)
        mode = rule_texts.here(await self._rule_desk.of(guild_id), place, standing, is_paused=is_paused)
        await reply(interaction, quota_texts.why(why, self._catalogue, mode))

    @group.command(name="prices", description=credit_texts.PRICES)
    async def prices(self, interaction: Interaction) -> None:
        guild_id, place = check_served(interaction, self._guilds), place_here(interaction)
        quota = (await self._credits.balance(guild_id, interaction.user.id, place)).quota
        await reply(interaction, credit_texts.prices(await self._credits.prices(guild_id, place), quota))

    @group.command(name="give", description=credit_texts.GIVE)
    @app_commands.describe(**credit_texts.GIVE_OPTIONS)
    async def give(self, interaction: Interaction, member: discord.Member, amount: Amount) -> None:
        await self._gifts.ask(interaction, member, amount)

    @commands.Cog.listener()
    async def on_gift_button(self, interaction: Interaction, gift: Gift, action: str) -> None:
        """A gift was confirmed, or not. Nobody else answers for what goes wrong here."""
        try:
            await self._gifts.press(interaction, gift, action)
        except Exception as error:
            await answer_error(interaction, error)

    @commands.Cog.listener()
    async def on_page_button(self, interaction: Interaction, of: PagedList, number: int) -> None:
        """A page of the history was asked for. Nobody else answers for what goes wrong here."""
        if of is not PagedList.CREDITS:
            return
        try:
            await self._history.turn(interaction, check_served(interaction, self._guilds), number)
        except Exception as error:
            await answer_error(interaction, error)
