"""What an archived or locked thread allows (Discord docs: Threads, Active and archived threads).

A new message wakes an archived thread, unless it is locked: then only those who may manage threads wake it. An edit
does not wake it and is refused (50083); deleting stays possible.
"""

from __future__ import annotations

from sandbox.discord.errors import ApiError
from sandbox.discord.gateway import Gateway
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Channel


class Threads:
    """Asked before a message is written; channels that are no threads are always open."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def wake(self, channel: Channel, held: Permission) -> None:
        """Opens the thread for a new message of somebody with these permissions; raises 50083."""
        if channel.locked and Permission.MANAGE_THREADS not in held:
            raise ApiError.of(50083)
        if channel.archived:
            channel.archived = False
            self._gateway.dispatch("THREAD_UPDATE", channel.payload(), guild_id=channel.guild_id)

    @staticmethod
    def must_be_active(channel: Channel) -> None:
        """Raises 50083 when a message there may not be changed."""
        if channel.archived:
            raise ApiError.of(50083)
