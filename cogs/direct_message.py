"""Whether a member can be reached by direct message. Discord tells only when one is sent."""

from __future__ import annotations

import asyncio

from cogs import texts
from cogs.ports import Interaction
from klapper.errors import DeliveryError
from klapper.messages.discord_errors import reason_of

GREETING_S = 10.0


async def check_direct_message(interaction: Interaction) -> None:
    """Send the member a greeting. Raises DeliveryError: `dm_closed`, or `try_later` when Discord cannot say."""
    greeting = texts.DM_GREETING.format(choice=texts.DELIVER["dm"])
    try:
        async with asyncio.timeout(GREETING_S):
            await interaction.user.send(greeting)
    except Exception as error:
        reason = reason_of(error)
        if reason is None:
            raise
        raise DeliveryError("dm_closed" if reason == "forbidden" else reason) from error
