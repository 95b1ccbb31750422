"""POST /sandbox/{verb} with the verb's arguments as a JSON object; what a client could not do answers 400."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.discord.attachments import UploadedFile, guess_type
from sandbox.discord.control.acts import MemberActs
from sandbox.discord.control.console import Console
from sandbox.discord.control.looking import Looking
from sandbox.discord.control.names import Names
from sandbox.discord.control.picking import Uploads
from sandbox.discord.control.stage import Stage
from sandbox.discord.services import Services

PREFIX = "/sandbox"


class ControlRoutes:
    """Every public method of MemberActs, Stage, Console and Looking is a verb."""

    def __init__(self, services: Services) -> None:
        names = Names(services.world)
        self._uploads = Uploads()
        parts: list[object] = [
            MemberActs(services, names, self._uploads),
            Stage(services, names),
            Console(services, names),
            Looking(services, names),
        ]
        self._verbs: dict[str, Callable[..., Any]] = {}
        for part in parts:
            self._verbs |= {name: one for name, one in inspect.getmembers(part, inspect.ismethod) if name[0] != "_"}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{PREFIX}/uploads", self._upload),
            web.post(f"{PREFIX}/{{verb}}", self._do),
            web.get(f"{PREFIX}/health", self._health),
        ]

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _upload(self, request: web.Request) -> web.Response:
        """The raw bytes of a file a member picks; ?filename= and optionally ?content_type=."""
        filename = request.query["filename"]
        content_type = request.query.get("content_type") or guess_type(filename)
        upload = self._uploads.add(UploadedFile(filename, content_type, await request.read()))
        return web.json_response({"upload": upload})

    async def _do(self, request: web.Request) -> web.Response:
        verb = self._verbs.get(request.match_info["verb"])
        if verb is None:
            return _refusal(404, f"no verb {request.match_info['verb']!r}; there are {', '.join(sorted(self._verbs))}")
        try:
            arguments = json.loads(await request.read() or b"{}")
            inspect.signature(verb).bind(**arguments)
        except (TypeError, ValueError) as error:
            return _refusal(400, f"{request.match_info['verb']}: {error}")
        try:
            answer = verb(**arguments)
            return web.json_response(await answer if inspect.isawaitable(answer) else answer)
        except ValueError as error:  # NotPossible included
            return _refusal(400, str(error))


def _refusal(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
