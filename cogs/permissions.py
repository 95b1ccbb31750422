"""What the bot must be allowed in a channel before anything is charged there."""

from __future__ import annotations

import discord

from cogs import texts
from cogs.ports import Interaction
from klapper.errors import RequestRefused

_ALWAYS = ("view_channel", "attach_files", "read_message_history")


def check_channel(interaction: Interaction) -> None:
    """Raises RequestRefused (`permissions_missing`) that names what is missing for a card with a clip."""
    sends = "send_messages_in_threads" if isinstance(interaction.channel, discord.Thread) else "send_messages"
    allowed = interaction.app_permissions
    missing = [name for name in (_ALWAYS[0], sends, *_ALWAYS[1:]) if not getattr(allowed, name)]
    if missing:
        raise RequestRefused("permissions_missing", texts.too_narrow(missing))
