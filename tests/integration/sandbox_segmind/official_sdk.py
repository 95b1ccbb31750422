"""Segmind's own SDK with its hosts mapped to loopback."""

from __future__ import annotations

import httpx
from segmind import SegmindClient  # type: ignore[import-untyped]

SEGMIND_HOSTS = frozenset({"api.segmind.com", "api.spotprod.segmind.com", "workflows-api.segmind.com"})


class LoopbackTransport(httpx.HTTPTransport):
    """Sends what is meant for a Segmind host to `origin`, Host header untouched; anything else goes nowhere."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = httpx.URL(origin)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host not in SEGMIND_HOSTS:
            raise httpx.ConnectError(f"not a Segmind host: {request.url.host}", request=request)
        origin = self._origin
        request.url = request.url.copy_with(scheme=origin.scheme, host=origin.host, port=origin.port)
        return super().handle_request(request)


class LoopbackSegmindClient(SegmindClient):  # type: ignore[misc]
    """The official client; only the transport beneath it is ours."""

    def __init__(self, origin: str, api_key: str) -> None:
        self._origin = origin
        super().__init__(api_key=api_key)

    def _build_client(self) -> httpx.Client:
        with super()._build_client() as official:
            return httpx.Client(
                headers=official.headers,
                timeout=official.timeout,
                base_url=official.base_url,
                transport=LoopbackTransport(self._origin),
            )

    def close(self) -> None:
        self._client.close()
