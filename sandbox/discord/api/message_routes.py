"""Channels and the messages in them, with the bot's own permissions."""

from __future__ import annotations

from sandbox.discord.api.call import Call, Reply, Route
from sandbox.discord.api.nonces import Nonces
from sandbox.discord.api.old_edits import OldEdits
from sandbox.discord.composing import Composer, Target
from sandbox.discord.errors import ApiError, Json, invalid
from sandbox.discord.messages import REPLY, Message, Origin
from sandbox.discord.permissions import Permission
from sandbox.discord.places import MESSAGE_TYPES, Channel
from sandbox.discord.services import Services


class MessageRoutes:
    """/channels/{id} and /channels/{id}/messages."""

    def __init__(self, services: Services) -> None:
        self._world = services.world
        self._board = services.board
        self._threads = services.threads
        self._composer = Composer(services.world)
        self._nonces = Nonces(services.world)
        self._old_edits = OldEdits(services.world)

    def routes(self) -> list[Route]:
        one = "/channels/{channel_id}/messages/{message_id}"
        return [
            Route("GET", "/channels/{channel_id}", self._channel),
            Route("POST", "/channels/{channel_id}/typing", self._typing),
            Route("GET", "/channels/{channel_id}/messages", self._history),
            Route("POST", "/channels/{channel_id}/messages", self._create),
            Route("GET", one, self._get),
            Route("PATCH", one, self._edit),
            Route("DELETE", one, self._delete),
        ]

    def _channel(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        self._world.require(channel)
        return Reply(channel.payload())

    def _typing(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        self._world.require(channel, Permission.SEND_MESSAGES)
        return Reply()

    def _history(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        self._world.require(channel)
        if Permission.READ_MESSAGE_HISTORY not in self._world.bot_permissions(channel):
            return Reply([])  # not an error (Discord docs: Get channel messages)
        return Reply([self._board.payload(message) for message in self._page(channel, call)])

    def _page(self, channel: Channel, call: Call) -> list[Message]:
        """Newest first, whichever way the page was asked for."""
        limit = int(call.query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise invalid(("limit",), "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        messages = [one for one in self._world.messages_in(channel).values() if not one.ephemeral]
        before, after, around = (call.query_id(name) for name in ("before", "after", "around"))
        if around is not None:
            older = [one for one in messages if one.id < around][-(limit // 2) :]
            newer = [one for one in messages if one.id >= around][: limit - len(older)]
            return [*reversed(newer), *reversed(older)]
        if after is not None:
            return list(reversed([one for one in messages if one.id > after][:limit]))
        return list(reversed([one for one in messages if before is None or one.id < before][-limit:]))

    def _create(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        self._require_sending(channel, call)
        if (known := self._nonces.known(call.body)) is not None:
            return Reply(self._board.payload(known))
        origin = self._origin(channel, call.body)
        content = self._composer.compose(call.form, call.body, Target(channel))
        message = self._board.post(channel, origin, content, call.body.get("allowed_mentions"))
        self._nonces.remember(call.body, message)
        return Reply(self._board.payload(message))

    def _require_sending(self, channel: Channel, call: Call) -> None:
        if channel.type not in MESSAGE_TYPES:
            raise ApiError.of(50008)
        if channel.recipient is not None and not self._reachable(channel):
            raise ApiError.of(50007)
        sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        self._world.require(channel, sending, *([Permission.ATTACH_FILES] if call.form.files else []))
        self._threads.must_be_open(channel, self._world.bot_permissions(channel))

    def _reachable(self, channel: Channel) -> bool:
        """A direct message needs open DMs and a guild in common."""
        user = channel.recipient
        assert user is not None
        return user.dms_open and any(one.bot_present and user.id in one.members for one in self._world.guilds.values())

    def _origin(self, channel: Channel, body: Json) -> Origin:
        bot = self._world.application.bot
        nonce = body.get("nonce")
        if len(str(nonce or "")) > 25:
            raise invalid(("nonce",), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        replied_to = self._replied_to(channel, body.get("message_reference"))
        return Origin(author=bot, nonce=nonce, type=REPLY if replied_to else 0, replied_to=replied_to)

    def _replied_to(self, channel: Channel, reference: Json | None) -> Message | None:
        if not reference:
            return None
        if Permission.READ_MESSAGE_HISTORY not in self._world.bot_permissions(channel):
            raise ApiError.of(160002)
        message = self._world.messages_in(channel).get(int(reference.get("message_id") or 0))
        if message is not None and not message.ephemeral:
            return message
        if reference.get("fail_if_not_exists", True):
            raise invalid(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return None

    def _get(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        self._world.require(channel, Permission.READ_MESSAGE_HISTORY)
        return Reply(self._board.payload(self._world.public_message(channel, call.id("message_id"))))

    def _edit(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        self._world.require(channel, *([Permission.ATTACH_FILES] if call.form.files else []))
        message = self._world.public_message(channel, call.id("message_id"))
        if message.origin.author is not self._world.application.bot:
            raise ApiError.of(50005)
        self._threads.must_be_active(channel)
        self._old_edits.check(message)
        content = self._composer.compose(call.form, call.body, Target(channel), message.content)
        return Reply(self._board.payload(self._board.edit(message, content, call.body.get("allowed_mentions"))))

    def _delete(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        self._world.require(channel)
        message = self._world.public_message(channel, call.id("message_id"))
        if message.origin.author is not self._world.application.bot:
            self._world.require(channel, Permission.MANAGE_MESSAGES)
        self._board.delete(message)
        return Reply()
