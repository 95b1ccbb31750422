"""/settings: what members decide for themselves. Every answer is private."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from discord import AppCommandOptionType, app_commands

from cogs import setting_texts
from cogs.direct_message import DirectMessages
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.options import Option, OptionShape, Values, command
from cogs.ports import Guilds, Interaction, Preferences
from cogs.replies import acknowledge, reply
from cogs.video_options import family_choices, open_field
from klapper.choices.choices import Notify
from klapper.errors import DeliveryError, RequestRefused
from klapper.kling.model import Catalogue

NONE = "none"  # the choice that takes an own default back

_NOTIFY = [app_commands.Choice(name=name, value=value) for value, name in setting_texts.NOTIFY_CHOICES.items()]


class SettingsCog(GuildCog):
    """Each command that writes is acknowledged before it starts. The choices of `defaults` depend on the catalogue."""

    group = app_commands.Group(name="settings", description=setting_texts.SETTINGS, **in_guilds())

    def __init__(self, *, preferences: Preferences, guilds: Guilds, catalogue: Catalogue) -> None:
        super().__init__(guilds)
        self._preferences = preferences
        self._catalogue = catalogue
        self._direct_messages = DirectMessages()
        options = [self._option(name) for name in setting_texts.DEFAULT_OPTIONS]
        self.group.add_command(command("defaults", setting_texts.DEFAULTS, options, self.defaults))

    @group.command(name="notify", description=setting_texts.NOTIFY)
    @app_commands.describe(how=setting_texts.NOTIFY_OPTION)
    @app_commands.choices(how=_NOTIFY)
    async def notify(self, interaction: Interaction, how: app_commands.Choice[str]) -> None:
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        if how.value == "dm":
            await self._open_dm(interaction)
        choices = await self._preferences.notify(guild_id, interaction.user.id, cast("Notify", how.value))
        await reply(interaction, setting_texts.notified(choices.notify))

    async def defaults(self, interaction: Interaction, values: Values) -> None:
        """Changes what was entered, leaves the rest as it is, and shows all of it."""
        guild_id, user_id = check_served(interaction, self._guilds), interaction.user.id
        await acknowledge(interaction)
        choices = await self._preferences.of(guild_id, user_id)
        entered: dict[str, Any] = {
            name: None if value == NONE else value for name, value in values.items() if value is not None
        }
        if entered:
            wanted = replace(choices, **entered)
            choices = await self._preferences.defaults(
                guild_id, user_id, model=wanted.model, aspect_ratio=wanted.aspect_ratio, mode=wanted.mode
            )
        await reply(interaction, setting_texts.defaults(choices, self._catalogue))

    async def _open_dm(self, interaction: Interaction) -> None:
        try:
            await self._direct_messages.open(interaction)
        except DeliveryError as error:
            if error.reason == "dm_closed":
                raise RequestRefused("dm_closed", setting_texts.DM_CLOSED) from error
            raise

    def _option(self, name: str) -> Option:
        choices = {**self._choices(name), NONE: setting_texts.KLAPPERS_DEFAULT}
        shape = OptionShape(AppCommandOptionType.string, choices=choices)
        return Option(name, setting_texts.DEFAULT_OPTIONS[name], shape)

    def _choices(self, name: str) -> dict[str, str]:
        if name == "model":
            return family_choices(self._catalogue)
        field = open_field(name, self._catalogue)
        return {str(choice): str(choice) for choice in field.choices} if field else {}
