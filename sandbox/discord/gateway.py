"""The gateway: sessions that outlive connections, and dispatch to those that want an event (Discord docs: Gateway)."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field

from sandbox.discord.connection import Connection, Frame
from sandbox.discord.errors import Json
from sandbox.discord.events import PRIVILEGED, Intent, as_seen, needed_intent
from sandbox.discord.journal import Kind
from sandbox.discord.world import World

KEPT_EVENTS = 2000
AUTHENTICATION_FAILED, INVALID_SEQ, DISALLOWED_INTENTS = 4004, 4007, 4014


@dataclass(slots=True, eq=False)
class Session:
    """What an IDENTIFY opened; while no connection is attached its events wait for a RESUME."""

    id: str
    intents: int
    shard: tuple[int, int]
    connection: Connection | None = None
    seq: int = 0
    sent: deque[Frame] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))

    def dispatch(self, event: str, data: Json) -> None:
        self.seq += 1
        frame: Frame = {"op": 0, "t": event, "s": self.seq, "d": data}
        self.sent.append(frame)
        if self.connection is not None:
            self.connection.send(frame)

    def serves(self, guild_id: int | None) -> bool:
        number, count = self.shard
        return number == (0 if guild_id is None else (guild_id >> 22) % count)


class Gateway:
    """All sessions of the bot."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[str, Session] = {}
        self.url = ""
        self.identified = 0  # sessions opened since the start

    @property
    def heartbeat_s(self) -> float:
        return self._world.limits.heartbeat_s

    @property
    def connected(self) -> list[Session]:
        return [session for session in self._sessions.values() if session.connection is not None]

    def dispatch(self, event: str, data: Json, *, guild_id: int | None = None) -> None:
        """Sends the event to every session whose intents and shard take it."""
        if guild_id is not None and not self._world.guilds[guild_id].bot_present:
            return
        needed = needed_intent(event, in_guild=guild_id is not None)
        for session in self._sessions.values():
            if session.serves(guild_id) and session.intents & needed == needed:
                bot_id = self._world.application.bot.id
                session.dispatch(event, as_seen(event, data, session.intents, bot_id))

    def identify(self, connection: Connection, data: Json) -> int | None:
        """Opens a session and sends READY and the guilds; returns a close code when refused."""
        application = self._world.application
        intents = int(data.get("intents", 0))
        if str(data.get("token", "")).removeprefix("Bot ") != application.token:
            return AUTHENTICATION_FAILED
        if intents & PRIVILEGED & ~application.privileged_intents:
            return DISALLOWED_INTENTS
        number, count = data.get("shard") or (0, 1)
        session = Session(secrets.token_hex(16), intents, (number, count), connection)
        self._sessions[session.id] = session
        self.identified += 1
        connection.session_id = session.id
        self._welcome(session)
        self._note(session.id, "ready")
        return None

    def resume(self, connection: Connection, data: Json) -> int | None:
        """Replays what the session missed; an unknown session is answered with INVALID_SESSION."""
        if str(data.get("token", "")).removeprefix("Bot ") != self._world.application.token:
            return AUTHENTICATION_FAILED
        session = self._sessions.get(str(data.get("session_id")))
        if session is None:
            connection.send({"op": 9, "d": False})
            return None
        if int(data.get("seq") or 0) > session.seq:
            return INVALID_SEQ
        session.connection = connection
        connection.session_id = session.id
        for frame in [frame for frame in session.sent if frame["s"] > int(data.get("seq") or 0)]:
            connection.send(frame)
        session.dispatch("RESUMED", {})
        self._note(session.id, "resumed")
        return None

    def disconnected(self, connection: Connection, code: int | None) -> None:
        """The connection is gone; its session waits to be resumed."""
        session = self._sessions.get(connection.session_id or "")
        if session is not None and session.connection is connection:
            session.connection = None
            self._note(session.id, "closed", code=code)

    async def close_connections(self, code: int | None) -> None:
        """Closes every connection with the code, or cuts it without a word when the code is None."""
        for session in self.connected:
            if session.connection is not None:
                await session.connection.cut(code)

    def ask_to_reconnect(self) -> None:
        """Opcode 7: the client is to close and resume."""
        for session in self.connected:
            if session.connection is not None:
                session.connection.send({"op": 7, "d": None})

    def invalidate(self) -> None:
        """Opcode 9: the sessions are gone, the client must identify anew."""
        for session in self.connected:
            if session.connection is not None:
                del self._sessions[session.id]
                session.connection.send({"op": 9, "d": False})

    def _welcome(self, session: Session) -> None:
        application = self._world.application
        guilds = [one for one in self._world.guilds.values() if one.bot_present and session.serves(one.id)]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": application.bot.payload() | {"verified": True, "mfa_enabled": False, "email": None},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "shard": list(session.shard),
                "application": {"id": str(application.id), "flags": 0},
                "private_channels": [],
                "session_type": "normal",
            },
        )
        if session.intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", self.guild_payload(guild.id, session.intents))

    def guild_payload(self, guild_id: int, intents: int = 0) -> Json:
        """GUILD_CREATE for sessions with these intents: without the members intent only the bot is listed."""
        guild = self._world.guilds[guild_id]
        everybody = bool(intents & Intent.GUILD_MEMBERS)
        bot_id = self._world.application.bot.id
        return guild.gateway_payload([one for one in guild.members.values() if everybody or one.user.id == bot_id])

    def _note(self, session_id: str, event: str, code: int | None = None) -> None:
        self._world.journal.append(Kind.SESSION, session_id, {"event": event, "code": code})
