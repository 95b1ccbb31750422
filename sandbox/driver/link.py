"""The control interface over HTTP: verbs, uploads and waiting on the journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from io import BytesIO
from typing import Any

import aiohttp

from sandbox.driver.parts import File, Json

LONG_POLL_S = 20.0


class NotPossible(ValueError):
    """The member's client would not let this happen; the text says why."""


class Link:
    """One HTTP session to the sandbox; opened at first use, closed with `close`."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._opened: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    async def do(self, verb: str, **arguments: Any) -> Json:
        """Calls a verb; arguments that are None are left out. Raises NotPossible."""
        body = {key: value for key, value in arguments.items() if value is not None}
        async with self._session.post(f"{self.base_url}/sandbox/{verb}", json=body) as response:
            text = await response.text()
        if response.status not in (200, 400, 404):
            raise RuntimeError(f"the sandbox failed on {verb}: {response.status} {text}")
        answer: Json = json.loads(text)
        if response.status != 200:
            raise NotPossible(answer["error"])
        return answer

    async def upload(self, file: File) -> str:
        """Hands over a file; the returned name can be used as an option's or field's value."""
        query = {"filename": file.filename} | ({"content_type": file.content_type} if file.content_type else {})
        url = f"{self.base_url}/sandbox/uploads"
        async with self._session.post(url, params=query, data=BytesIO(file.data)) as response:
            return str((await response.json())["upload"])

    async def fetch(self, url: str) -> bytes:
        """The bytes behind a CDN address; raises aiohttp.ClientResponseError when they are gone."""
        async with self._session.get(url) as response:
            response.raise_for_status()
            return await response.read()

    async def batches(self, kinds: list[str], subject: str | None, timeout: float) -> AsyncGenerator[list[Json], None]:
        """What the journal has, then each batch of news, until `timeout` seconds are over (TimeoutError)."""
        deadline = asyncio.get_running_loop().time() + timeout
        answer = await self.do("journal", kinds=kinds, subject=subject)
        while True:
            yield answer["entries"]
            remaining = deadline - asyncio.get_running_loop().time()
            if remaining <= 0:
                raise TimeoutError
            wait_s = min(remaining, LONG_POLL_S)
            answer = await self.do("journal", kinds=kinds, subject=subject, after=answer["next"], wait_s=wait_s)

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            # No limit on connections: every waiting call holds one.
            self._opened = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._opened
