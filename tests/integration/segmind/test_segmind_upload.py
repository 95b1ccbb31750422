"""An image on its way into Segmind's storage, on a real connection."""

from __future__ import annotations

import asyncio
import json
import logging
import tracemalloc
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from klapper.clock import SystemClock
from klapper.errors import NotTaken, ProviderRejected
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient

KEY = "SG_0123456789abcdef"
URL = "https://images.segmind.com/assets/1b2c.png"
STORED = b'{"file_urls":["%s"],"message":"Files uploaded successfully"}' % URL.encode()
MEBIBYTE = 1024 * 1024
PIECE = 64 * 1024


@dataclass(slots=True)
class Storage:
    """A storage that keeps what it was sent. before: what happens before it answers."""

    answers: list[bytes] = field(default_factory=list)
    before: Callable[[asyncio.StreamReader], Awaitable[None]] | None = None
    heads: list[dict[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keeps_bodies: bool = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._head(reader)
            await (self._body(reader) if self.before is None else self.before(reader))
            writer.write(self.answers.pop(0))
            await writer.drain()
            await reader.read()  # the other side closes
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> None:
        line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        self.lines.append(line)
        self.heads.append({name.lower(): value for name, value in (field.split(": ", 1) for field in fields)})

    async def _body(self, reader: asyncio.StreamReader) -> None:
        left, kept = int(self.heads[-1]["content-length"]), bytearray()
        self.sizes.append(left)
        while left:
            piece = await reader.read(min(left, PIECE))
            if not piece:
                return
            left -= len(piece)
            kept += piece if self.keeps_bodies else b""
        self.bodies.append(bytes(kept))


def answer(body: bytes, status: str = "200 OK", *fields: str) -> bytes:
    head = "\r\n".join((f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}"))
    return f"{head}\r\n\r\n".encode() + body


@dataclass(frozen=True, slots=True)
class Scene:
    client: SegmindClient
    budget: RequestBudget
    seen: list[tuple[str, str]]


@asynccontextmanager
async def connected(storage: Storage) -> AsyncIterator[Scene]:
    server = await asyncio.start_server(storage.serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        seen: list[tuple[str, str]] = []
        budget = RequestBudget(5000, SystemClock())
        async with SegmindClient(
            api_key=KEY,
            endpoints=Endpoints("http://127.0.0.1:1", "http://127.0.0.1:1", url),
            download_hosts=("127.0.0.1",),
            budget=budget,
            clock=SystemClock(),
            upload_read_s=0.3,
            observe=lambda kind, outcome: seen.append((kind, outcome)),
        ) as client:
            yield Scene(client, budget, seen)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.write_bytes(bytes(range(256)) * 4000)  # some pieces, the last one short
    return path


def image_in(body: bytes, media_type: str) -> bytes:
    sent = json.loads(body)
    assert sent.keys() == {"data_urls"}
    [data_url] = sent["data_urls"]
    head, _, text = data_url.partition(",")
    assert head == f"data:{media_type};base64"
    return b64decode(text, validate=True)


async def test_the_image_arrives_whole_and_its_address_comes_back(image: Path) -> None:
    storage = Storage([answer(STORED)])
    async with connected(storage) as scene:
        assert await scene.client.upload(image, "image/png") == URL
    assert storage.lines == ["POST /upload-asset HTTP/1.1"]
    assert image_in(storage.bodies[0], "image/png") == image.read_bytes()
    assert scene.seen == [("upload", "200")]


async def test_an_upload_names_itself_as_every_request_does(image: Path) -> None:
    storage = Storage([answer(STORED)])
    async with connected(storage) as scene:
        await scene.client.upload(image, "image/jpeg")
    [head] = storage.heads
    assert head["x-api-key"] == KEY
    assert head["user-agent"].startswith("Klapper/")
    assert head["content-type"] == "application/json"
    assert "transfer-encoding" not in head


@pytest.mark.parametrize("size", [0, 1, 2, 3, 192 * 1024 - 1, 192 * 1024, 192 * 1024 + 1])
async def test_the_announced_length_is_the_length_of_the_body(size: int, tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"\xff" * size)
    storage = Storage([answer(STORED)])
    async with connected(storage) as scene:
        await scene.client.upload(path, "image/png")
    assert len(storage.bodies[0]) == storage.sizes[0]
    assert image_in(storage.bodies[0], "image/png") == b"\xff" * size


async def test_a_large_image_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"\xff" * 10 * MEBIBYTE)
    storage = Storage([answer(STORED)], keeps_bodies=False)
    async with connected(storage) as scene:
        tracemalloc.start()
        try:
            await scene.client.upload(path, "image/png")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert storage.sizes[0] > 13 * MEBIBYTE
    assert most < 4 * MEBIBYTE


async def test_an_image_that_is_gone_is_said_so_and_nothing_is_sent(tmp_path: Path) -> None:
    storage = Storage()
    async with connected(storage) as scene:
        with pytest.raises(FileNotFoundError):
            await scene.client.upload(tmp_path / "gone", "image/png")
        assert storage.lines == []
        assert scene.seen == []


async def test_each_upload_spends_a_token(image: Path) -> None:
    storage = Storage([answer(STORED)])
    async with connected(storage) as scene:
        scene.budget.rate_limited(retry_after_s=0.2)
        began_s = asyncio.get_running_loop().time()
        await scene.client.upload(image, "image/png")
        assert asyncio.get_running_loop().time() - began_s >= 0.19


async def test_a_429_slows_every_request_down(image: Path) -> None:
    storage = Storage([answer(b'{"error":"rate_limit_exceeded"}', "429 Slow", "Retry-After: 9")])
    async with connected(storage) as scene:
        before = scene.budget.per_minute
        with pytest.raises(NotTaken) as caught:
            await scene.client.upload(image, "image/png")
        assert (caught.value.reason, caught.value.retry_after_s) == ("rate_limited", 9.0)
        assert scene.budget.per_minute < before * 0.6


async def test_a_refusal_that_comes_before_the_whole_image_was_sent_is_read(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"\xff" * 20 * MEBIBYTE)

    async def begins_to_read(reader: asyncio.StreamReader) -> None:
        await reader.readexactly(1000)

    storage = Storage([answer(b'{"error":"too large"}', "413 Too Large")], before=begins_to_read)
    async with connected(storage) as scene:
        with pytest.raises(ProviderRejected) as caught:
            await scene.client.upload(path, "image/png")
    assert (caught.value.reason, caught.value.text) == ("image_refused", "too large")


async def hang(reader: asyncio.StreamReader) -> None:
    await reader.read()


async def drop(reader: asyncio.StreamReader) -> None:
    raise ConnectionError


WRONG = {
    "no answer": Storage(before=hang),
    "a broken connection": Storage(before=drop),
    "no http": Storage([b"\x00\x01\x02 no http at all\r\n\r\n"]),
    "half an answer": Storage([answer(STORED)[:-5]]),
    "a redirect": Storage([answer(b"", "307 Temporary", "Location: http://127.0.0.1:1/")]),
    "a page": Storage([answer(b"<html>sorry</html>", "502 Bad Gateway")]),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
async def test_whatever_goes_wrong_on_the_way_leads_to_another_try_and_tells_no_key(
    wrong: Storage, image: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(wrong) as scene:
        with pytest.raises(NotTaken) as caught:
            await scene.client.upload(image, "image/png")
    assert caught.value.reason == "upload_failed"
    assert len(wrong.lines) == 1
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    logged = [(record.getMessage(), vars(record)) for record in caplog.records]
    assert KEY not in repr([(error, vars(error) if error else None) for error in chain]) + repr(logged)


async def test_a_storage_that_nobody_reaches_leads_to_another_try(image: Path) -> None:
    async with connected(Storage()) as scene:
        pass
    async with SegmindClient(
        api_key=KEY,
        endpoints=Endpoints("http://127.0.0.1:1", "http://127.0.0.1:1", "http://127.0.0.1:1"),
        download_hosts=("127.0.0.1",),
        budget=scene.budget,
        clock=SystemClock(),
    ) as client:
        with pytest.raises(NotTaken) as caught:
            await client.upload(image, "image/png")
    assert caught.value.reason == "upload_failed"
