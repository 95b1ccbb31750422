"""One WebSocket of the gateway: HELLO, heartbeats, identify and resume, an ordered outbox."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Protocol, TypeAlias

from aiohttp import WSMsgType, web

from sandbox.discord.errors import Json

Frame: TypeAlias = dict[str, Any]
HEARTBEAT_MS = 41_250
CLOSE_ANSWER_S = 1.0
DECODE_ERROR, NOT_AUTHENTICATED, ALREADY_AUTHENTICATED, UNKNOWN_OPCODE = 4002, 4003, 4005, 4001
HEARTBEAT, IDENTIFY, RESUME, HEARTBEAT_ACK = 1, 2, 6, 11
UNANSWERED = frozenset({3, 4, 8})  # presence, voice state, request members: taken, nothing comes back


class Sessions(Protocol):
    """What a connection needs of the gateway; both answers are a close code or None."""

    def identify(self, connection: Connection, data: Json) -> int | None: ...
    def resume(self, connection: Connection, data: Json) -> int | None: ...
    def disconnected(self, connection: Connection, code: int | None) -> None: ...


class Connection:
    """Frames leave in the order of `send`, which never waits."""

    def __init__(self, sessions: Sessions, request: web.Request) -> None:
        self._sessions = sessions
        self._request = request
        self._socket = web.WebSocketResponse(max_msg_size=0, timeout=CLOSE_ANSWER_S)
        self._outbox: asyncio.Queue[Frame] = asyncio.Queue()
        self.session_id: str | None = None

    def send(self, frame: Frame) -> None:
        self._outbox.put_nowait(frame)

    async def run(self) -> web.WebSocketResponse:
        """Serves the connection until it ends."""
        await self._socket.prepare(self._request)
        self.send({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MS}})
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
        finally:
            writer.cancel()
            self._sessions.disconnected(self, self._socket.close_code)
        return self._socket

    async def cut(self, code: int | None) -> None:
        """Ends the connection with a close code, or like a pulled cable when there is none."""
        if code is not None:
            await self._socket.close(code=code)
        elif self._request.transport is not None:
            self._request.transport.abort()

    async def _write(self) -> None:
        while True:
            frame = await self._outbox.get()
            try:
                await self._socket.send_str(json.dumps(frame))
            except ConnectionError:
                return  # the reader notices too, and the session keeps the frame for a resume

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                continue
            code = self._take(message.data)
            if code is not None:
                await self._socket.close(code=code)
                return

    def _take(self, text: str) -> int | None:
        """Handles one frame; returns a close code when it ends the connection."""
        try:
            frame = json.loads(text)
            op, data = int(frame["op"]), frame.get("d")
        except (ValueError, KeyError, TypeError):
            return DECODE_ERROR
        if op == HEARTBEAT:
            self.send({"op": HEARTBEAT_ACK, "d": None})
            return None
        if self.session_id is None:
            return self._begin(op, data)
        if op in (IDENTIFY, RESUME):
            return ALREADY_AUTHENTICATED
        return None if op in UNANSWERED else UNKNOWN_OPCODE

    def _begin(self, op: int, data: Json) -> int | None:
        if op == IDENTIFY:
            return self._sessions.identify(self, data)
        return self._sessions.resume(self, data) if op == RESUME else NOT_AUTHENTICATED
