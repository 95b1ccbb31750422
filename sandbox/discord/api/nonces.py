"""enforce_nonce: the same nonce within some minutes is the same message (Discord docs: Create message)."""

from __future__ import annotations

from sandbox.discord.errors import Json
from sandbox.discord.messages import Message
from sandbox.discord.world import World


class Nonces:
    """The bot's nonces of the last minutes, over all channels: the documentation names only the author."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._messages: dict[str, Message] = {}

    def known(self, body: Json) -> Message | None:
        """The message that an enforced nonce already made, unless it is too long ago or was deleted."""
        message = self._messages.get(str(body.get("nonce")))
        if message is None or not body.get("enforce_nonce") or message.deleted:
            return None
        age_s = (self._world.clock.now_ms() - message.created_ms) / 1000
        return message if age_s <= self._world.limits.nonce_s else None

    def remember(self, body: Json, message: Message) -> None:
        if body.get("nonce") is not None:
            self._messages[str(body["nonce"])] = message
