"""Carries out the scripted faults of one request."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from sandbox.segmind import hosts
from sandbox.segmind.faults import ANSWERS, EDITS, LATE, MEDIA, Fault, FaultBook, Kind, Stage
from sandbox.segmind.jobs import Job

HTML_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>\n"
)
INVALID_CONTENT_TYPE = "Invalid content type"
KEY_INVALID = "Unauthorized. API key is invalid or may have expired. Please check your API key."
TEAM_LIMIT = "Team spend limit reached. Ask your team administrator to raise it."

_ANSWERS: dict[Kind, tuple[int, str]] = {
    Kind.RATE_LIMITED: (429, "rate_limit_exceeded"),
    Kind.SERVER_ERROR: (500, "Internal Server Error"),
    Kind.BAD_GATEWAY: (502, "Bad Gateway"),
    Kind.GATEWAY_TIMEOUT: (504, "Gateway Timeout"),
    Kind.BAD_REQUEST: (400, "Invalid parameters or request format"),
    Kind.UNAUTHORIZED: (401, KEY_INVALID),
    Kind.FORBIDDEN: (403, "This model is not permitted for your account"),
    Kind.NOT_FOUND: (404, "Not found"),
    Kind.RETIRED: (410, "This model has been retired"),
    Kind.INVALID_CONTENT_TYPE: (406, INVALID_CONTENT_TYPE),
    Kind.INSUFFICIENT_CREDITS: (406, "Insufficient credits. Your balance is $0.00, this request needs $1.40."),
    Kind.TEAM_LIMIT: (406, TEAM_LIMIT),
    Kind.PARAMETER_REFUSED: (406, "Invalid value for parameter 'prompt': it was refused"),
}


class Dropped(web.Response):
    """No answer at all: the connection is closed."""


def envelope(status: int, error: str, **more: object) -> web.Response:
    """Segmind's error body: one text, no code; some surfaces add keys."""
    return web.json_response({"error": error, **more}, status=status)


def html(status: int, content_type: str = "text/html") -> web.Response:
    """A page where JSON (or a film) was expected."""
    return web.Response(status=status, text=HTML_PAGE, content_type=content_type)


class Interference:
    """Draws from the script what happens to a request at a stage."""

    def __init__(self, faults: FaultBook) -> None:
        self._faults = faults

    async def answer(
        self, request: web.Request, stage: Stage, slug: str | None = None, prompt: str | None = None
    ) -> web.Response | None:
        """A scripted answer, after a scripted delay; None: go on as usual."""
        if late := self._faults.draw(stage, LATE, slug, prompt):
            await asyncio.sleep(late.seconds)
        fault = self._faults.draw(stage, ANSWERS, slug, prompt)
        return _scripted(request, fault) if fault else None

    def reply(
        self, request: web.Request, stage: Stage, job: Job, body: dict[str, Any], status: int = 200
    ) -> web.Response:
        """`body` about a job as JSON, with something odd in it if the script says so."""
        fault = self._faults.draw(stage, EDITS, job.slug, job.prompt)
        if fault is None:
            return web.json_response(body, status=status)
        return web.json_response(_edited(request, fault, job, body), status=fault.status or status)

    def spoil(self, job: Job) -> Fault | None:
        """What is wrong with this download of a job's output."""
        return self._faults.draw(Stage.MEDIA, MEDIA, job.slug, job.prompt)

    def upload_shape(self) -> str | None:
        """How this upload's answer is shaped, when it is not as usual."""
        fault = self._faults.draw(Stage.UPLOAD, [Kind.UPLOAD_SHAPE], None, None)
        return fault.text if fault else None

    def rows_repeat(self) -> bool:
        """Whether this list shows every request twice (Segmind SDK 1.3.0: a row for each output)."""
        return self._faults.draw(Stage.HISTORY_LIST, [Kind.REPEATED_ROWS], None, None) is not None


def _scripted(request: web.Request, fault: Fault) -> web.Response:
    match fault.kind:
        case Kind.DROP:
            if request.transport is not None:
                request.transport.abort()
            return Dropped()
        case Kind.HTML:
            return html(fault.status or 200, "video/mp4" if fault.at is Stage.MEDIA else "text/html")
        case Kind.NOT_JSON:
            return web.Response(status=fault.status or 200, text=fault.text or "", content_type="application/json")
        case _:
            status, text = _ANSWERS[fault.kind]
            return envelope(fault.status or status, fault.text or _gone(request, fault) or text)


def _gone(request: web.Request, fault: Fault) -> str | None:
    """The documented words of a 404."""
    if fault.kind is not Kind.NOT_FOUND:
        return None
    if fault.at is Stage.CREDITS:
        return "No credits found for the user"
    return f"Request {request.match_info['id']} not found" if "id" in request.match_info else None


def _edited(request: web.Request, fault: Fault, job: Job, body: dict[str, Any]) -> dict[str, Any]:
    match fault.kind:
        case Kind.MALFORMED_ID:
            return {**body, "request_id": fault.text}
        case Kind.UNKNOWN_STATUS:
            word = "model_status" if "model_status" in body else "status"
            return {**body, word: fault.text}
        case Kind.WRONG_HOST if job.clip is not None:
            return _with_url(body, hosts.foreign_media_url(request, job.clip))
        case Kind.OUTPUT_SHAPE if "output" in body:
            return _reshaped(body, str(fault.text))
        case _:
            return body


def _with_url(body: dict[str, Any], url: str) -> dict[str, Any]:
    if "generation_url" in body:
        return {**body, "generation_url": url}
    return {**body, "output": url, "video": {**body.get("video", {}), "url": url}}


def _reshaped(body: dict[str, Any], shape: str) -> dict[str, Any]:
    url, rest = body["output"], {key: value for key, value in body.items() if key not in {"output", "video"}}
    shapes: dict[str, dict[str, Any]] = {
        "no_video": {"output": url},
        "list": {"output": [url]},
        "dict": {"output": {"url": url}},
        "video_string": {"output": None, "video": url},
        "base64": {"output": "AAAAIGZ0eXBpc29tAAACAA=="},
        "nothing": {},
    }
    return {**rest, **shapes[shape]}
