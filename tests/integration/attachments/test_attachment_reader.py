"""Attachments come from where Discord says, whole and bounded, and take nothing of ours with them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from klapper.messages.attachments import AttachmentReader, FetchLimits
from klapper.services.intake import AttachmentError

MOST_BYTES = 1_000_000
SIGNATURE = "ex=66aa&is=66bb&hm=0123456789abcdef"


class Cdn:
    """A host of files that misbehaves by path, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[web.BaseRequest] = []
        self.base = ""
        self.asked = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.asked.set()
        match request.path.strip("/").split("/"):
            case ["bytes", size]:
                return web.Response(body=b"x" * int(size))
            case ["status", status]:
                return web.Response(status=int(status), headers={"Location": "/bytes/5", "Set-Cookie": "a=b"})
            case ["stream", size]:
                return await self._stream(request, int(size))
            case ["cut"]:
                return await self._stream(request, 100, ends=False)
            case _:
                return await self._stream(request, 100, stays=True)

    async def _stream(
        self, request: web.Request, size: int, *, ends: bool = True, stays: bool = False
    ) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(0, size, 50_000):
            await response.write(b"x" * min(size, 50_000))
        if stays:
            await asyncio.Event().wait()
        if not ends:
            assert request.transport is not None
            request.transport.abort()
        return response


@pytest.fixture
async def cdn() -> AsyncIterator[Cdn]:
    host = Cdn()
    application = web.Application()
    application.router.add_get("/{path:.*}", host.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    await runner.cleanup()


@pytest.fixture
async def reader() -> AsyncIterator[AttachmentReader]:
    async with AttachmentReader(limits=FetchLimits(no_progress_s=0.3, longest_s=5)) as opened:
        yield opened


async def why_not(reader: AttachmentReader, url: str, target: Path) -> str:
    with pytest.raises(AttachmentError) as caught:
        await reader.fetch(url, target, most_bytes=MOST_BYTES)
    assert SIGNATURE not in caught.value.sentence
    return caught.value.reason


@pytest.mark.parametrize("size", [0, 1, 300_000, MOST_BYTES])
@pytest.mark.parametrize("way", ["bytes", "stream"])
async def test_an_attachment_arrives_whole(
    cdn: Cdn, reader: AttachmentReader, tmp_path: Path, way: str, size: int
) -> None:
    size = size // 50_000 * 50_000 if way == "stream" else size
    await reader.fetch(f"{cdn.base}/{way}/{size}", tmp_path / "file", most_bytes=MOST_BYTES)
    assert (tmp_path / "file").read_bytes() == b"x" * size


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("status/404", "gone"),
        ("status/403", "gone"),
        ("status/410", "gone"),
        ("status/302", "address"),
        ("status/500", "try_later"),
        ("status/206", "try_later"),
        (f"bytes/{MOST_BYTES + 1}", "too_large"),
        (f"stream/{MOST_BYTES * 2}", "too_large"),
        ("cut", "try_later"),
        ("stall", "try_later"),
    ],
)
async def test_what_does_not_come_says_why(
    cdn: Cdn, reader: AttachmentReader, tmp_path: Path, path: str, reason: str
) -> None:
    assert await why_not(reader, f"{cdn.base}/{path}?{SIGNATURE}", tmp_path / "file") == reason


async def test_a_redirect_is_not_followed(cdn: Cdn, reader: AttachmentReader, tmp_path: Path) -> None:
    await why_not(reader, f"{cdn.base}/status/307", tmp_path / "file")
    assert [request.path for request in cdn.requests] == ["/status/307"]


async def test_an_unannounced_length_is_cut_off_at_the_limit(
    cdn: Cdn, reader: AttachmentReader, tmp_path: Path
) -> None:
    await why_not(reader, f"{cdn.base}/stream/{MOST_BYTES * 100}", tmp_path / "file")
    assert (tmp_path / "file").stat().st_size <= MOST_BYTES


async def test_nothing_of_ours_goes_along(cdn: Cdn, reader: AttachmentReader, tmp_path: Path) -> None:
    await why_not(reader, f"{cdn.base}/status/404", tmp_path / "file")  # it sets a cookie
    await reader.fetch(f"{cdn.base}/bytes/5", tmp_path / "file", most_bytes=MOST_BYTES)
    sent = {name.lower() for request in cdn.requests for name in request.headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding"}


async def test_the_signature_of_an_address_is_sent_as_it_came(
    cdn: Cdn, reader: AttachmentReader, tmp_path: Path
) -> None:
    await reader.fetch(f"{cdn.base}/bytes/5?{SIGNATURE}&a=%2F%7e", tmp_path / "file", most_bytes=MOST_BYTES)
    assert cdn.requests[0].raw_path == f"/bytes/5?{SIGNATURE}&a=%2F%7e"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "ftp://cdn.discordapp.com/a.png",
        "http://cdn.discordapp.com/a.png",
        "https://somebody@cdn.discordapp.com/a.png",
        "https://",
        "http://[::1",
        "http://127.0.0.1:99999/a.png",
    ],
)
async def test_an_address_that_discord_would_not_give_is_not_asked(
    reader: AttachmentReader, tmp_path: Path, url: str
) -> None:
    assert await why_not(reader, url, tmp_path / "file") == "address"


async def test_nobody_listening_is_a_reason_to_try_later(cdn: Cdn, reader: AttachmentReader, tmp_path: Path) -> None:
    assert await why_not(reader, "http://127.0.0.1:9/a.png", tmp_path / "file") == "try_later"


async def test_a_cancelled_fetch_ends_at_once(cdn: Cdn, tmp_path: Path) -> None:
    async with AttachmentReader() as patient:
        fetching = asyncio.create_task(patient.fetch(f"{cdn.base}/stall", tmp_path / "file", most_bytes=MOST_BYTES))
        await cdn.asked.wait()
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching


async def test_no_address_is_logged(
    cdn: Cdn, reader: AttachmentReader, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await why_not(reader, f"{cdn.base}/status/500?{SIGNATURE}", tmp_path / "file")
    assert SIGNATURE not in "".join(record.getMessage() for record in caplog.records if "klapper" in record.name)
