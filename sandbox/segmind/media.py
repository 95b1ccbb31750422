"""images.segmind.com: the outputs and the uploads. Public and unlisted: no key is asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from sandbox.segmind import hosts
from sandbox.segmind.faults import Fault, Kind, Stage
from sandbox.segmind.interference import envelope
from sandbox.segmind.provider import Provider

_TEBIBYTE = 1 << 40
_FIRST_BYTES = 1024


class Media:
    """Serves finished clips, every kind of wrong download, and what was uploaded."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/generations/{clip}", self.clip),
            web.get("/elsewhere/{clip}", self.elsewhere),
            web.get(f"{hosts.ASSETS}/{{name}}", self.asset),
        ]

    async def clip(self, request: web.Request) -> web.StreamResponse:
        """The clip, unless the script says otherwise."""
        job = self._provider.jobs.of_clip(request.match_info["clip"])
        if job is None or job.media_deleted(self._provider.clock):
            return envelope(404, "Not Found")
        job.downloads += 1
        if answer := await self._provider.interference.answer(request, Stage.MEDIA, job.slug, job.prompt):
            return answer
        path = await self._provider.clips.path(job)
        if fault := self._provider.interference.spoil(job):
            return await self._spoiled(request, path, fault)
        return _whole(path)

    async def elsewhere(self, request: web.Request) -> web.StreamResponse:
        """Where redirects lead: it works, so that a client which follows them is noticed by its request only."""
        job = self._provider.jobs.of_clip(request.match_info["clip"])
        return _whole(await self._provider.clips.path(job)) if job else envelope(404, "Not Found")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """An upload, as it came."""
        asset = self._provider.assets.get(request.match_info["name"])
        if asset is None:
            return envelope(404, "Not Found")
        return web.FileResponse(asset.path, headers={"Content-Type": asset.media_type})

    async def _spoiled(self, request: web.Request, path: Path, fault: Fault) -> web.StreamResponse:
        clip = await asyncio.to_thread(path.read_bytes)
        match fault.kind:
            case Kind.TRUNCATED:
                return web.Response(body=clip[: len(clip) // 2], content_type="video/mp4")
            case Kind.REDIRECT:
                location = hosts.elsewhere_url(request, request.match_info["clip"])
                return web.Response(status=302, headers={"Location": location})
            case Kind.HUGE_LENGTH:
                return await self._broken_off(request, clip, _TEBIBYTE)
            case Kind.STALL:
                return await self._stalled(request, clip)
            case _:
                return await self._broken_off(request, clip[: len(clip) // 2], len(clip))

    async def _broken_off(self, request: web.Request, sent: bytes, announced: int) -> web.StreamResponse:
        """Announce a length, send less, close."""
        response = await _begin(request, announced)
        await response.write(sent)
        if request.transport is not None:
            request.transport.close()
        return response

    async def _stalled(self, request: web.Request, clip: bytes) -> web.StreamResponse:
        """Some bytes, then nothing, for as long as the client listens."""
        response = await _begin(request, len(clip))
        await response.write(clip[:_FIRST_BYTES])
        await self._provider.closing.wait()
        if request.transport is not None:
            request.transport.abort()
        return response


def _whole(path: Path) -> web.FileResponse:
    return web.FileResponse(path, headers={"Content-Type": "video/mp4"})


async def _begin(request: web.Request, length: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "video/mp4", "Content-Length": str(length)})
    await response.prepare(request)
    return response
