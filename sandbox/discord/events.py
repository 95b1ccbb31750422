"""Which events need which intent, and what a bot without message content sees (Discord docs: Gateway)."""

from __future__ import annotations

from enum import IntFlag

from sandbox.discord.errors import Json


class Intent(IntFlag):
    """The intents the sandbox has events for."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT

_NEEDED: dict[str, Intent] = {
    "GUILD_CREATE": Intent.GUILDS,
    "GUILD_UPDATE": Intent.GUILDS,
    "GUILD_DELETE": Intent.GUILDS,
    "GUILD_ROLE_CREATE": Intent.GUILDS,
    "GUILD_ROLE_UPDATE": Intent.GUILDS,
    "GUILD_ROLE_DELETE": Intent.GUILDS,
    "CHANNEL_CREATE": Intent.GUILDS,
    "CHANNEL_UPDATE": Intent.GUILDS,
    "CHANNEL_DELETE": Intent.GUILDS,
    "THREAD_CREATE": Intent.GUILDS,
    "THREAD_UPDATE": Intent.GUILDS,
    "THREAD_DELETE": Intent.GUILDS,
    "GUILD_MEMBER_ADD": Intent.GUILD_MEMBERS,
    "GUILD_MEMBER_UPDATE": Intent.GUILD_MEMBERS,
    "GUILD_MEMBER_REMOVE": Intent.GUILD_MEMBERS,
}
_MESSAGE_EVENTS = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"})
_CONTENT_FIELDS: Json = {"content": "", "embeds": [], "components": [], "attachments": []}


def needed_intent(event: str, *, in_guild: bool) -> Intent:
    """The intent without which a session does not get the event; no bits for one that always comes."""
    if event in _MESSAGE_EVENTS:
        return Intent.GUILD_MESSAGES if in_guild else Intent.DIRECT_MESSAGES
    return _NEEDED.get(event, Intent(0))


def as_seen(event: str, data: Json, intents: int, bot_id: int) -> Json:
    """Empties the content of other people's guild messages unless the session has the message content intent."""
    if event not in _MESSAGE_EVENTS or event == "MESSAGE_DELETE" or intents & Intent.MESSAGE_CONTENT:
        return data
    own = data["author"]["id"] == str(bot_id)
    mentioned = any(user["id"] == str(bot_id) for user in data["mentions"])
    return data if own or mentioned or "guild_id" not in data else data | _CONTENT_FIELDS
