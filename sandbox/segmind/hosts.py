"""The names the server answers to. One port plays all of Segmind's hosts.

Called by a Segmind name (a client whose transport maps it to loopback), it is that host only and writes Segmind's
addresses into its answers. Called by any other name, it is all of them and writes loopback addresses.
"""

from __future__ import annotations

from aiohttp import web

API_HOST = "api.segmind.com"
HISTORY_HOST = "api.spotprod.segmind.com"
MEDIA_HOST = "images.segmind.com"
UPLOAD_HOST = "workflows-api.segmind.com"
STORAGE_HOST = "storage.segmind.com"  # Segmind docs: storage; the SDK's own examples name MEDIA_HOST instead
ASSETS = "/assets"
ASSET_HOSTS = frozenset({MEDIA_HOST, STORAGE_HOST, "127.0.0.1", "localhost"})

_ROOMS = {
    API_HOST: ("/v1/", "/v2/"),
    HISTORY_HOST: ("/inference-request/",),
    MEDIA_HOST: ("/generations/", f"{ASSETS}/"),
    UPLOAD_HOST: ("/upload-asset",),
    STORAGE_HOST: (f"{ASSETS}/",),
}


def _called_as(request: web.BaseRequest) -> str:
    return request.host.partition(":")[0].lower()


def knows_path(request: web.BaseRequest) -> bool:
    """Whether the host that was called has this path."""
    rooms = _ROOMS.get(_called_as(request))
    return rooms is None or request.path.startswith(rooms)


def api_url(request: web.BaseRequest, path: str) -> str:
    """The address of an API path, as the caller will reach it."""
    return f"{_origin(request, API_HOST)}{path}"


def media_url(request: web.BaseRequest, clip: str) -> str:
    """The address of an output."""
    return f"{_origin(request, MEDIA_HOST)}/generations/{clip}"


def asset_url(request: web.BaseRequest, name: str, host: str = MEDIA_HOST) -> str:
    """The address of an upload."""
    return f"{_origin(request, host)}{ASSETS}/{name}"


def foreign_media_url(request: web.BaseRequest, clip: str) -> str:
    """The same output under a host that nobody has allowed. Still loopback: a client that follows it is seen."""
    if _called_as(request) in _ROOMS:
        return f"https://images.segmind.example/generations/{clip}"
    port = request.host.partition(":")[2]
    return f"http://localhost:{port}/generations/{clip}"


def elsewhere_url(request: web.BaseRequest, clip: str) -> str:
    """Where a redirected download ends up."""
    return f"{_origin(request, MEDIA_HOST)}/elsewhere/{clip}"


def _origin(request: web.BaseRequest, segmind_host: str) -> str:
    return f"https://{segmind_host}" if _called_as(request) in _ROOMS else f"http://{request.host}"
