"""What happens on the wire when nobody well-behaved is there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from klapper.clock import SystemClock
from klapper.errors import NotTaken, OutcomeUnknown
from klapper.segmind.answers import Credits, Queued, Unreadable
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient

KEY = "SG_0123456789abcdef"
ID = "2c7f59ea-13f1-402c-9353-915a2b5a2124"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[int]:
    async def close_after(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(close_after, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def client_of(port: int) -> SegmindClient:
    url = f"http://127.0.0.1:{port}"
    clock = SystemClock()
    return SegmindClient(
        api_key=KEY,
        endpoints=Endpoints(url, url, url),
        download_hosts=("127.0.0.1",),
        budget=RequestBudget(5000, clock),
        clock=clock,
        read_s=0.5,
    )


def answering(*, head: bytes, body: bytes = b"") -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n" + body)
        await writer.drain()

    return talk


async def test_a_submit_that_nobody_listens_to_was_not_taken() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with client_of(unused.getsockname()[1]) as client:
            with pytest.raises(NotTaken) as caught:
                await client.submit("some-model", {"prompt": "x"})
            assert caught.value.reason == "unreachable"
            assert await client.status(ID) == Unreadable("network")


BROKEN = {
    "garbage": answering(head=b"\x00\x01\x02 no http at all"),
    "nothing": answering(head=b""),
    "half an answer": answering(head=b"HTTP/1.1 200 OK\r\nContent-Length: 500", body=b'{"request_id":'),
    "a redirect": answering(head=b"HTTP/1.1 307 Temporary\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0"),
    "a huge answer": answering(head=b"HTTP/1.1 200 OK\r\nContent-Length: 3000000", body=b" " * 3_000_000),
}


@pytest.mark.parametrize("talk", BROKEN.values(), ids=BROKEN.keys())
async def test_a_submit_with_a_broken_answer_is_unknown_and_tells_no_key(talk: Talk) -> None:
    connections = 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await talk(reader, writer)

    async with listening(counted) as port, client_of(port) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            await client.submit("some-model", {"prompt": "x"})
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert KEY not in repr([(error, vars(error) if error else None) for error in chain])
    assert connections == 1


@pytest.mark.parametrize("talk", BROKEN.values(), ids=BROKEN.keys())
async def test_a_poll_with_a_broken_answer_is_no_news(talk: Talk) -> None:
    async with listening(talk) as port, client_of(port) as client:
        assert isinstance(await client.status(ID), Unreadable)


async def test_a_submit_that_gets_no_answer_is_unknown_after_the_read_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as port, client_of(port) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            await client.submit("some-model", {"prompt": "x"})
    assert caught.value.reason == "timeout"


async def test_a_refusal_whose_body_breaks_off_is_still_a_refusal() -> None:
    talk = answering(head=b"HTTP/1.1 429 Slow\r\nRetry-After: 9\r\nContent-Length: 500", body=b'{"err')
    async with listening(talk) as port, client_of(port) as client:
        with pytest.raises(NotTaken) as caught:
            await client.submit("some-model", {"prompt": "x"})
    assert (caught.value.reason, caught.value.retry_after_s) == ("rate_limited", 9.0)


async def test_submits_use_a_connection_each_and_polls_share_one() -> None:
    seen: list[list[bytes]] = []

    async def keep_alive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine: list[bytes] = []
        seen.append(mine)
        while head := await _head(reader):
            mine.append(head)
            body = b'{"request_id":"%s","status":"QUEUED","credits":1}' % ID.encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()

    async with listening(keep_alive) as port, client_of(port) as client:
        await client.submit("some-model", {})
        await client.submit("some-model", {})
        assert await client.status(ID) == Queued()
        assert await client.credits() == Credits(1_000_000, 0)
    assert [len(requests) for requests in seen] == [1, 1, 2]
    assert all(b"connection: close" in requests[0].lower() for requests in seen[:2])


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    if lengths:
        await reader.readexactly(int(lengths[0].split(b":")[1]))
    return head
