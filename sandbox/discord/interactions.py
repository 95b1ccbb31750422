"""Interactions: what is known about one, and how long it may be answered (Discord docs: Receiving and responding)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.commands import NESTED
from sandbox.discord.errors import ApiError, Json
from sandbox.discord.journal import Kind
from sandbox.discord.messages import Message
from sandbox.discord.people import User
from sandbox.discord.permissions import in_channel
from sandbox.discord.places import Channel, Guild
from sandbox.discord.world import World


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class Callback(IntEnum):
    """How the bot answered."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True, slots=True)
class Cause:
    """What the member did: the type, the `data` of the payload and what it was done to."""

    type: InteractionType
    data: Json
    source: Message | None = None
    opened_by: Interaction | None = None


@dataclass(slots=True, eq=False)
class Interaction:
    """One interaction. `original` is the message that @original means, once there is one."""

    id: int
    token: str
    cause: Cause
    user: User
    channel: Channel
    payload: Json
    created_ms: int
    callback: Callback | None = None
    original: Message | None = None
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    followups: list[int] = field(default_factory=list)
    failed: bool = False

    @property
    def type(self) -> InteractionType:
        return self.cause.type

    @property
    def command(self) -> str | None:
        """The name of the command with its subcommands; None for buttons and forms."""
        if self.type is not InteractionType.COMMAND:
            return None
        words, options = [str(self.cause.data.get("name", ""))], self.cause.data.get("options", [])
        while options and options[0]["type"] in NESTED:
            words.append(options[0]["name"])
            options = options[0].get("options", [])
        return " ".join(words)

    def metadata(self) -> Json:
        """`interaction_metadata` of the messages that answer it."""
        owners = self.payload["authorizing_integration_owners"]
        body: Json = {
            "id": str(self.id),
            "type": int(self.type),
            "user": self.user.payload(),
            "authorizing_integration_owners": owners,
        }
        if self.type is InteractionType.COMPONENT and self.cause.source is not None:
            body["interacted_message_id"] = str(self.cause.source.id)
        if self.cause.opened_by is not None:
            body["triggering_interaction_metadata"] = self.cause.opened_by.metadata()
        return body

    def view(self) -> Json:
        """The interaction as the control interface shows it."""
        return {
            "id": str(self.id),
            "type": int(self.type),
            "user_id": str(self.user.id),
            "channel_id": str(self.channel.id),
            "callback": int(self.callback) if self.callback is not None else None,
            "message_id": str(self.original.id) if self.original is not None else None,
            "modal": self.modal,
            "choices": self.choices,
            "attachments": list(self.cause.data.get("resolved", {}).get("attachments", {}).values()),
            "followup_ids": [str(one) for one in self.followups],
            "failed": self.failed,
        }


class InteractionDesk:
    """Opens interactions and finds them again by id or token."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_id: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def open(self, user: User, channel: Channel, cause: Cause) -> Interaction:
        """Makes the interaction with the payload of INTERACTION_CREATE; sending it is the caller's."""
        interaction_id = self._world.snowflakes.next()
        token = secrets.token_urlsafe(48)
        payload = {"id": str(interaction_id), "token": token} | self._payload(user, channel, cause)
        interaction = Interaction(interaction_id, token, cause, user, channel, payload, self._world.clock.now_ms())
        self._by_id[interaction_id] = self._by_token[token] = interaction
        self.note(interaction, "sent")
        return interaction

    def get(self, interaction_id: int) -> Interaction | None:
        return self._by_id.get(interaction_id)

    def to_acknowledge(self, interaction_id: int, token: str) -> Interaction:
        """Raises 10062 for an unknown or late one and 40060 for one that was acknowledged."""
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise ApiError.of(10062)
        if interaction.callback is not None:
            raise ApiError.of(40060)
        if self._age_s(interaction) > self._world.limits.acknowledge_s:
            raise ApiError.of(10062)
        return interaction

    def by_token(self, application_id: int, token: str) -> Interaction:
        """Raises 10015 before the callback or for an unknown token, 50027 after 15 minutes, 10003 without a channel."""
        interaction = self._by_token.get(token)
        if interaction is None or application_id != self._world.application.id:
            raise ApiError.of(10015)
        if self._age_s(interaction) > self._world.limits.token_s:
            raise ApiError.of(50027)
        if interaction.callback is None:
            raise ApiError.of(10015)
        self._world.channel(interaction.channel.id)
        return interaction

    def note(self, interaction: Interaction, event: str) -> None:
        """Writes to the journal that something about the interaction changed."""
        self._world.journal.append(Kind.INTERACTION, interaction.id, interaction.view() | {"event": event})

    def _age_s(self, interaction: Interaction) -> float:
        return (self._world.clock.now_ms() - interaction.created_ms) / 1000

    def _payload(self, user: User, channel: Channel, cause: Cause) -> Json:
        guild = self._world.guild_of(channel)
        body: Json = {
            "application_id": str(self._world.application.id),
            "type": int(cause.type),
            "version": 1,
            "data": cause.data,
            "locale": user.locale,
            "channel_id": str(channel.id),
            "app_permissions": str(int(self._world.bot_permissions(channel))),
            "entitlements": [],
            "attachment_size_limit": self._world.announced_upload_bytes(channel, user),
        }
        body |= _in_guild(guild, user, channel) if guild else _in_dm(user, channel)
        if cause.source is not None:
            body["message"] = cause.source.payload(self._world.cdn)
        return body


def _in_guild(guild: Guild, user: User, channel: Channel) -> Json:
    member = guild.members[user.id]
    permissions = str(int(in_channel(guild, member, channel)))
    return {
        "context": 0,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "channel": channel.payload() | {"permissions": permissions},
        "member": member.payload() | {"permissions": permissions},
        "authorizing_integration_owners": {"0": str(guild.id)},
    }


def _in_dm(user: User, channel: Channel) -> Json:
    return {
        "context": 1,
        "channel": channel.payload(),
        "user": user.payload(),
        "authorizing_integration_owners": {"0": "0"},
    }
