"""A message and what Discord tells about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.discord.attachments import Attachment, Cdn
from sandbox.discord.clock import iso_time
from sandbox.discord.errors import Json
from sandbox.discord.people import User
from sandbox.discord.places import Channel

EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
PLAIN, REPLY, SLASH_ANSWER, MENU_ANSWER = 0, 19, 20, 23


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a text mentions after allowed_mentions: these are the people who were really pinged."""

    users: tuple[User, ...] = ()
    role_ids: tuple[int, ...] = ()
    everyone: bool = False


@dataclass(slots=True)
class Content:
    """The part of a message that an edit may replace."""

    text: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """How a message came to be: by whom, and out of which interaction if any."""

    author: User
    type: int = PLAIN
    webhook_id: int | None = None
    interaction_id: int | None = None
    interaction_metadata: Json | None = None
    replied_to: Message | None = None
    nonce: str | int | None = None
    # The only member who sees an ephemeral message.
    viewer_id: int | None = None
    # The command that it answers, as a client writes it above the message: `jobs list`.
    command: str | None = None


@dataclass(slots=True, eq=False)
class Message:
    """A message in a channel; `version` counts its changes from 1."""

    id: int
    channel: Channel
    origin: Origin
    content: Content
    created_ms: int
    mentions: Mentions = field(default_factory=Mentions)
    edited_ms: int | None = None
    version: int = 1
    deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        return bool(self.content.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        return bool(self.content.flags & LOADING)

    def visible_to(self, user_id: int) -> bool:
        return not self.ephemeral or self.origin.viewer_id == user_id

    def payload(self, cdn: Cdn) -> Json:
        """The message object without `guild_id` and `member`, which only the gateway adds."""
        body = self._fixed_part() | {
            "content": self.content.text,
            "embeds": self.content.embeds,
            "components": self.content.components,
            "attachments": [cdn.payload(attachment) for attachment in self.content.attachments],
            "flags": self.content.flags,
            "edited_timestamp": iso_time(self.edited_ms) if self.edited_ms is not None else None,
            "mentions": [user.payload() for user in self.mentions.users],
            "mention_roles": [str(role) for role in self.mentions.role_ids],
            "mention_everyone": self.mentions.everyone,
        }
        replied_to = self.origin.replied_to
        return body | (self._reply_part(replied_to, cdn) if replied_to is not None else {})

    def _fixed_part(self) -> Json:
        origin = self.origin
        optional: Json = {
            "webhook_id": str(origin.webhook_id) if origin.webhook_id else None,
            "application_id": str(origin.webhook_id) if origin.webhook_id else None,
            "interaction_metadata": origin.interaction_metadata,
            "nonce": origin.nonce,
        }
        return {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "type": origin.type,
            "author": origin.author.payload(),
            "timestamp": iso_time(self.created_ms),
            "pinned": False,
            "tts": False,
        } | {key: value for key, value in optional.items() if value is not None}

    def _reply_part(self, replied_to: Message, cdn: Cdn) -> Json:
        reference: Json = {
            "type": 0,
            "channel_id": str(replied_to.channel.id),
            "message_id": str(replied_to.id),
        }
        if replied_to.channel.guild_id is not None:
            reference["guild_id"] = str(replied_to.channel.guild_id)
        referenced = None if replied_to.deleted else replied_to.payload(cdn)
        if referenced is not None:
            referenced.pop("referenced_message", None)
        return {"message_reference": reference, "referenced_message": referenced}
