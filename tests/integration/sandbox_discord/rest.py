"""Discord's REST interface without discord.py, for what discord.py would not send."""

from __future__ import annotations

import json
from typing import Any

import aiohttp


class Rest:
    """Answers (status, JSON body); `authorized` requests carry the bot's token."""

    def __init__(self, api_url: str, token: str, session: aiohttp.ClientSession) -> None:
        self._api_url = api_url
        self._token = token
        self._session = session

    async def call(
        self, method: str, path: str, body: Any = None, *, files: dict[int, tuple[str, bytes]] | None = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {self._token}"}
        data: Any = None
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body or {}), content_type="application/json")
            for index, (name, content) in files.items():
                data.add_field(f"files[{index}]", content, filename=name)
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        async with self._session.request(method, f"{self._api_url}{path}", data=data, headers=headers) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def code(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, int]:
        """Status and JSON error code; the code is 0 for a success."""
        status, answer = await self.call(method, path, body, **more)
        return status, answer.get("code", 0) if isinstance(answer, dict) else 0
