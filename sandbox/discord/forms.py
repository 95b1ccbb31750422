"""Reading bodies: JSON, or multipart/form-data with payload_json and files[n] (Discord docs: Uploading files)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord.attachments import UploadedFile, guess_type
from sandbox.discord.errors import ApiError, Json

_FILE_PART = re.compile(r"^files\[(\d+)\]$")


@dataclass(frozen=True, slots=True)
class Form:
    """A body as both encodings give it; `files` by their index n, `parts` their names as sent."""

    json: Any = None
    files: dict[int, UploadedFile] = field(default_factory=dict)
    multipart: bool = False

    @property
    def body(self) -> Json:
        """The JSON object of a route that takes one; raises 50109 for anything else."""
        if self.json is None:
            return {}
        if not isinstance(self.json, dict):
            raise ApiError.of(50109)
        return self.json

    @property
    def parts(self) -> list[str]:
        return [f"files[{index}]" for index in self.files]


async def read_form(request: web.Request) -> Form:
    """Reads the whole body; raises ApiError 50109 when it is not JSON."""
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    return Form(json=_parse(raw)) if raw else Form()


async def _read_multipart(request: web.Request) -> Form:
    payload: Any = None
    files: dict[int, UploadedFile] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader), "Discord takes no nested multipart"
        raw = bytes(await part.read(decode=True))
        if part.name == "payload_json":
            payload = _parse(raw)
        elif match := _FILE_PART.match(part.name or ""):
            name = part.filename or "unknown"
            files[int(match[1])] = UploadedFile(name, guess_type(name), raw)
    return Form(payload, files, multipart=True)


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise ApiError.of(50109) from None
