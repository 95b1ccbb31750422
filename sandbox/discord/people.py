"""Users, their memberships and roles."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.discord.clock import iso_time
from sandbox.discord.errors import Json
from sandbox.discord.permissions import Permission


@dataclass(slots=True, eq=False)
class User:
    """An account; `dms_open` is its privacy setting for direct messages from server members.

    `upload_bytes` is what a subscription of its own lets it upload anywhere; 0 is no subscription.
    """

    id: int
    username: str
    global_name: str | None
    bot: bool = False
    dms_open: bool = True
    locale: str = "en-US"
    upload_bytes: int = 0

    def payload(self) -> Json:
        return {
            "id": str(self.id),
            "username": self.username,
            "global_name": self.global_name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "flags": 0,
            "public_flags": 0,
            "primary_guild": None,
        }


@dataclass(slots=True, eq=False)
class Role:
    """A guild's role; the one whose id is the guild's is @everyone."""

    id: int
    name: str
    permissions: Permission
    position: int = 1
    bot_id: int | None = None
    mentionable: bool = False

    def payload(self) -> Json:
        body: Json = {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(int(self.permissions)),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.bot_id is not None,
            "mentionable": self.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }
        return body | ({"tags": {"bot_id": str(self.bot_id)}} if self.bot_id else {})


@dataclass(slots=True, eq=False)
class Member:
    """A user in a guild."""

    user: User
    joined_ms: int
    role_ids: list[int] = field(default_factory=list)
    nick: str | None = None

    def payload(self) -> Json:
        return self.payload_without_user() | {"user": self.user.payload()}

    def payload_without_user(self) -> Json:
        """As in `resolved.members` and in messages, where the user stands elsewhere."""
        return {
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "roles": [str(role) for role in self.role_ids],
            "joined_at": iso_time(self.joined_ms),
            "premium_since": None,
            "communication_disabled_until": None,
            "pending": False,
            "flags": 0,
            "mute": False,
            "deaf": False,
        }
