"""Permission bits and how roles and overwrites add up to them (Discord docs: Permissions)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.discord.people import Member
    from sandbox.discord.places import Channel, Guild, Overwrite


class Permission(IntFlag):
    """The bits in Discord's order; names as in discord.py, in capitals."""

    CREATE_INSTANT_INVITE = auto()
    KICK_MEMBERS = auto()
    BAN_MEMBERS = auto()
    ADMINISTRATOR = auto()
    MANAGE_CHANNELS = auto()
    MANAGE_GUILD = auto()
    ADD_REACTIONS = auto()
    VIEW_AUDIT_LOG = auto()
    PRIORITY_SPEAKER = auto()
    STREAM = auto()
    VIEW_CHANNEL = auto()
    SEND_MESSAGES = auto()
    SEND_TTS_MESSAGES = auto()
    MANAGE_MESSAGES = auto()
    EMBED_LINKS = auto()
    ATTACH_FILES = auto()
    READ_MESSAGE_HISTORY = auto()
    MENTION_EVERYONE = auto()
    USE_EXTERNAL_EMOJIS = auto()
    VIEW_GUILD_INSIGHTS = auto()
    CONNECT = auto()
    SPEAK = auto()
    MUTE_MEMBERS = auto()
    DEAFEN_MEMBERS = auto()
    MOVE_MEMBERS = auto()
    USE_VAD = auto()
    CHANGE_NICKNAME = auto()
    MANAGE_NICKNAMES = auto()
    MANAGE_ROLES = auto()
    MANAGE_WEBHOOKS = auto()
    MANAGE_EXPRESSIONS = auto()
    USE_APPLICATION_COMMANDS = auto()
    REQUEST_TO_SPEAK = auto()
    MANAGE_EVENTS = auto()
    MANAGE_THREADS = auto()
    CREATE_PUBLIC_THREADS = auto()
    CREATE_PRIVATE_THREADS = auto()
    USE_EXTERNAL_STICKERS = auto()
    SEND_MESSAGES_IN_THREADS = auto()
    USE_EMBEDDED_ACTIVITIES = auto()
    MODERATE_MEMBERS = auto()


NOTHING = Permission(0)
EVERYTHING = ~NOTHING
EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
)


def named(names: Iterable[str]) -> Permission:
    """`["view_channel"]` to bits; raises ValueError naming the first unknown one."""
    result = NOTHING
    for name in names:
        try:
            result |= Permission[name.upper()]
        except KeyError:
            raise ValueError(f"no permission is called {name!r}") from None
    return result


def names_of(permissions: Permission) -> list[str]:
    return [bit.name.lower() for bit in Permission if bit in permissions and bit.name]


def in_guild(guild: Guild, member: Member) -> Permission:
    """What the member's roles give, before any channel."""
    if guild.owner_id == member.user.id:
        return EVERYTHING
    result = guild.everyone.permissions
    for role_id in member.role_ids:
        result |= guild.roles[role_id].permissions
    return EVERYTHING if Permission.ADMINISTRATOR in result else result


def in_channel(guild: Guild, member: Member, channel: Channel) -> Permission:
    """What the member may do in the channel; a thread takes its parent's overwrites."""
    base = in_guild(guild, member)
    if base == EVERYTHING:
        return base
    place = guild.channels.get(channel.parent_id or 0, channel) if channel.is_thread else channel
    result = _overwritten(base, place.overwrites, guild.everyone.id, member)
    return result if Permission.VIEW_CHANNEL in result else NOTHING


def _overwritten(base: Permission, overwrites: dict[int, Overwrite], everyone_id: int, member: Member) -> Permission:
    # Everyone first, then all roles together, then the member: the order decides who wins.
    steps = [
        [overwrites[everyone_id]] if everyone_id in overwrites else [],
        [overwrites[role] for role in member.role_ids if role in overwrites],
        [overwrites[member.user.id]] if member.user.id in overwrites else [],
    ]
    for step in steps:
        allow = deny = NOTHING
        for overwrite in step:
            allow |= overwrite.allow
            deny |= overwrite.deny
        base = (base & ~deny) | allow
    return base
