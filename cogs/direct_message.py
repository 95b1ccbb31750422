"""Whether a member can be reached by direct message. Discord tells only when one is sent."""

from __future__ import annotations

import logging

from cogs import texts
from cogs.ports import Interaction
from klapper.errors import DeliveryError
from klapper.messages.rest_calls import RestCalls

GREETING_S = 10.0

_log = logging.getLogger(__name__)


class DirectMessages:
    """Opens a member's direct messages, or finds them closed. The message that it takes does not stay."""

    def __init__(self) -> None:
        self._calls = RestCalls()

    async def open(self, interaction: Interaction) -> None:
        """Raises DeliveryError: `dm_closed`, or `try_later` when Discord cannot say."""
        try:
            sent = await self._calls(interaction.user.send(texts.DM_GREETING, silent=True), deadline_s=GREETING_S)
        except DeliveryError as error:
            if error.reason == "forbidden":
                raise DeliveryError("dm_closed", error.sentence) from error
            raise
        try:
            await self._calls(sent.delete(), deadline_s=GREETING_S)
        except DeliveryError as error:
            _log.info("the trial message stays", extra={"reason": error.reason})
