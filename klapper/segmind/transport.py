"""How requests travel to Segmind and how clips come back: the port, and HTTP behind it. Nothing is understood here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

import aiohttp
from yarl import URL

from klapper.segmind.retry import Break
from klapper.segmind.storage import UploadBody

CONNECT_S = 5.0
MAX_ANSWER_BYTES = 2 * 1024 * 1024
POOLED_CONNECTIONS = 20


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. longest_s: for the whole exchange; read_s: after the last byte."""

    longest_s: float
    read_s: float


@dataclass(frozen=True, slots=True)
class Request:
    """One request with the key, whose headers hold it. json or upload: the body of a POST."""

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str]
    patience: Patience
    json: Mapping[str, Any] | None = None
    upload: UploadBody | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer arrived. body: empty when it broke off or was too large; then only the code speaks."""

    code: int
    headers: Mapping[str, str]
    body: bytes


class BrokenOff(Exception):
    """A clip cannot be read (any further). The text is a short name of why."""


class Media(Protocol):
    """The answer of a media host, being read."""

    @property
    def code(self) -> int: ...

    @property
    def length(self) -> int | None:
        """Bytes, as the host says."""
        ...

    async def read(self) -> bytes:
        """The next bytes, empty at the end. Raises BrokenOff."""
        ...


class Transport(Protocol):
    """Keeps: what is sent is sent once, a POST on a connection of its own; no redirect is followed.

    Use as `async with`.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def send(self, request: Request) -> Response | Break:
        """One exchange. Never raises for the network, whose exceptions hold the headers and so the key."""
        ...

    def open(self, url: URL, headers: Mapping[str, str], patience: Patience) -> AbstractAsyncContextManager[Media]:
        """Begin to read a clip. Raises BrokenOff."""
        ...


class HttpTransport:
    """The network."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._posts: aiohttp.ClientSession | None = None
        self._questions: aiohttp.ClientSession | None = None
        self._clips: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # A pooled connection may be closed by the server just as a POST is written: never reuse one for it.
        fresh = aiohttp.TCPConnector(force_close=True, limit=0)
        self._posts = await self._session(fresh)
        self._questions = await self._session(aiohttp.TCPConnector(limit=POOLED_CONNECTIONS))
        self._clips = await self._session(aiohttp.TCPConnector())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def send(self, request: Request) -> Response | Break:
        session = self._posts if request.method == "POST" else self._questions
        assert session is not None, "use `async with`"
        body: dict[str, Any] = {}
        if request.json is not None:
            body["json"] = request.json
        if request.upload is not None:
            body["data"] = request.upload
        # aiohttp itself repeats a GET once when its connection drops, and never a POST.
        try:
            async with session.request(
                request.method,
                request.url,
                headers=request.headers,
                allow_redirects=False,
                timeout=_timeout(request.patience),
                **body,
            ) as response:
                return Response(response.status, response.headers, await _read(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Break.NOT_CONNECTED
        except TimeoutError:
            return Break.TIMEOUT
        except (aiohttp.ClientError, OSError):
            return Break.BROKEN

    @asynccontextmanager
    async def open(self, url: URL, headers: Mapping[str, str], patience: Patience) -> AsyncIterator[Media]:
        assert self._clips is not None, "use `async with`"
        asked = self._clips.get(url, headers=headers, allow_redirects=False, timeout=_timeout(patience))
        try:
            response = await asked
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BrokenOff(type(error).__name__) from None
        async with response:
            yield _HttpMedia(response)

    async def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return await self._stack.enter_async_context(session)


class _HttpMedia:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.code = response.status
        self.length = response.content_length

    async def read(self) -> bytes:
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BrokenOff(type(error).__name__) from None


def _timeout(patience: Patience) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=patience.longest_s, sock_connect=CONNECT_S, sock_read=patience.read_s)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, or nothing when it breaks off or is too large: then only the code speaks."""
    body = bytearray()
    try:
        while chunk := await response.content.readany():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                return b""
    except (aiohttp.ClientError, TimeoutError, OSError):
        return b""
    return bytes(body)
