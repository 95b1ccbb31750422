"""The sandbox's page: its files, and what keeps other web sites away from it."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.origin import is_own

FOLDER = Path(__file__).parents[1] / "web"
INDEX = "index.html"
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # Who changes a file of the page sees it at the next reload.
    "Cache-Control": "no-cache",
}
# For what others wrote, under the page's address: shown alone it runs no script there.
INERT = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
_GUARDED = ("/sandbox/", "/backstage")


class Page:
    """Answers with files of one folder; what is outside of it, or of another kind, is not there."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder.resolve()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/web/{path:.*}", self._get)]

    def index(self) -> web.Response:
        """The page itself."""
        return self._file(INDEX)

    async def _get(self, request: web.Request) -> web.Response:
        return self._file(request.match_info["path"])

    def _file(self, name: str) -> web.Response:
        content_type = _TYPES.get(Path(name).suffix)
        content = self._read(name) if content_type else None
        if content is None:
            return web.Response(status=404, text="There is no such file.", headers=_HEADERS)
        charset = "utf-8" if content_type != _TYPES[".png"] else None
        return web.Response(body=content, content_type=content_type, charset=charset, headers=_HEADERS)

    def _read(self, name: str) -> bytes | None:
        try:
            path = (self._folder / name).resolve()
            return path.read_bytes() if path.is_relative_to(self._folder) else None
        except (OSError, ValueError):  # ValueError: a zero byte in the name
            return None


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A web site that is open in the same browser must not drive the sandbox: 403."""
    resource = request.match_info.route.resource
    if resource is not None and resource.canonical.startswith(_GUARDED) and not is_own(request):
        return web.json_response({"error": "only the sandbox's own page may do that"}, status=403)
    return await handler(request)
