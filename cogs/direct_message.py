"""Whether a member can be reached by direct message. Discord tells only when one is sent."""

from __future__ import annotations

from cogs import texts
from cogs.ports import Interaction
from klapper.errors import DeliveryError
from klapper.messages.rest_calls import RestCalls

GREETING_S = 10.0


class DirectMessages:
    """Sends the greeting that opens a member's direct messages, or finds them closed."""

    def __init__(self) -> None:
        self._calls = RestCalls()

    async def open(self, interaction: Interaction) -> None:
        """Raises DeliveryError: `dm_closed`, or `try_later` when Discord cannot say."""
        greeting = texts.DM_GREETING.format(choice=texts.DELIVER["dm"])
        try:
            await self._calls(interaction.user.send(greeting), deadline_s=GREETING_S)
        except DeliveryError as error:
            if error.reason == "forbidden":
                raise DeliveryError("dm_closed", error.sentence) from error
            raise
