"""/help: made of what is true, so that it cannot go stale."""

from __future__ import annotations

from collections.abc import Iterator

import discord
from discord import app_commands
from discord.ext import commands

from cogs import help_texts
from cogs.guild_only import GuildCog, check_served
from cogs.help_texts import Here
from cogs.places import place_here
from cogs.ports import Credits, Guilds, Interaction, Members, Preferences, RuleDesk
from cogs.replies import reply
from klapper.kling.model import Catalogue
from klapper.messages.pages import build_text

AnyCommand = app_commands.Command[discord.ext.commands.Cog, ..., object] | app_commands.Group


class HelpCog(GuildCog):
    """One private message. The names of the commands come from the tree that Discord got."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        credits: Credits,
        guilds: Guilds,
        rule_desk: RuleDesk,
        preferences: Preferences,
        members: Members,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(guilds)
        self._bot = bot
        self._credits = credits
        self._rule_desk = rule_desk
        self._preferences = preferences
        self._members = members
        self._catalogue = catalogue

    @app_commands.command(name="help", description=help_texts.HELP)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def help(self, interaction: Interaction) -> None:
        guild_id = check_served(interaction, self._guilds)
        user_id, place = interaction.user.id, place_here(interaction)
        choices = await self._preferences.of(guild_id, user_id)
        here = Here(
            rules=self._guilds.rules(),
            quota=(await self._credits.balance(guild_id, user_id, place)).quota,
            guild_rules=await self._rule_desk.of(guild_id),
            place=place,
            standing=(await self._members.record(guild_id, user_id)).standing,
            catalogue=self._catalogue,
            prices=await self._credits.prices(guild_id, place),
            commands=list(self._commands(interaction.permissions)),
            is_paused=await self._guilds.is_paused(guild_id),
            shares_images=await self._guilds.shares_images(guild_id),
            notify=choices.notify,
        )
        await reply(interaction, view=build_text(help_texts.help_text(here)))

    def _commands(self, allowed: discord.Permissions) -> Iterator[str]:
        """A line for each command that Discord shows to somebody with these permissions, unless a server changed it."""
        tree = self._bot.tree
        for command in tree.get_commands(type=discord.AppCommandType.chat_input):
            if command.name != "help" and _is_shown(command.default_permissions, allowed):
                parts = [part.name for part in command.commands] if isinstance(command, app_commands.Group) else []
                yield help_texts.command_line(command.name, parts, command.description)
        menus = tree.get_commands(type=discord.AppCommandType.message)
        yield help_texts.menu_line([menu.name for menu in menus if _is_shown(menu.default_permissions, allowed)])


def _is_shown(needed: discord.Permissions | None, allowed: discord.Permissions) -> bool:
    return needed is None or needed.is_subset(allowed)
