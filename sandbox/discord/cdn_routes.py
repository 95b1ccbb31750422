"""GET /cdn/…: the bytes behind attachment URLs, in ranges too, because players ask for them."""

from __future__ import annotations

import re

from aiohttp import web

from sandbox.discord.attachments import Cdn

PREFIX = "/cdn"
_RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")


class CdnRoutes:
    """Serves what is stored and signed; everything else is gone."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{PREFIX}/{{path:.+}}", self._get)]

    async def _get(self, request: web.Request) -> web.Response:
        attachment = self._cdn.find(request.match_info["path"], dict(request.query))
        if attachment is None:
            return web.Response(status=404, text="This content is no longer available.")
        headers = {"Accept-Ranges": "bytes", "Access-Control-Allow-Origin": "*"}
        data, content_type = attachment.file.data, attachment.file.content_type
        wanted = _RANGE.match(request.headers.get("Range", ""))
        if wanted is None or int(wanted[1]) >= len(data):
            return web.Response(body=data, content_type=content_type, headers=headers)
        first = int(wanted[1])
        last = min(int(wanted[2]) if wanted[2] else len(data) - 1, len(data) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        return web.Response(status=206, body=data[first : last + 1], content_type=content_type, headers=headers)
