"""Fetching finished clips: from named hosts only, bounded, whole or not at all, and never with the key."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO, Self, TypeVar

from yarl import URL

from klapper.errors import DeliveryError
from klapper.segmind.transport import BrokenOff, HttpTransport, Media, Patience, Transport

HTTPS_PORT = 443
MEBIBYTE = 1024 * 1024
DOWNLOADS_AT_ONCE = 2
WRITE_BYTES = MEBIBYTE

Verified = TypeVar("Verified")


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """When a download is given up. no_progress_s: after the last byte; longest_s: against one byte at a time."""

    max_bytes: int = 200 * MEBIBYTE
    no_progress_s: float = 120.0
    longest_s: float = 3600.0


class MediaHosts:
    """The hosts that clips may come from: `name` or `name:port`.

    https on its own port, unless a port is named; on this computer itself http too, and any port when none is named.
    """

    def __init__(self, entries: tuple[str, ...]) -> None:
        self._entries = tuple(_host_and_port(entry) for entry in entries)

    def allow(self, url: URL) -> bool:
        """Whether a clip may be fetched from this URL."""
        if url.host is None or url.user is not None or url.password is not None:
            return False
        local = _is_loopback(url.host)
        if url.scheme != "https" and not (url.scheme == "http" and local):
            return False
        default_port = url.port if local else HTTPS_PORT
        return any(url.host.lower() == host and url.port == (port or default_port) for host, port in self._entries)


class MediaDownloader:
    """Keeps these promises: at most two downloads at a time, each within its limits, no redirect, no key; and the file
    appears under its name only when it is complete and verified.
    """

    def __init__(
        self, hosts: MediaHosts, *, user_agent: str, limits: DownloadLimits, transport: Transport | None = None
    ) -> None:
        self._hosts = hosts
        self._limits = limits
        self._slots = asyncio.Semaphore(DOWNLOADS_AT_ONCE)
        self._headers = {"User-Agent": user_agent}
        self._patience = Patience(limits.longest_s, limits.no_progress_s)
        self._transport = transport or HttpTransport()

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._transport.__aexit__(*error)

    async def download(self, url: str, to_path: Path, verify: Callable[[Path], Awaitable[Verified]]) -> Verified:
        """Fetch a clip to `to_path` and return what `verify` found in it.

        Raises DeliveryError: `media_host`, `media_gone`, `too_large`, `try_later`, and whatever `verify` raises.
        """
        source = self._checked(url)
        part = to_path.with_name(f"{to_path.name}.part")
        async with self._slots:
            try:
                await self._fetch(source, part)
                verified = await verify(part)
                await asyncio.to_thread(_publish, part, to_path)
            except OSError as error:
                raise DeliveryError("try_later", f"The clip could not be stored: {error.strerror}.") from error
            finally:
                await asyncio.to_thread(_discard, part)
        return verified

    def _checked(self, url: str) -> URL:
        try:
            # As it came: a signed address does not survive another spelling of itself.
            source = URL(url, encoded=True)
            allowed = self._hosts.allow(source)
        except ValueError:
            raise DeliveryError("media_host", "The address of the clip cannot be read.") from None
        if not allowed:
            what = f"The clip is at {source.host}, which is not one of `download_hosts`."
            raise DeliveryError("media_host", what)
        return source

    async def _fetch(self, source: URL, part: Path) -> None:
        try:
            async with self._transport.open(source, self._headers, self._patience) as media:
                _check_head(media, self._limits.max_bytes)
                await _write(media, part, self._limits.max_bytes)
        except BrokenOff as error:
            raise DeliveryError("try_later", f"The clip could not be fetched: {error}.") from None


def _host_and_port(entry: str) -> tuple[str | None, int | None]:
    parsed = URL(f"//{entry}")
    return parsed.host, parsed.explicit_port


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_head(media: Media, max_bytes: int) -> None:
    if media.code in (404, 410):
        raise DeliveryError("media_gone", "The clip is no longer there; it is deleted seven days after it was made.")
    if 300 <= media.code < 400:
        raise DeliveryError("media_host", "The clip is somewhere else; redirects are not followed.")
    if media.code != 200:
        raise DeliveryError("try_later", f"The clip could not be fetched: HTTP {media.code}.")
    if (media.length or 0) > max_bytes:
        raise _too_large(max_bytes)


async def _write(media: Media, part: Path, max_bytes: int) -> None:
    await asyncio.to_thread(part.parent.mkdir, parents=True, exist_ok=True)
    file = await asyncio.to_thread(part.open, "wb")
    try:
        await _copy(media, file, max_bytes)
        await asyncio.to_thread(_sync, file)
    finally:
        await asyncio.to_thread(file.close)


async def _copy(media: Media, file: BinaryIO, max_bytes: int) -> None:
    total, pending = 0, bytearray()
    while chunk := await media.read():
        total += len(chunk)
        if total > max_bytes:
            raise _too_large(max_bytes)
        pending += chunk
        if len(pending) >= WRITE_BYTES:
            await asyncio.to_thread(file.write, bytes(pending))
            pending.clear()
    await asyncio.to_thread(file.write, bytes(pending))


def _too_large(max_bytes: int) -> DeliveryError:
    return DeliveryError("too_large", f"The clip is larger than {max_bytes / MEBIBYTE:g} MiB.")


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _discard(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)


def _publish(part: Path, to_path: Path) -> None:
    part.replace(to_path)
    directory = os.open(to_path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
