"""What a member's client shows: who is there, which channels they see, what they are offered where."""

from __future__ import annotations

from sandbox.discord.control.names import Names
from sandbox.discord.control.visibility import Visibility
from sandbox.discord.errors import Json
from sandbox.discord.people import Member, User
from sandbox.discord.places import Channel, Guild
from sandbox.discord.services import Services


class Looking:
    """One method per question."""

    def __init__(self, services: Services, names: Names) -> None:
        self._world = services.world
        self._names = names
        self._visible = Visibility(services, names)

    def people(self, guild: str | None = None) -> Json:
        """Everybody in the guild in the order of joining, its roles but for @everyone, and its channels."""
        place = self._names.guild(guild)
        application = self._world.application
        return {
            "guild": {"id": str(place.id), "name": place.name},
            "people": [_person(place, one) | {"bot": one.user.bot} for one in place.members.values()],
            "roles": [{"id": str(one.id), "name": one.name} for one in place.roles.values() if one.id != place.id],
            "channels": [_channel(one) for one in place.channels.values() if not one.is_thread],
            "application_id": str(application.id),
            "bot_id": str(application.bot.id),
        }

    def client(self, member: str, guild: str | None = None) -> Json:
        """A member, the channels and threads of the guild that they see, and their direct messages with the bot."""
        place = self._names.guild(guild)
        found = self._names.member(place, member)
        seen = [one for one in place.channels.values() if self._visible.sees(found.user, one)]
        return {
            "user": _person(place, found),
            "channels": [self._shown(found.user, one) for one in seen],
            "dm": str(self._world.dm_with(found.user).id),
        }

    def offered(self, member: str, channel: str) -> Json:
        """The commands that the member is offered in the channel, and what they may send there."""
        user, place = self._visible.place(member, channel)
        return {
            "commands": [one.definition for one in self._visible.offered(user, place)],
            "upload_bytes": self._world.upload_bytes(place, user),
            **self._may(user, place),
        }

    def _shown(self, user: User, channel: Channel) -> Json:
        parent = str(channel.parent_id) if channel.parent_id else None
        thread = {"parent_id": parent, "archived": channel.archived, "locked": channel.locked}
        return _channel(channel) | thread | self._may(user, channel)

    def _may(self, user: User, channel: Channel) -> Json:
        may_send = self._visible.may_send(user, channel)
        return {
            "may_send": may_send,
            "may_attach": may_send and self._visible.may_attach(user, channel),
            "may_manage": self._visible.may_manage(user, channel),
        }


def _person(guild: Guild, member: Member) -> Json:
    user, roles = member.user, [guild.roles[one].name for one in member.role_ids]
    return {"id": str(user.id), "name": member.nick or user.global_name or user.username, "roles": roles}


def _channel(channel: Channel) -> Json:
    return {"id": str(channel.id), "name": channel.name, "type": channel.type, "nsfw": channel.nsfw}
