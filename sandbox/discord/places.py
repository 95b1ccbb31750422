"""Guilds, channels, threads and direct messages."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.discord.clock import iso_time
from sandbox.discord.errors import Json
from sandbox.discord.limits import MIB
from sandbox.discord.people import Member, Role, User
from sandbox.discord.permissions import NOTHING, Permission

TEXT, DM, VOICE, CATEGORY, PUBLIC_THREAD = 0, 1, 2, 4, 11
ROLE_OVERWRITE, MEMBER_OVERWRITE = 0, 1
DEFAULT_UPLOAD_BYTES = 10 * MIB
MESSAGE_TYPES = frozenset({TEXT, DM, VOICE, PUBLIC_THREAD})


@dataclass(slots=True)
class Overwrite:
    """What one role or member is given or denied in one channel."""

    target_id: int
    kind: int
    allow: Permission = NOTHING
    deny: Permission = NOTHING

    def payload(self) -> Json:
        return {
            "id": str(self.target_id),
            "type": self.kind,
            "allow": str(int(self.allow)),
            "deny": str(int(self.deny)),
        }


@dataclass(slots=True, eq=False)
class Channel:
    """A place for messages; `recipient` is set for direct messages, `owner_id` for threads."""

    id: int
    type: int
    name: str = ""
    guild_id: int | None = None
    parent_id: int | None = None
    nsfw: bool = False
    position: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipient: User | None = None
    owner_id: int | None = None
    archived: bool = False
    locked: bool = False
    created_ms: int = 0
    last_message_id: int | None = None

    @property
    def is_thread(self) -> bool:
        return self.type == PUBLIC_THREAD

    def payload(self) -> Json:
        body: Json = {
            "id": str(self.id),
            "type": self.type,
            "flags": 0,
            "last_message_id": str(self.last_message_id) if self.last_message_id else None,
        }
        if self.recipient is not None:
            return body | {"recipients": [self.recipient.payload()]}
        body |= {
            "guild_id": str(self.guild_id),
            "name": self.name,
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "rate_limit_per_user": 0,
        }
        return body | (self._thread_part() if self.is_thread else self._text_part())

    def _text_part(self) -> Json:
        return {
            "position": self.position,
            "topic": None,
            "nsfw": self.nsfw,
            "permission_overwrites": [overwrite.payload() for overwrite in self.overwrites.values()],
        }

    def _thread_part(self) -> Json:
        return {
            "owner_id": str(self.owner_id),
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": iso_time(self.created_ms),
                "create_timestamp": iso_time(self.created_ms),
            },
        }


@dataclass(slots=True, eq=False)
class Guild:
    """A server; `announced_upload_bytes` is what interactions say, `upload_bytes` what is enforced."""

    id: int
    name: str
    owner_id: int
    joined_ms: int
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    premium_tier: int = 0
    upload_bytes: int = DEFAULT_UPLOAD_BYTES
    announced_upload_bytes: int = DEFAULT_UPLOAD_BYTES
    locale: str = "en-US"
    bot_present: bool = True

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def threads(self) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.is_thread]

    def payload(self) -> Json:
        """The guild as GET /guilds/{id} answers it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner_id),
            "roles": [role.payload() for role in self.roles.values()],
            "premium_tier": self.premium_tier,
            "preferred_locale": self.locale,
            **_PLAIN_GUILD,
        }

    def gateway_payload(self, members: list[Member]) -> Json:
        """The guild as GUILD_CREATE carries it; without the members intent only the bot itself is listed."""
        return self.payload() | {
            "joined_at": iso_time(self.joined_ms),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "voice_states": [],
            "members": [member.payload() for member in members],
            "channels": [channel.payload() for channel in self.channels.values() if not channel.is_thread],
            "threads": [thread.payload() for thread in self.threads if not thread.archived],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


# What every sandbox guild answers alike.
_PLAIN_GUILD: Json = {
    "icon": None,
    "description": None,
    "home_header": None,
    "splash": None,
    "discovery_splash": None,
    "features": [],
    "banner": None,
    "application_id": None,
    "region": "deprecated",
    "afk_channel_id": None,
    "afk_timeout": 300,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "widget_channel_id": None,
    "verification_level": 0,
    "default_message_notifications": 0,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_presences": None,
    "max_members": 500000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "vanity_url_code": None,
    "premium_subscription_count": 0,
    "rules_channel_id": None,
    "safety_alerts_channel_id": None,
    "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
    "emojis": [],
    "stickers": [],
    "incidents_data": None,
}
