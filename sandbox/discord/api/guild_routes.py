"""Guilds, their members, roles and channels, as far as the bot is there."""

from __future__ import annotations

from sandbox.discord.api.call import Call, Reply, Route
from sandbox.discord.errors import ApiError
from sandbox.discord.people import Member
from sandbox.discord.services import Services


class GuildRoutes:
    """/guilds/{id}/…"""

    def __init__(self, services: Services) -> None:
        self._world = services.world

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/guilds/{guild_id}", self._guild),
            Route("GET", "/guilds/{guild_id}/roles", self._roles),
            Route("GET", "/guilds/{guild_id}/channels", self._channels),
            Route("GET", "/guilds/{guild_id}/members/{user_id}", self._member),
        ]

    def _guild(self, call: Call) -> Reply:
        guild = self._world.guild(call.id("guild_id"))
        counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
        return Reply(guild.payload() | (counts if call.query.get("with_counts") else {}))

    def _roles(self, call: Call) -> Reply:
        return Reply([role.payload() for role in self._world.guild(call.id("guild_id")).roles.values()])

    def _channels(self, call: Call) -> Reply:
        guild = self._world.guild(call.id("guild_id"))
        return Reply([channel.payload() for channel in guild.channels.values() if not channel.is_thread])

    def _member(self, call: Call) -> Reply:
        return Reply(self._known_member(call).payload())

    def _known_member(self, call: Call) -> Member:
        guild, user_id = self._world.guild(call.id("guild_id")), call.id("user_id")
        if user_id in guild.members:
            return guild.members[user_id]
        raise ApiError.of(10007 if user_id in self._world.users else 10013)
