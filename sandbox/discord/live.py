"""GET /sandbox/live: what happens, told to the page as it happens."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from sandbox.discord.journal import Filter, Journal, Kind

LIVE_KINDS = frozenset(Kind) - {Kind.REQUEST}
GOING_AWAY = 1001
CLOSE_ANSWER_S = 1.0
HEARTBEAT_S = 20.0  # a browser that does not answer is gone
_LOOK_S = 60.0


class LiveFeed:
    """One WebSocket per page that looks: `hello`, then every entry of the journal after `?after=`.

    world: what no other world is called, so that a page knows when the numbers are no longer those it counted on.
    """

    def __init__(self, journal: Journal, *, world: str) -> None:
        self._journal = journal
        self._world = world
        self._sockets: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/sandbox/live", self._serve)]

    async def close(self) -> None:
        """Ends every feed; those who look are told."""
        await asyncio.gather(*(socket.close(code=GOING_AWAY) for socket in self._sockets))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        last = self._journal.last
        try:
            after = max(0, int(request.query.get("after", last)))
        except ValueError:
            return web.json_response({"error": "after must be a number"}, status=400)
        socket = web.WebSocketResponse(timeout=CLOSE_ANSWER_S, heartbeat=HEARTBEAT_S)
        await socket.prepare(request)
        self._sockets.add(socket)
        writing = asyncio.create_task(self._write(socket, after, last))
        try:
            async for _ in socket:  # the page says nothing: only its end is waited for
                pass
        finally:
            self._sockets.discard(socket)
            writing.cancel()
            await asyncio.wait([writing])
        return socket

    async def _write(self, socket: web.WebSocketResponse, after: int, last: int) -> None:
        with suppress(ConnectionError):  # the reader notices, too
            await socket.send_json({"kind": "hello", "last": last, "world": self._world})
            while True:
                entries, after = await self._journal.wait(after, Filter(LIVE_KINDS), _LOOK_S)
                for entry in entries:
                    await socket.send_json(entry.payload())
