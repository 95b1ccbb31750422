"""Fetching what members attached: from the address that Discord gave, bounded, without redirects, keys or cookies."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO, Self

import aiohttp
from yarl import URL

from klapper.services.intake import AttachmentError

USER_AGENT = "Klapper/0.1"
WRITE_BYTES = 256 * 1024
CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """When an attachment is given up. no_progress_s: after the last byte; longest_s: against one byte at a time."""

    no_progress_s: float = 15.0
    longest_s: float = 120.0


class AttachmentReader:
    """Keeps: https only, or http on this computer; no redirect; at most so many bytes as are asked for.

    The addresses are signed and end after a day (Discord docs: Signed attachment CDN URLs); none of them is logged.
    """

    def __init__(self, *, user_agent: str = USER_AGENT, limits: FetchLimits | None = None) -> None:
        self._headers = {"User-Agent": user_agent}
        self._limits = limits or FetchLimits()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=self._limits.longest_s, sock_connect=CONNECT_S, sock_read=self._limits.no_progress_s
            ),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, url: str, to_path: Path, *, most_bytes: int) -> None:
        """Write the attachment to `to_path`. Raises AttachmentError; OSError when it cannot be written."""
        source = _checked(url)
        try:
            async with self._answer(source) as response:
                _check_head(response, most_bytes)
                await _write(response.content, to_path, most_bytes)
        except (aiohttp.ClientError, TimeoutError) as error:
            # Without its cause, whose text would carry the address.
            raise AttachmentError("try_later", f"The attachment did not come: {type(error).__name__}.") from None

    def _answer(self, source: URL) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        assert self._session is not None, "use `async with`"
        # As it is: what a server packs would be unpacked here, past every limit.
        return self._session.get(source, allow_redirects=False, headers={"Accept-Encoding": "identity"})


def _checked(url: str) -> URL:
    try:
        # As it came: a signed address does not survive another spelling of itself.
        source = URL(url, encoded=True)
        allowed = source.scheme == "https" or (source.scheme == "http" and _is_loopback(source.host or ""))
    except ValueError:
        allowed = False
    if not allowed or not source.host or source.user is not None or source.password is not None:
        raise AttachmentError("address", "The address of the attachment is none that Discord gives.")
    return source


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_head(response: aiohttp.ClientResponse, most_bytes: int) -> None:
    if response.status in (403, 404, 410):
        raise AttachmentError("gone", f"The attachment is no longer there: HTTP {response.status}.")
    if 300 <= response.status < 400:
        raise AttachmentError("address", "The attachment is somewhere else; redirects are not followed.")
    if response.status != 200:
        raise AttachmentError("try_later", f"The attachment did not come: HTTP {response.status}.")
    if (response.content_length or 0) > most_bytes:
        raise _too_large(most_bytes)


async def _write(content: aiohttp.StreamReader, to_path: Path, most_bytes: int) -> None:
    # Opened before anything is awaited: a cancelled caller may take the folder away, and no thread may fill it anew.
    with to_path.open("wb") as file:
        await _copy(content, file, most_bytes)


async def _copy(content: aiohttp.StreamReader, file: BinaryIO, most_bytes: int) -> None:
    total, pending = 0, bytearray()
    while chunk := await content.readany():
        total += len(chunk)
        if total > most_bytes:
            raise _too_large(most_bytes)
        pending += chunk
        if len(pending) >= WRITE_BYTES:
            await asyncio.to_thread(file.write, bytes(pending))
            pending.clear()
    await asyncio.to_thread(file.write, bytes(pending))


def _too_large(most_bytes: int) -> AttachmentError:
    return AttachmentError("too_large", f"The attachment is larger than {most_bytes} bytes.")
