"""GET /cdn/…: the bytes behind attachment URLs, in ranges too, because players ask for them."""

from __future__ import annotations

import asyncio
import re

from aiohttp import web

from sandbox.discord.attachments import Cdn
from sandbox.discord.faults import Fault, FaultList
from sandbox.discord.page import INERT

PREFIX = "/cdn"
_RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")
_NO_FAULT = Fault(times=0)


class CdnRoutes:
    """Serves what is stored and signed; everything else is gone. Faults meant for `/cdn/` spoil it."""

    def __init__(self, cdn: Cdn, faults: FaultList) -> None:
        self._cdn = cdn
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{PREFIX}/{{path:.+}}", self._get)]

    async def _get(self, request: web.Request) -> web.StreamResponse:
        fault = self._faults.take(request.method, request.path) or _NO_FAULT
        await asyncio.sleep(fault.delay_s)
        if fault.drop:
            return await self._break_off(request, fault)
        if fault.status is not None:
            return web.Response(status=fault.status, headers=fault.headers, text=str(fault.body or "scripted fault"))
        return self._serve(request)

    def _serve(self, request: web.Request) -> web.Response:
        attachment = self._cdn.find(request.match_info["path"], dict(request.query))
        if attachment is None:
            return web.Response(status=404, text="This content is no longer available.")
        headers = INERT | {"Accept-Ranges": "bytes", "Access-Control-Allow-Origin": "*"}
        data, content_type = attachment.file.data, attachment.file.content_type
        wanted = _RANGE.match(request.headers.get("Range", ""))
        if wanted is None or int(wanted[1]) >= len(data):
            return web.Response(body=data, content_type=content_type, headers=headers)
        first = int(wanted[1])
        last = min(int(wanted[2]) if wanted[2] else len(data) - 1, len(data) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        return web.Response(status=206, body=data[first : last + 1], content_type=content_type, headers=headers)

    async def _break_off(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """Cuts the connection: before a word was said, or in the middle of the file."""
        whole = self._serve(request)
        answer = web.StreamResponse(status=whole.status, headers={"Content-Length": str(whole.content_length)})
        if fault.when == "after" and isinstance(whole.body, bytes):
            await answer.prepare(request)
            await answer.write(whole.body[: len(whole.body) // 2])
        if request.transport is not None:
            request.transport.close()
        return answer
