"""What a member is shown: places, messages and the commands on offer there."""

from __future__ import annotations

from sandbox.discord.commands import Command, CommandType
from sandbox.discord.control.names import Names
from sandbox.discord.errors import Json
from sandbox.discord.messages import Message
from sandbox.discord.options import NotPossible
from sandbox.discord.people import User
from sandbox.discord.permissions import EVERYTHING, Permission, in_channel, names_of
from sandbox.discord.places import MESSAGE_TYPES, Channel
from sandbox.discord.services import Services


class Visibility:
    """Raises NotPossible for what the member's client would not show."""

    def __init__(self, services: Services, names: Names) -> None:
        self._world = services.world
        self._commands = services.commands
        self._names = names

    def place(self, member: str, channel: str) -> tuple[User, Channel]:
        """The member and a channel that they see."""
        user = self._names.user(member)
        place = self._names.channel(channel, user)
        if Permission.VIEW_CHANNEL not in self.held(user, place):
            raise NotPossible(f"{member} cannot see {channel}")
        return user, place

    def message(self, member: str, message_id: str) -> tuple[User, Message]:
        """The member and a message that they see."""
        user, message = self._names.user(member), self._names.message(message_id)
        if Permission.VIEW_CHANNEL not in self.held(user, message.channel) or not message.visible_to(user.id):
            raise NotPossible(f"{member} does not see message {message_id}")
        return user, message

    def command(self, name: str, kind: CommandType, user: User, place: Channel) -> Command:
        """The command as this member is offered it in this place."""
        offered = [one for one in self._commands.visible(place.guild_id) if one.type is kind]
        found = next((one for one in offered if one.name == name), None)
        if found is None:
            raise NotPossible(f"no command {name!r} is registered; there are {[one.name for one in offered]}")
        self._must_fit(found, place)
        self._must_be_allowed(found, user, place)
        return found

    def sees(self, user: User, place: Channel) -> bool:
        """Whether the place is among those that the member's client lists."""
        return Permission.VIEW_CHANNEL in self.held(user, place)

    def offered(self, user: User, place: Channel) -> list[Command]:
        """Every command that `command` would find for this member in this place."""
        return [one for one in self._commands.visible(place.guild_id) if self._is_offered(one, user, place)]

    def may_send(self, user: User, place: Channel) -> bool:
        """Whether the client lets the member write there."""
        held = self.held(user, place)
        needed = Permission.SEND_MESSAGES_IN_THREADS if place.is_thread else Permission.SEND_MESSAGES
        is_open = not place.locked or Permission.MANAGE_THREADS in held
        return place.type in MESSAGE_TYPES and is_open and needed in held

    def may_attach(self, user: User, place: Channel) -> bool:
        return Permission.ATTACH_FILES in self.held(user, place)

    def may_manage(self, user: User, place: Channel) -> bool:
        """Whether the client lets the member take away what others wrote there."""
        return Permission.MANAGE_MESSAGES in self.held(user, place) and place.guild_id is not None

    def _is_offered(self, command: Command, user: User, place: Channel) -> bool:
        try:
            self._must_fit(command, place)
            self._must_be_allowed(command, user, place)
        except NotPossible:
            return False
        return True

    def _must_fit(self, command: Command, place: Channel) -> None:
        guild = self._world.guild_of(place)
        if guild is not None and not guild.bot_present:
            raise NotPossible(f"the bot is not in {guild.name}")
        if not _context_fits(command.definition, in_guild=guild is not None):
            raise NotPossible(f"/{command.name} is not offered in this kind of place")
        if command.definition["nsfw"] and not place.nsfw:
            raise NotPossible(f"/{command.name} is offered in age-restricted channels only")

    def _must_be_allowed(self, command: Command, user: User, place: Channel) -> None:
        held, needed = self.held(user, place), command.definition["default_member_permissions"]
        if Permission.USE_APPLICATION_COMMANDS not in held:
            raise NotPossible(f"{user.global_name} may not use application commands here")
        if place.guild_id is None or needed is None:
            return
        # "0" means administrators only (Discord docs: Application command permissions).
        wanted = Permission(int(needed)) or Permission.ADMINISTRATOR
        if wanted & held != wanted:
            raise NotPossible(f"{user.global_name} is not offered /{command.name}: it needs {names_of(wanted)}")

    def held(self, user: User, place: Channel) -> Permission:
        """What the member may do there; raises NotPossible for a place that they are not in at all."""
        guild = self._world.guild_of(place)
        if guild is None:
            if place.recipient is not user:
                raise NotPossible(f"{user.global_name} does not see the direct messages of somebody else")
            return EVERYTHING
        if user.id not in guild.members:
            raise NotPossible(f"{user.global_name} is not a member of {guild.name}")
        return in_channel(guild, guild.members[user.id], place)


def _context_fits(definition: Json, *, in_guild: bool) -> bool:
    contexts = definition["contexts"]
    if contexts is not None:
        return (0 if in_guild else 1) in contexts
    return in_guild or bool(definition["dm_permission"])
