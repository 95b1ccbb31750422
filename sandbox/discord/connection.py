"""One WebSocket of the gateway: HELLO, heartbeats, identify and resume, an ordered outbox."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Protocol, TypeAlias

from aiohttp import WSMsgType, web

from sandbox.discord.errors import Json

Frame: TypeAlias = dict[str, Any]
MISSED_HEARTBEATS = 2
ACK_S = 0.05
CLOSE_ANSWER_S = 1.0
DECODE_ERROR, NOT_AUTHENTICATED, ALREADY_AUTHENTICATED, UNKNOWN_OPCODE = 4002, 4003, 4005, 4001
TIMED_OUT = 4009
HEARTBEAT, IDENTIFY, RESUME, HEARTBEAT_ACK = 1, 2, 6, 11
UNANSWERED = frozenset({3, 4, 8})  # presence, voice state, request members: taken, nothing comes back


class Sessions(Protocol):
    """What a connection needs of the gateway; both answers are a close code or None."""

    @property
    def heartbeat_s(self) -> float: ...

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
        self._heartbeat_s = sessions.heartbeat_s
        self._beat = asyncio.Event()
        self.session_id: str | None = None

    def send(self, frame: Frame) -> None:
        self._outbox.put_nowait(frame)

    async def run(self) -> web.WebSocketResponse:
        """Serves the connection until it ends."""
        await self._socket.prepare(self._request)
        self.send({"op": 10, "d": {"heartbeat_interval": round(self._heartbeat_s * 1000)}})
        helpers = [asyncio.create_task(self._write()), asyncio.create_task(self._expect_heartbeats())]
        try:
            await self._read()
        finally:
            for helper in helpers:
                helper.cancel()
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

    async def _expect_heartbeats(self) -> None:
        """Close what is silent for too long (Discord docs: Gateway, sending heartbeats)."""
        while True:
            self._beat.clear()
            try:
                await asyncio.wait_for(self._beat.wait(), MISSED_HEARTBEATS * self._heartbeat_s)
            except TimeoutError:
                await self._socket.close(code=TIMED_OUT)
                return

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
            self._beat.set()
            # Not at once, as nothing is on a network: discord.py 2.7.1 notes the time after it has sent, and takes an
            # answer from before that for one that is a whole interval late.
            asyncio.get_running_loop().call_later(ACK_S, self.send, {"op": HEARTBEAT_ACK, "d": None})
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
