"""What an archived or locked thread allows (Discord docs: Threads, Active and archived threads).

A new message wakes an archived thread. A locked one takes messages only from those who may manage threads. An edit
wakes nothing and is refused in an archived thread (50083); deleting stays possible.
"""

from __future__ import annotations

from sandbox.discord.errors import ApiError
from sandbox.discord.gateway import Gateway
from sandbox.discord.journal import Kind
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Channel
from sandbox.discord.world import World


class Threads:
    """Asked before and told after a message is written; channels that are no threads are always open."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    @staticmethod
    def must_be_open(channel: Channel, held: Permission) -> None:
        """Raises 50083 when somebody with these permissions may not write there."""
        if channel.locked and Permission.MANAGE_THREADS not in held:
            raise ApiError.of(50083)

    @staticmethod
    def must_be_active(channel: Channel) -> None:
        """Raises 50083 when a message there may not be changed."""
        if channel.archived:
            raise ApiError.of(50083)

    def wake(self, channel: Channel) -> None:
        """An archived thread is active again, and everybody is told."""
        if channel.archived:
            channel.archived = False
            self._gateway.dispatch("THREAD_UPDATE", channel.payload(), guild_id=channel.guild_id)
            entry = {"event": "THREAD_UPDATE", "channel": channel.payload()}
            self._world.journal.append(Kind.CHANNEL, channel.id, entry)
