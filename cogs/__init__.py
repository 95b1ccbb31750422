"""Discord, inbound: parse, call one service, answer. No SQL, no HTTP, no prices."""

from __future__ import annotations

from discord.ext import commands

from cogs.answering import Answering, Patience
from cogs.credits import CreditsCog
from cogs.errors import on_tree_error
from cogs.help import HelpCog
from cogs.jobs import JobsCog
from cogs.manage import ManageCog
from cogs.orphans import GRACE_S, OrphansCog
from cogs.ports import CogServices
from cogs.video import VideoCog
from klapper.messages.buttons import CUSTOM_ID, JobButton

__all__ = ["CogServices", "Patience", "add_cogs"]


async def add_cogs(
    bot: commands.Bot, services: CogServices, *, patience: Patience | None = None, orphan_grace_s: float = GRACE_S
) -> None:
    """Everything a member can say to Klapper. Call it in `setup_hook`, before the commands are synced.

    patience, orphan_grace_s: seconds; tests make them short.
    """
    board, guilds, credits = services.board, services.guilds, services.credits
    answering = Answering(services.submission, board, patience)
    bot.tree.error(on_tree_error)
    bot.add_dynamic_items(JobButton)
    await bot.add_cog(VideoCog(bot, catalogue=services.catalogue, guilds=guilds, answering=answering))
    await bot.add_cog(JobsCog(jobs=services.jobs, guilds=guilds, board=board))
    await bot.add_cog(CreditsCog(credits=credits, guilds=guilds))
    await bot.add_cog(ManageCog(credits=credits, guilds=guilds))
    await bot.add_cog(HelpCog(credits=credits, guilds=guilds, catalogue=services.catalogue))
    await bot.add_cog(OrphansCog([CUSTOM_ID], grace_s=orphan_grace_s))
