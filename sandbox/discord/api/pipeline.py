"""What every REST request goes through: faults, authorization, rate limit, handler, record."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.discord.api.call import Call, Reply, Route
from sandbox.discord.errors import ApiError, Json
from sandbox.discord.faults import Fault
from sandbox.discord.forms import Form, read_form
from sandbox.discord.journal import Kind
from sandbox.discord.rate_limits import Taken
from sandbox.discord.services import Services

API_PREFIX = "/api/v10"
_log = logging.getLogger(__name__)
_NO_FAULT = Fault(times=0)
_CLIENT_GONE = 499


class Pipeline:
    """Serves routes the way Discord's edge does."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._numbered = 0

    def handler(self, route: Route | None) -> Callable[[web.Request], Awaitable[web.Response]]:
        """An aiohttp handler; without a route it answers that there is none."""

        async def serve(request: web.Request) -> web.Response:
            return await self._serve(request, route)

        return serve

    async def _serve(self, request: web.Request, route: Route | None) -> web.Response:
        try:
            call = self._call(request, await read_form(request))
        except ApiError as error:
            return self._answer(self._call(request, Form()), Reply(error.body, error.status), {})
        except ConnectionError:
            return web.Response(
                status=_CLIENT_GONE
            )  # in the middle of its request; nothing happened, nobody reads this
        fault = self._services.faults.take(call.method, call.path) or _NO_FAULT
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        spoiled = fault.drop or fault.status is not None
        taken = None if spoiled and fault.when == "before" else self._services.rate_limits.take(call.method, call.path)
        headers = taken.headers() if taken else {}
        reply = Reply() if spoiled and fault.when == "before" else self._apply(route, call, taken)
        if fault.drop:
            return self._drop(request, call, reply)
        if fault.status is not None:
            return self._answer(call, Reply(fault.answer_body(), fault.status), headers | fault.answer_headers())
        return self._answer(call, reply, headers | _limit_headers(reply))

    def _call(self, request: web.Request, form: Form) -> Call:
        expected = f"Bot {self._services.world.application.token}"
        return Call(
            method=request.method,
            path=request.path.removeprefix(API_PREFIX),
            params=request.match_info,
            query=request.query,
            form=form,
            authorized=request.headers.get("Authorization") == expected,
        )

    def _apply(self, route: Route | None, call: Call, taken: Taken | None) -> Reply:
        try:
            return _admitted(route, call, taken).handler(call)
        except ApiError as error:
            return Reply(error.body, error.status)
        except Exception:
            # A fault of the sandbox, not of the bot: say so loudly, but keep serving the other requests.
            _log.exception("the sandbox failed on %s %s", call.method, call.path)
            return Reply({"message": "the sandbox failed, see its log", "code": 0}, 500)

    def _drop(self, request: web.Request, call: Call, reply: Reply) -> web.Response:
        self._record(call, reply, dropped=True)
        if request.transport is not None:
            request.transport.close()
        return web.Response(status=500)

    def _answer(self, call: Call, reply: Reply, headers: dict[str, str]) -> web.Response:
        self._record(call, reply)
        status = reply.http_status
        if status == 204:
            return web.Response(status=status, headers=headers)
        if isinstance(reply.body, str):
            return web.Response(status=status, headers=headers, text=reply.body, content_type="text/html")
        # Bytes, so that the type is exactly application/json: with a charset discord.py keeps the text.
        body = json.dumps(reply.body).encode()
        return web.Response(status=status, headers=headers, body=body, content_type="application/json")

    def _record(self, call: Call, reply: Reply, *, dropped: bool = False) -> None:
        self._numbered += 1
        files: list[Json] = [
            {"part": f"files[{index}]", "filename": one.filename, "size": len(one.data), "type": one.content_type}
            for index, one in call.form.files.items()
        ]
        entry: dict[str, Any] = {
            "method": call.method,
            "path": call.path,
            "query": dict(call.query),
            "body": call.form.json,
            "files": files,
            "authorized": call.authorized,
            "status": None if dropped else reply.http_status,
            "answer": reply.body,
        }
        self._services.world.journal.append(Kind.REQUEST, self._numbered, entry)


def _admitted(route: Route | None, call: Call, taken: Taken | None) -> Route:
    """The route, when it exists, the caller may use it and the bucket is not empty."""
    if route is None:
        raise ApiError.route_unknown()
    if not call.authorized and not route.token_in_path:
        raise ApiError.of(0)
    if taken is not None and taken.remaining < 0:
        raise taken.refusal()
    return route


def _limit_headers(reply: Reply) -> dict[str, str]:
    """Discord's own 429 comes through a proxy; without `Via` discord.py takes it for a Cloudflare ban."""
    if reply.status != 429:
        return {}
    return {"Via": "1.1 sandbox", "Retry-After": str(reply.body.get("retry_after", 1))}
