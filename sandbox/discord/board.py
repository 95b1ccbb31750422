"""Where messages are put up, changed and taken down: state, gateway event and change log always together."""

from __future__ import annotations

from sandbox.discord.errors import Json
from sandbox.discord.gateway import Gateway
from sandbox.discord.journal import Kind
from sandbox.discord.mentions import find_mentions
from sandbox.discord.messages import LOADING, Content, Mentions, Message, Origin
from sandbox.discord.places import Channel
from sandbox.discord.threads import Threads
from sandbox.discord.world import World


class MessageBoard:
    """The only writer of messages."""

    def __init__(self, world: World, gateway: Gateway, threads: Threads) -> None:
        self._world = world
        self._gateway = gateway
        self._threads = threads

    def post(self, channel: Channel, origin: Origin, content: Content, allowed_mentions: object = None) -> Message:
        """Puts a new message into the channel; the mentions it ends up with are the people it pinged."""
        mentions = find_mentions(self._world, content, allowed_mentions, origin.replied_to)
        self._threads.wake(channel)
        now = self._world.clock.now_ms()
        message = Message(self._world.snowflakes.next(), channel, origin, content, now, mentions)
        self._world.messages_in(channel)[message.id] = message
        if not message.ephemeral:
            channel.last_message_id = message.id
        self._publish("MESSAGE_CREATE", "create", message, mentions)
        return message

    def edit(self, message: Message, content: Content, allowed_mentions: object = None) -> Message:
        """Replaces the content. Only filling a "thinking…" placeholder pings, a later edit does not."""
        was_loading = message.loading
        content.flags &= ~LOADING
        gone = [one for one in message.content.attachments if one.id not in {kept.id for kept in content.attachments}]
        self._world.cdn.take_down(gone)
        message.content = content
        message.mentions = find_mentions(self._world, content, allowed_mentions, None)
        message.version += 1
        if not was_loading:
            message.edited_ms = self._world.clock.now_ms()
        self._publish("MESSAGE_UPDATE", "update", message, message.mentions if was_loading else Mentions())
        return message

    def delete(self, message: Message) -> None:
        message.deleted = True
        message.version += 1
        self._world.cdn.take_down(message.content.attachments)
        del self._world.messages_in(message.channel)[message.id]
        self._log("delete", message, Mentions())
        if not message.ephemeral:
            data = {"id": str(message.id), "channel_id": str(message.channel.id)} | self._guild_part(message)
            self._gateway.dispatch("MESSAGE_DELETE", data, guild_id=message.channel.guild_id)

    def payload(self, message: Message) -> Json:
        return message.payload(self._world.cdn)

    def _publish(self, event: str, change: str, message: Message, pinged: Mentions) -> None:
        self._log(change, message, pinged)
        if not message.ephemeral:
            data = self.payload(message) | self._guild_part(message)
            self._gateway.dispatch(event, data, guild_id=message.channel.guild_id)

    def _guild_part(self, message: Message) -> Json:
        guild = self._world.guild_of(message.channel)
        if guild is None:
            return {}
        author = guild.members.get(message.origin.author.id)
        part: Json = {"guild_id": str(guild.id)}
        return part | ({"member": author.payload_without_user()} if author and not message.deleted else {})

    def _log(self, change: str, message: Message, pinged: Mentions) -> None:
        self._world.journal.append(
            Kind.MESSAGE,
            message.id,
            message_view(message, self._world)
            | {
                "change": change,
                "pinged": {
                    "users": [str(user.id) for user in pinged.users],
                    "roles": [str(role) for role in pinged.role_ids],
                    "everyone": pinged.everyone,
                },
            },
        )


def message_view(message: Message, world: World) -> Json:
    """A message as the control interface shows it: Discord's payload and what only the sandbox knows."""
    viewer = message.origin.viewer_id
    interaction = message.origin.interaction_id
    return {
        "message": message.payload(world.cdn),
        "version": message.version,
        "deleted": message.deleted,
        "ephemeral": message.ephemeral,
        "viewer_id": str(viewer) if viewer else None,
        "interaction_id": str(interaction) if interaction else None,
        "dm": message.channel.guild_id is None,
        "command": message.origin.command,
    }
