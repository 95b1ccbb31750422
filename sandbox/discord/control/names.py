"""Finding people and places by the names a test uses, or by id."""

from __future__ import annotations

from typing import TypeVar

from sandbox.discord.messages import Message
from sandbox.discord.options import NotPossible
from sandbox.discord.people import Member, Role, User
from sandbox.discord.places import Channel, Guild
from sandbox.discord.world import World

DIRECT = "@me"
Found = TypeVar("Found")


class Names:
    """Raises NotPossible, naming what there is, when nothing or more than one thing matches."""

    def __init__(self, world: World) -> None:
        self._world = world

    def guild(self, name: str | None = None) -> Guild:
        """The guild of this name or id; without a name the first one."""
        guilds = list(self._world.guilds.values())
        if name is None:
            return guilds[0]
        return self._one("guild", name, [(guild.name, guild.id, guild) for guild in guilds])

    def user(self, name: str) -> User:
        return self._one("user", name, [(user.global_name or "", user.id, user) for user in self._world.users.values()])

    def channel(self, name: str, user: User | None = None) -> Channel:
        """A channel by name, `Guild/name` or id; `@me` is the user's direct messages with the bot."""
        if name == DIRECT:
            if user is None:
                raise NotPossible("@me needs a member")
            return self._world.dm_with(user)
        rows = []
        for channel in self._world.channels:
            guild = self._world.guild_of(channel)
            label = f"{guild.name}/{channel.name}" if guild and "/" in name else channel.name
            rows.append((label, channel.id, channel))
        return self._one("channel", name.lstrip("#"), rows)

    def role(self, guild: Guild, name: str) -> Role:
        return self._one("role", name, [(role.name, role.id, role) for role in guild.roles.values()])

    def member(self, guild: Guild, name: str) -> Member:
        user = self.user(name)
        if user.id not in guild.members:
            raise NotPossible(f"{name} is not a member of {guild.name}")
        return guild.members[user.id]

    def message(self, message_id: str | int) -> Message:
        message = self._world.message(int(message_id))
        if message is None:
            raise NotPossible(f"there is no message {message_id} (any more)")
        return message

    @staticmethod
    def _one(kind: str, name: str, rows: list[tuple[str, int, Found]]) -> Found:
        found = [thing for label, number, thing in rows if name in (label, str(number))]
        if len(found) != 1:
            listed = ", ".join(sorted(label for label, _, _ in rows if label))
            problem = f"{len(found)} match" if found else "none matches"
            raise NotPossible(f"{kind} {name!r}: {problem}; there are {listed}")
        return found[0]
