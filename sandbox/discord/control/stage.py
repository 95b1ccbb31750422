"""Changes of the world that members, admins or Discord itself make, with the gateway events they cause."""

from __future__ import annotations

from sandbox.discord.control.names import Names
from sandbox.discord.errors import Json
from sandbox.discord.journal import Kind
from sandbox.discord.options import NotPossible
from sandbox.discord.permissions import named, names_of
from sandbox.discord.places import MEMBER_OVERWRITE, ROLE_OVERWRITE, Channel, Guild, Overwrite
from sandbox.discord.services import Services


class Stage:
    """One method per change; each returns the changed thing's payload."""

    def __init__(self, services: Services, names: Names) -> None:
        self._services = services
        self._world = services.world
        self._names = names

    def set_permissions(
        self, channel: str, target: str, allow: list[str] | None = None, deny: list[str] | None = None
    ) -> Json:
        """Replaces the overwrite of a role (`@everyone` included) or member in a channel."""
        place = self._names.channel(channel)
        guild = self._guild_of(place)
        target_id, kind = self._overwritten(guild, target)
        place.overwrites[target_id] = Overwrite(target_id, kind, named(allow or []), named(deny or []))
        return self._channel_event("CHANNEL_UPDATE", place)

    def set_role(self, role: str, permissions: list[str], guild: str | None = None) -> Json:
        """Replaces what a role gives."""
        place = self._names.guild(guild)
        found = self._names.role(place, role)
        found.permissions = named(permissions)
        data = {"guild_id": str(place.id), "role": found.payload()}
        self._services.gateway.dispatch("GUILD_ROLE_UPDATE", data, guild_id=place.id)
        return found.payload()

    def delete_role(self, role: str, guild: str | None = None) -> Json:
        """The role is gone from the guild, its members and its channels."""
        place = self._names.guild(guild)
        found = self._names.role(place, role)
        del place.roles[found.id]
        for member in place.members.values():
            member.role_ids = [one for one in member.role_ids if one != found.id]
        for channel in place.channels.values():
            channel.overwrites.pop(found.id, None)
        data = {"guild_id": str(place.id), "role_id": str(found.id)}
        self._services.gateway.dispatch("GUILD_ROLE_DELETE", data, guild_id=place.id)
        return found.payload()

    def set_member_roles(self, member: str, roles: list[str], guild: str | None = None) -> Json:
        """Replaces a member's roles."""
        place = self._names.guild(guild)
        found = self._names.member(place, member)
        found.role_ids = [self._names.role(place, role).id for role in roles]
        data = found.payload() | {"guild_id": str(place.id)}
        self._services.gateway.dispatch("GUILD_MEMBER_UPDATE", data, guild_id=place.id)
        return found.payload()

    def add_member(self, name: str, roles: list[str] | None = None, guild: str | None = None) -> Json:
        """A user joins; one who already exists keeps their id."""
        place = self._names.guild(guild)
        known = [user for user in self._world.users.values() if user.global_name == name]
        user = known[0] if known else self._world.add_user(name)
        member = self._world.join(place, user, [self._names.role(place, role) for role in roles or []])
        data = member.payload() | {"guild_id": str(place.id)}
        self._services.gateway.dispatch("GUILD_MEMBER_ADD", data, guild_id=place.id)
        return member.payload()

    def remove_member(self, member: str, guild: str | None = None) -> Json:
        place = self._names.guild(guild)
        found = self._names.member(place, member)
        del place.members[found.user.id]
        data = {"guild_id": str(place.id), "user": found.user.payload()}
        self._services.gateway.dispatch("GUILD_MEMBER_REMOVE", data, guild_id=place.id)
        return found.payload()

    def set_dms(self, member: str, is_open: bool) -> Json:
        """Whether the member takes direct messages; closed ones answer 50007."""
        user = self._names.user(member)
        user.dms_open = is_open
        return user.payload()

    def add_channel(self, name: str, nsfw: bool = False, guild: str | None = None) -> Json:
        return self._channel_event("CHANNEL_CREATE", self._world.add_channel(self._names.guild(guild), name, nsfw=nsfw))

    def add_thread(self, channel: str, name: str, owner: str) -> Json:
        thread = self._world.add_thread(self._names.channel(channel), name, self._names.user(owner))
        return self._channel_event("THREAD_CREATE", thread)

    def change_channel(
        self,
        channel: str,
        name: str | None = None,
        nsfw: bool | None = None,
        archived: bool | None = None,
        locked: bool | None = None,
    ) -> Json:
        """Sets what is given; `archived` and `locked` are for threads."""
        place = self._names.channel(channel)
        place.name = place.name if name is None else name
        place.nsfw = place.nsfw if nsfw is None else nsfw
        place.archived = place.archived if archived is None else archived
        place.locked = place.locked if locked is None else locked
        return self._channel_event("THREAD_UPDATE" if place.is_thread else "CHANNEL_UPDATE", place)

    def delete_channel(self, channel: str) -> Json:
        """The channel and everything in it is gone; no event tells about the single messages."""
        place = self._names.channel(channel)
        self._guild_of(place)
        payload = self._channel_event("THREAD_DELETE" if place.is_thread else "CHANNEL_DELETE", place)
        self._world.remove_channel(place)
        return payload

    def remove_bot(self, guild: str | None = None) -> Json:
        """The bot is kicked: GUILD_DELETE, and 10004 or 50001 for everything in that guild."""
        place = self._names.guild(guild)
        bot_id = self._world.application.bot.id
        self._services.gateway.dispatch("GUILD_DELETE", {"id": str(place.id)}, guild_id=place.id)
        place.bot_present = False
        place.members.pop(bot_id, None)
        place.roles = {key: role for key, role in place.roles.items() if role.bot_id != bot_id}
        return {"id": str(place.id)}

    def add_bot(self, permissions: list[str], guild: str | None = None) -> Json:
        """The bot is invited (again)."""
        place = self._names.guild(guild)
        self._world.join_bot(place, named(permissions))
        payload = self._services.gateway.guild_payload(place.id)
        self._services.gateway.dispatch("GUILD_CREATE", payload, guild_id=place.id)
        return {"id": str(place.id)}

    def set_upload_limit(self, limit_bytes: int, announced_bytes: int | None = None, guild: str | None = None) -> Json:
        """Files over `limit_bytes` answer 413; interactions announce the same unless told otherwise."""
        place = self._names.guild(guild)
        place.upload_bytes = limit_bytes
        place.announced_upload_bytes = limit_bytes if announced_bytes is None else announced_bytes
        return {"upload_bytes": place.upload_bytes, "announced_upload_bytes": place.announced_upload_bytes}

    def set_member_upload_limit(self, member: str, limit_bytes: int) -> Json:
        """What a member's own subscription lets them upload; the larger of it and the place's limit counts."""
        user = self._names.user(member)
        user.upload_bytes = limit_bytes
        return user.payload()

    def take_down(self, url: str) -> Json:
        """The file behind a CDN address is gone, as those of interactions are after a while."""
        try:
            self._world.cdn.take_down_url(url)
        except KeyError:
            raise NotPossible(f"there is no file at {url}") from None
        return {}

    def age_message(self, message: str, seconds: float) -> Json:
        """Makes a message older, e.g. older than the hour after which edits are few."""
        found = self._names.message(message)
        found.created_ms -= round(seconds * 1000)
        return {"created_ms": found.created_ms}

    def age_interaction(self, interaction: str, seconds: float) -> Json:
        """Makes an interaction older, e.g. older than the 15 minutes of its token."""
        found = self._services.desk.get(int(interaction))
        if found is None:
            raise NotPossible(f"there is no interaction {interaction}")
        found.created_ms -= round(seconds * 1000)
        return {"created_ms": found.created_ms}

    def bot_permissions(self, channel: str) -> Json:
        """What the bot may do in a channel, by name."""
        held = self._world.bot_permissions(self._names.channel(channel))
        return {"permissions": names_of(held)}

    def _overwritten(self, guild: Guild, target: str) -> tuple[int, int]:
        roles = [role for role in guild.roles.values() if target in (role.name, str(role.id))]
        if roles:
            return roles[0].id, ROLE_OVERWRITE
        return self._names.member(guild, target).user.id, MEMBER_OVERWRITE

    def _guild_of(self, channel: Channel) -> Guild:
        guild = self._world.guild_of(channel)
        if guild is None:
            raise NotPossible("direct messages have neither permissions nor an end")
        return guild

    def _channel_event(self, event: str, channel: Channel) -> Json:
        self._services.gateway.dispatch(event, channel.payload(), guild_id=channel.guild_id)
        self._world.journal.append(Kind.CHANNEL, channel.id, {"event": event, "channel": channel.payload()})
        return channel.payload()
