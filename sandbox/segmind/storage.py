"""workflows-api.segmind.com: image upload (Segmind SDK 1.3.0, files; Segmind docs: storage)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from sandbox.segmind import bodies
from sandbox.segmind.admission import check_key, json_object
from sandbox.segmind.assets import SUFFIXES
from sandbox.segmind.faults import Stage
from sandbox.segmind.provider import Provider
from sandbox.segmind.refusals import Refused, malformed

_DATA_URL = re.compile(r"data:([a-z0-9.+-]+/[a-z0-9.+-]+);base64,(.+)", re.DOTALL)


class Storage:
    """Takes files as base64 data URLs and gives out addresses: all of a request's files, or none."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/upload-asset", self.upload)]

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """One new address for every data URL, in the order they were sent."""
        provider = self._provider
        check_key(provider, request)
        provider.rate_limit.spend()
        if answer := await provider.interference.answer(request, Stage.UPLOAD):
            return answer
        await self._check_size(request)
        files = list(_files(await json_object(request)))
        names = [self._keep(content, media_type) for content, media_type in files]
        return web.json_response(bodies.uploaded(request, names, provider.interference.upload_shape()))

    async def _check_size(self, request: web.Request) -> None:
        """No limit is documented; a gateway's would count the body, base64 and all."""
        limit = self._provider.upload_limit_bytes
        if limit is not None and len(await request.read()) > limit:
            raise Refused(413, f"Request body is larger than {limit} bytes")

    def _keep(self, content: bytes, media_type: str) -> str:
        provider, now = self._provider, self._provider.clock.wall()
        name = provider.assets.add(content, media_type, now).name
        provider.events.append(now.isoformat(), "uploaded", None, name)
        return name


def _files(body: dict[str, Any]) -> Iterator[tuple[bytes, str]]:
    """Content and media type of every data URL. Raises `Refused` (400)."""
    if body.keys() != {"data_urls"}:
        raise malformed("The body must have data_urls and nothing else")
    data_urls = body["data_urls"]
    if not isinstance(data_urls, list) or not data_urls:
        raise malformed("data_urls must be an array with at least one data URL")
    for number, data_url in enumerate(data_urls):
        yield _decoded(f"data_urls[{number}]", data_url)


def _decoded(name: str, data_url: object) -> tuple[bytes, str]:
    match = _DATA_URL.fullmatch(data_url) if isinstance(data_url, str) else None
    if match is None:
        raise malformed(f"{name} must be data:<media type>;base64,<content>")
    media_type = match[1]
    if media_type not in SUFFIXES:
        raise malformed(f"{name} has an unsupported media type: {media_type}")
    try:
        return base64.b64decode(match[2], validate=True), media_type
    except binascii.Error:
        raise malformed(f"{name} is not valid base64") from None
