"""Block this image, and back: the message menus for moderators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs import image_block_texts as texts
from cogs.attachments import attached, images_of
from cogs.guild_only import GuildCog, check_served, in_guilds
from cogs.in_time import InTime
from cogs.ports import Guilds, ImageBlocks, Intake, Interaction
from cogs.replies import acknowledge, reply
from klapper.errors import RequestRefused
from klapper.kling.picture import InputImage

Do = Callable[[int, int, discord.Message], Coroutine[Any, Any, str]]


class ImageBlocksCog(GuildCog):
    """Every answer is private. Who may use it is up to Discord's command permissions."""

    def __init__(
        self, bot: commands.Bot, *, intake: Intake, image_blocks: ImageBlocks, guilds: Guilds, in_time: InTime
    ) -> None:
        super().__init__(guilds)
        self._bot = bot
        self._intake = intake
        self._image_blocks = image_blocks
        self._in_time = in_time
        self._menus = [
            app_commands.ContextMenu(name="Block this image", callback=self.block, **in_guilds()),
            app_commands.ContextMenu(name="Unblock this image", callback=self.unblock, **in_guilds()),
        ]
        for menu in self._menus:
            menu.default_permissions = discord.Permissions(moderate_members=True)

    async def cog_load(self) -> None:
        for menu in self._menus:
            self._bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        for menu in self._menus:
            self._bot.tree.remove_command(menu.name, type=menu.type)

    async def block(self, interaction: Interaction, message: discord.Message) -> None:
        """Every image attached to the message, whoever posted it, Klapper included."""
        await self._answer(interaction, message, self._block)

    async def unblock(self, interaction: Interaction, message: discord.Message) -> None:
        """Every image attached to the message goes off the guild's list, and its copies with it."""
        await self._answer(interaction, message, self._unblock)

    async def _answer(self, interaction: Interaction, message: discord.Message, do: Do) -> None:
        guild_id = check_served(interaction, self._guilds)
        if not images_of(message):
            raise RequestRefused("no_image", texts.NO_IMAGE)
        work = do(guild_id, interaction.user.id, message)
        await reply(interaction, await self._in_time(work, partial(acknowledge, interaction)))

    async def _block(self, guild_id: int, user_id: int, message: discord.Message) -> str:
        taken, refused = await self._sorted(images_of(message), user_id)
        now = await self._image_blocks.block(guild_id, user_id, taken, note=message.jump_url)
        return texts.blocked(now, refused)

    async def _unblock(self, guild_id: int, user_id: int, message: discord.Message) -> str:
        taken, refused = await self._sorted(images_of(message), user_id)
        return texts.unblocked(await self._image_blocks.unblock_alike(guild_id, user_id, taken), refused)

    async def _sorted(self, images: Sequence[discord.Attachment], user_id: int) -> tuple[list[InputImage], list[str]]:
        """What could be read, and sentences about what could not."""
        taken: list[InputImage] = []
        refused: list[str] = []
        async for outcome in self._taken(images, user_id):
            if isinstance(outcome, InputImage):
                taken.append(outcome)
            else:
                refused.append(outcome.sentence)
        return taken, refused

    async def _taken(
        self, images: Sequence[discord.Attachment], user_id: int
    ) -> AsyncIterator[InputImage | RequestRefused]:
        """One after the other: one that cannot be read keeps no other from being blocked."""
        for number, image in enumerate(images, start=1):
            try:
                yield await self._intake.take(attached(texts.name(number, len(images)), image), user_id)
            except RequestRefused as refusal:
                yield refusal
