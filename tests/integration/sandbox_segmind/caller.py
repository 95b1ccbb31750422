"""A client that does what it is told and nothing else: no retries, no redirects, no judgement."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.segmind import JobView, SandboxSegmind

TEXT = "kling-3-standard-text2video"
PLAIN: Mapping[str, Any] = {"prompt": "a red kite over the sea", "duration": "3", "generate_audio": False}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end."""

    status: int
    content_type: str
    body: bytes
    location: str | None

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"])


def data_url(content: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


class Caller:
    """Talks to the sandbox with its key."""

    def __init__(self, server: SandboxSegmind, http: aiohttp.ClientSession) -> None:
        self._server = server
        self._http = http

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.request("GET", path, **more)

    async def submit(self, body: Any = PLAIN, slug: str = TEXT, **more: Any) -> Answer:
        return await self.request("POST", f"/v2/{slug}", json=body, **more)

    async def accepted(self, body: Any = PLAIN, slug: str = TEXT) -> str:
        """The request id of a job that must have been accepted."""
        answer = await self.submit(body, slug)
        assert answer.status == 200, answer.body
        return str(answer.json["request_id"])

    async def upload(self, *data_urls: str, api_key: str | None = None) -> Answer:
        """Streamed: aiohttp warns of a long body that is sent in one piece."""
        headers = {"x-api-key": api_key or self._server.api_key, "Content-Type": "application/json"}
        body = io.BytesIO(json.dumps({"data_urls": data_urls}).encode())
        return await self.request("POST", "/upload-asset", data=body, headers=headers)

    async def uploaded(self, content: bytes, media_type: str = "image/png") -> str:
        """The address of a file that must have been taken."""
        answer = await self.upload(data_url(content, media_type))
        assert answer.status == 200, answer.body
        (url,) = answer.json["file_urls"]
        return str(url)

    async def status(self, job_id: str) -> Answer:
        return await self.get(f"/v2/requests/{job_id}/status")

    async def result(self, job_id: str) -> Answer:
        return await self.get(f"/v2/requests/{job_id}")

    async def history(self, job_id: str) -> Answer:
        return await self.get(f"/inference-request/request-history/{job_id}")

    async def finished(self, body: Any = PLAIN, slug: str = TEXT) -> JobView:
        """A job that was accepted and has been completed."""
        return await self._server.control.wait_for_state(await self.accepted(body, slug), "COMPLETED")

    async def output(self, job: JobView) -> Answer:
        """Download the clip, as a client that knows the result, without the key."""
        result = await self.result(job.id)
        return await self.request("GET", result.json["output"], headers={})

    async def request(self, method: str, path: str, **more: Any) -> Answer:
        url = path if path.startswith("http") else self._server.url + path
        more.setdefault("headers", {"x-api-key": self._server.api_key})
        async with self._http.request(method, url, allow_redirects=False, **more) as response:
            body = await response.read()
            return Answer(response.status, response.content_type, body, response.headers.get("Location"))
