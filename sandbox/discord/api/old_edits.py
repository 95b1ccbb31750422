"""Edits of messages older than an hour are few (error 30046).

Discord does not publish the number; it answers with status 429, as seen in public issue reports of bots.
"""

from __future__ import annotations

from collections import deque

from sandbox.discord.errors import ApiError
from sandbox.discord.messages import Message
from sandbox.discord.world import World

TOO_MANY = 30046


class OldEdits:
    """Counts edits of old messages per channel in a sliding window."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._recent: dict[int, deque[int]] = {}

    def check(self, message: Message) -> None:
        """Raises 30046 when the channel had its share."""
        now, limits = self._world.clock.now_ms(), self._world.limits
        if now - message.created_ms <= limits.old_message_s * 1000:
            return
        recent = self._recent.setdefault(message.channel.id, deque())
        while recent and now - recent[0] > limits.old_edits_window_s * 1000:
            recent.popleft()
        if len(recent) >= limits.old_edits:
            text = "Maximum number of edits to messages older than 1 hour reached. Try again later."
            raise ApiError(429, {"message": text, "code": TOO_MANY, "retry_after": limits.old_edit_retry_s})
        recent.append(now)
