"""The state of the sandbox: who and what exists, and lookups that fail the way Discord fails."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.discord.attachments import Cdn
from sandbox.discord.clock import SandboxClock
from sandbox.discord.errors import ApiError
from sandbox.discord.journal import Journal
from sandbox.discord.limits import Limits
from sandbox.discord.messages import Message
from sandbox.discord.people import Member, Role, User
from sandbox.discord.permissions import EVERYONE, EVERYTHING, NOTHING, Permission, in_channel
from sandbox.discord.places import DM, PUBLIC_THREAD, TEXT, Channel, Guild
from sandbox.discord.snowflakes import Snowflakes


@dataclass(slots=True, eq=False)
class Application:
    """The one application of the sandbox; `privileged_intents` are those its owner switched on."""

    id: int
    name: str
    bot: User
    owner: User
    token: str
    verify_key: str = "0" * 64
    privileged_intents: int = 0
    public: bool = False


@dataclass(slots=True, eq=False)
class _Rooms:
    """All channels and their messages, oldest first."""

    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)


class World:
    """Users, guilds, channels and messages in memory. Build one with the `add_*` methods or `default_world()`."""

    def __init__(self, *, app_name: str = "Klapper", token: str | None = None) -> None:
        self.clock = SandboxClock()
        self.snowflakes = Snowflakes(self.clock)
        self.limits = Limits()
        self.journal = Journal(self.clock)
        self.cdn = Cdn(self.clock, self.snowflakes)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self._rooms = _Rooms()
        owner, bot = self.add_user("operator"), self.add_user(app_name, bot=True)
        # A bot's user id equals its application's id on every application made since 2016.
        self.application = Application(bot.id, app_name, bot, owner, token or f"sandbox.{secrets.token_urlsafe(24)}")

    # Building

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        user = User(self.snowflakes.next(), name.lower(), name, bot=bot, locale=locale)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, owner: User, everyone: Permission = EVERYONE) -> Guild:
        """A guild with its owner in it and, until it is removed, the bot with a role of its own."""
        guild = Guild(self.snowflakes.next(), name, owner.id, self.clock.now_ms())
        guild.roles[guild.id] = Role(guild.id, "@everyone", everyone, position=0)
        self.guilds[guild.id] = guild
        self.join(guild, owner)
        return guild

    def add_role(self, guild: Guild, name: str, permissions: Permission, *, bot_id: int | None = None) -> Role:
        role = Role(self.snowflakes.next(), name, permissions, position=len(guild.roles), bot_id=bot_id)
        guild.roles[role.id] = role
        return role

    def join(self, guild: Guild, user: User, roles: Iterable[Role] = ()) -> Member:
        member = Member(user, self.clock.now_ms(), [role.id for role in roles])
        guild.members[user.id] = member
        return member

    def join_bot(self, guild: Guild, permissions: Permission) -> Member:
        """Installs the bot with a managed role, as an invitation with these permissions does."""
        bot = self.application.bot
        role = self.add_role(guild, self.application.name, permissions, bot_id=bot.id)
        guild.bot_present = True
        return self.join(guild, bot, [role])

    def add_channel(self, guild: Guild, name: str, *, nsfw: bool = False, kind: int = TEXT) -> Channel:
        channel = Channel(self.snowflakes.next(), kind, name, guild.id, nsfw=nsfw, position=len(guild.channels))
        return self._keep(guild, channel)

    def add_thread(self, parent: Channel, name: str, owner: User) -> Channel:
        guild = self.guild_of(parent)
        assert guild is not None, "threads live in guilds"
        now = self.clock.now_ms()
        thread = Channel(self.snowflakes.next(), PUBLIC_THREAD, name, guild.id, parent.id, created_ms=now)
        thread.owner_id = owner.id
        return self._keep(guild, thread)

    def _keep(self, guild: Guild, channel: Channel) -> Channel:
        guild.channels[channel.id] = channel
        self._rooms.channels[channel.id] = channel
        self._rooms.messages[channel.id] = {}
        return channel

    def dm_with(self, user: User) -> Channel:
        """The direct message channel of the bot and this user, made at first use."""
        for channel in self._rooms.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.snowflakes.next(), DM, recipient=user)
        self._rooms.channels[channel.id] = channel
        self._rooms.messages[channel.id] = {}
        return channel

    def remove_channel(self, channel: Channel) -> None:
        guild = self.guild_of(channel)
        assert guild is not None, "direct messages cannot be deleted"
        for message in self.messages_in(channel).values():
            message.deleted = True
        del guild.channels[channel.id], self._rooms.channels[channel.id], self._rooms.messages[channel.id]

    # Looking up

    @property
    def channels(self) -> list[Channel]:
        return list(self._rooms.channels.values())

    def channel(self, channel_id: int) -> Channel:
        """Raises 10003."""
        if channel_id not in self._rooms.channels:
            raise ApiError.of(10003)
        return self._rooms.channels[channel_id]

    def guild(self, guild_id: int) -> Guild:
        """A guild that the bot is in; raises 10004."""
        guild = self.guilds.get(guild_id)
        if guild is None or not guild.bot_present:
            raise ApiError.of(10004)
        return guild

    def guild_of(self, channel: Channel) -> Guild | None:
        return self.guilds[channel.guild_id] if channel.guild_id is not None else None

    def messages_in(self, channel: Channel) -> dict[int, Message]:
        """The channel's messages, oldest first, ephemeral ones included."""
        return self._rooms.messages.get(channel.id, {})

    def message(self, message_id: int) -> Message | None:
        for messages in self._rooms.messages.values():
            if message_id in messages:
                return messages[message_id]
        return None

    def public_message(self, channel: Channel, message_id: int) -> Message:
        """A message as the bot finds it by id; raises 10008, also for ephemeral and deleted ones."""
        message = self.messages_in(channel).get(message_id)
        if message is None or message.ephemeral:
            raise ApiError.of(10008)
        return message

    # What the bot may do

    def bot_permissions(self, channel: Channel) -> Permission:
        guild = self.guild_of(channel)
        if guild is None:
            return EVERYTHING
        bot = guild.members.get(self.application.bot.id)
        return in_channel(guild, bot, channel) if guild.bot_present and bot is not None else NOTHING

    def require(self, channel: Channel, *needed: Permission) -> None:
        """Raises 50001 when the bot cannot see the channel, 50013 when it lacks one of the permissions there."""
        held = self.bot_permissions(channel)
        if Permission.VIEW_CHANNEL not in held:
            raise ApiError.of(50001)
        if any(permission not in held for permission in needed):
            raise ApiError.of(50013)

    # What files may be sent

    def upload_bytes(self, channel: Channel, member: User | None = None) -> int:
        """The largest file a place takes; from or for a member the larger of its limit and theirs counts."""
        guild = self.guild_of(channel)
        here = guild.upload_bytes if guild else self.limits.dm_upload_bytes
        return max(here, member.upload_bytes if member else 0)

    def announced_upload_bytes(self, channel: Channel, member: User) -> int:
        """`attachment_size_limit` of the member's interactions there."""
        guild = self.guild_of(channel)
        here = guild.announced_upload_bytes if guild else self.limits.dm_upload_bytes
        return max(here, member.upload_bytes)
