"""What every request passes first: the record, the key, the rate limit; and how a refusal is written."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.origin import is_own
from sandbox.segmind import hosts
from sandbox.segmind.interference import INVALID_CONTENT_TYPE, KEY_INVALID, Dropped, envelope, html
from sandbox.segmind.provider import Provider
from sandbox.segmind.record import RecordedRequest
from sandbox.segmind.refusals import Refused, malformed

KEY_MISSING = "Missing Authorization or x-api-key in header"
DRIVER_PREFIX = "/sandbox/"
_DATA_URL_HEAD = 40  # characters


def admission(provider: Provider) -> Middleware:
    """Records every request that is not the driver's and writes refusals as Segmind does."""

    @web.middleware
    async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(DRIVER_PREFIX):
            if not is_own(request):  # a web site that is open in a browser on this machine
                return envelope(403, "Only a program on this machine, or the sandbox's own page, may do that")
            return await _answer(request, handler)
        entry = await _recorded(provider, request)
        provider.record.add(entry)
        provider.events.append(entry.time, "request", None, f"{entry.method} {entry.path}")
        response = await _answer(request, handler)
        entry.status = None if isinstance(response, Dropped) else response.status
        return response

    return admit


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not hosts.knows_path(request):
        return envelope(404, "Not Found")
    try:
        return await handler(request)
    except Refused as refusal:
        return envelope(refusal.status, refusal.error, **refusal.more)
    except web.HTTPMethodNotAllowed:
        return html(405)
    except web.HTTPNotFound:
        return envelope(404, "Not Found")


async def _recorded(provider: Provider, request: web.Request) -> RecordedRequest:
    return RecordedRequest(
        time=provider.clock.wall().isoformat(),
        method=request.method,
        host=request.host,
        path=request.path,
        query=request.query_string,
        body=_without_files(await tolerant_body(request)),
        api_key=request.headers.get("x-api-key"),
        authorization=request.headers.get("Authorization"),
        content_type=request.headers.get("Content-Type"),
        user_agent=request.headers.get("User-Agent"),
    )


async def tolerant_body(request: web.Request) -> Any:
    """The body as JSON if it is, as text if it is not, None if there is none."""
    text = (await request.read()).decode("utf-8", "replace")
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _without_files(body: Any) -> Any:
    """The record keeps the head of every data URL: a few uploads would fill the memory. The files are in the store."""
    if not isinstance(body, dict) or not isinstance(body.get("data_urls"), list):
        return body
    return {**body, "data_urls": [url[:_DATA_URL_HEAD] if isinstance(url, str) else url for url in body["data_urls"]]}


def check_key(provider: Provider, request: web.Request, *, auth_surface: bool = False) -> None:
    """Raises `Refused` (401) unless the account's key came in `x-api-key`; a Bearer key never counts."""
    sent = request.headers.get("x-api-key")
    if sent is None and "Authorization" not in request.headers:
        raise Refused(401, KEY_MISSING)
    if sent != provider.account.api_key or provider.account.key_revoked:
        if auth_surface:
            raise Refused(401, "invalid_api_key", error_description=KEY_INVALID, status_code=401)
        raise Refused(401, KEY_INVALID)


async def json_object(request: web.Request) -> dict[str, Any]:
    """The body as JSON. Raises `Refused`: 406 for the content type (Segmind docs: error codes), else 400."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(406, INVALID_CONTENT_TYPE)
    try:
        body = json.loads(await request.read(), parse_constant=_no_constants)
    except ValueError:
        raise malformed("Request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise malformed("Request body must be a JSON object")
    return body


def _no_constants(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
