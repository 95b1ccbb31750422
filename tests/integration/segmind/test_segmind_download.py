"""Clips arrive whole, verified, once, and from where they may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from klapper.clips.facts import ClipFacts
from klapper.clips.inspection import inspect_clip
from klapper.clock import SystemClock
from klapper.errors import DeliveryError
from klapper.segmind.answers import HistoryRow, Result
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient
from klapper.segmind.media import DownloadLimits, MediaDownloader, MediaHosts
from sandbox.segmind import Fault, Kind, SandboxSegmind, Stage

SLUG = "kling-text2video"
BODY = {
    "prompt": "a fox",
    "duration": 5,
    "mode": "std",
    "aspect_ratio": "16:9",
    "cfg_scale": 0.5,
    "negative_prompt": "fog",
}
LIMITS = DownloadLimits(max_bytes=3 * 1024 * 1024, no_progress_s=0.5)


@pytest.fixture
async def segmind() -> AsyncIterator[SandboxSegmind]:
    async with SandboxSegmind(run_time_s=0.01) as server:
        yield server


@pytest.fixture
async def client(segmind: SandboxSegmind) -> AsyncIterator[SegmindClient]:
    clock = SystemClock()
    async with SegmindClient(
        api_key=segmind.api_key,
        endpoints=Endpoints(segmind.url, segmind.url, segmind.url),
        download_hosts=("127.0.0.1",),
        budget=RequestBudget(5000, clock),
        clock=clock,
        download_limits=LIMITS,
    ) as client:
        yield client


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "media" / "clip.mp4"


async def made(segmind: SandboxSegmind, client: SegmindClient) -> str:
    job = (await client.submit(SLUG, BODY)).request_id
    await segmind.control.wait_for_state(job, "COMPLETED")
    result = await client.result(job)
    assert isinstance(result, Result)
    assert result.media_url is not None
    return result.media_url


async def why_not(client: SegmindClient, url: str, target: Path) -> str:
    with pytest.raises(DeliveryError) as caught:
        await client.download(url, target, inspect_clip)
    assert not target.exists()
    assert list(target.parent.glob("*")) == [] or not target.parent.exists()
    return caught.value.reason


async def test_a_clip_is_fetched_verified_and_stored(
    segmind: SandboxSegmind, client: SegmindClient, target: Path
) -> None:
    facts = await client.download(await made(segmind, client), target, inspect_clip)
    assert isinstance(facts, ClipFacts)
    assert (facts.codec, facts.bytes) == ("h264", target.stat().st_size)
    assert [path.name for path in target.parent.iterdir()] == ["clip.mp4"]


async def test_a_download_carries_no_key_and_spends_no_token(
    segmind: SandboxSegmind, client: SegmindClient, target: Path
) -> None:
    await client.download(await made(segmind, client), target, inspect_clip)
    (fetched,) = await segmind.control.requests("GET", "/generations/")
    assert (fetched.api_key, fetched.authorization) == (None, None)
    assert (fetched.user_agent or "").startswith("Klapper/")


FAULTS = [
    (Fault(Stage.MEDIA, Kind.NOT_FOUND), "media_gone"),
    (Fault(Stage.MEDIA, Kind.FORBIDDEN), "try_later"),
    (Fault(Stage.MEDIA, Kind.SERVER_ERROR), "try_later"),
    (Fault(Stage.MEDIA, Kind.DROP, times=2), "try_later"),
    (Fault(Stage.MEDIA, Kind.CUT), "try_later"),
    (Fault(Stage.MEDIA, Kind.STALL), "try_later"),
    (Fault(Stage.MEDIA, Kind.REDIRECT), "media_host"),
    (Fault(Stage.MEDIA, Kind.HUGE_LENGTH), "too_large"),
    (Fault(Stage.MEDIA, Kind.TRUNCATED), "media_broken"),
    (Fault(Stage.MEDIA, Kind.HTML), "media_broken"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS)
async def test_what_is_not_a_whole_clip_is_not_stored_and_can_be_fetched_again(
    fault: Fault, reason: str, segmind: SandboxSegmind, client: SegmindClient, target: Path
) -> None:
    url = await made(segmind, client)
    await segmind.control.add_fault(fault)
    assert await why_not(client, url, target) == reason
    await client.download(url, target, inspect_clip)
    assert target.exists()


async def test_a_redirect_is_not_even_looked_at(segmind: SandboxSegmind, client: SegmindClient, target: Path) -> None:
    url = await made(segmind, client)
    await segmind.control.add_fault(Fault(Stage.MEDIA, Kind.REDIRECT))
    await why_not(client, url, target)
    assert await segmind.control.requests("GET", "/elsewhere/") == []


async def test_a_clip_on_another_host_is_left_there(
    segmind: SandboxSegmind, client: SegmindClient, target: Path
) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    await segmind.control.wait_for_state(job, "COMPLETED")
    await segmind.control.add_fault(Fault(Stage.HISTORY, Kind.WRONG_HOST))
    row = await client.history(job)
    assert isinstance(row, HistoryRow)
    assert row.media_url is not None
    assert await why_not(client, row.media_url, target) == "media_host"
    assert await segmind.control.requests("GET", "/generations/") == []


async def test_an_address_that_is_none_is_refused(client: SegmindClient, target: Path) -> None:
    for url in ("", "http://[::1", "http://127.0.0.1:99999/a.mp4", "file:///etc/passwd"):
        assert await why_not(client, url, target) == "media_host"


async def test_the_rest_of_an_earlier_attempt_is_replaced(
    segmind: SandboxSegmind, client: SegmindClient, target: Path
) -> None:
    target.parent.mkdir()
    target.with_name("clip.mp4.part").write_bytes(b"left by a crash" * 1000)
    await client.download(await made(segmind, client), target, inspect_clip)
    assert [path.name for path in target.parent.iterdir()] == ["clip.mp4"]


class Source:
    """A host that sends bytes for as long as it is asked to, and counts who is being served."""

    def __init__(self, chunks: int, *, open_gate: bool) -> None:
        self.chunks = chunks
        self.gate, self.two_arrived = asyncio.Event(), asyncio.Event()
        self.serving = self.most_at_once = self.arrived = 0
        if open_gate:
            self.gate.set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.arrived += 1
        if self.arrived == 2:
            self.two_arrived.set()
        self.serving += 1
        self.most_at_once = max(self.most_at_once, self.serving)
        response = web.StreamResponse()
        await response.prepare(request)
        await self.gate.wait()
        try:
            for _ in range(self.chunks):
                await response.write(b"x" * 65_536)
        finally:
            self.serving -= 1
        return response


async def served(source: Source) -> tuple[web.AppRunner, str]:
    application = web.Application()
    application.router.add_get("/clip", source.serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/clip"


async def accept(path: Path) -> int:
    return path.stat().st_size


def downloader(max_bytes: int) -> MediaDownloader:
    limits = DownloadLimits(max_bytes=max_bytes, no_progress_s=5)
    return MediaDownloader(MediaHosts(("127.0.0.1",)), user_agent="Klapper/test", limits=limits)


async def test_a_clip_of_unannounced_length_is_cut_off_at_the_limit(target: Path) -> None:
    source = Source(chunks=10_000, open_gate=True)
    runner, url = await served(source)
    async with downloader(max_bytes=1_000_000) as media:
        with pytest.raises(DeliveryError) as caught:
            await media.download(url, target, accept)
    await runner.cleanup()
    assert caught.value.reason == "too_large"
    assert list(target.parent.iterdir()) == []


async def test_a_clip_larger_than_one_write_arrives_whole(target: Path) -> None:
    runner, url = await served(Source(chunks=40, open_gate=True))
    async with downloader(max_bytes=10_000_000) as media:
        assert await media.download(url, target, accept) == 40 * 65_536
    await runner.cleanup()
    assert target.read_bytes() == b"x" * (40 * 65_536)


async def test_two_downloads_run_at_a_time(tmp_path: Path) -> None:
    source = Source(chunks=1, open_gate=False)
    runner, url = await served(source)
    async with downloader(max_bytes=10_000_000) as media, asyncio.timeout(10):
        tasks = [asyncio.create_task(media.download(url, tmp_path / f"{n}.mp4", accept)) for n in range(5)]
        await source.two_arrived.wait()
        source.gate.set()
        await asyncio.gather(*tasks)
    await runner.cleanup()
    assert (source.arrived, source.most_at_once) == (5, 2)


async def test_a_cancelled_download_leaves_nothing_and_frees_its_place(tmp_path: Path) -> None:
    source = Source(chunks=1, open_gate=False)
    runner, url = await served(source)
    async with downloader(max_bytes=10_000_000) as media, asyncio.timeout(10):
        tasks = [asyncio.create_task(media.download(url, tmp_path / f"{n}.mp4", accept)) for n in range(2)]
        await source.two_arrived.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert list(tmp_path.iterdir()) == []
        source.gate.set()
        assert await media.download(url, tmp_path / "after.mp4", accept) == 65_536
    await runner.cleanup()


async def test_a_full_disk_is_a_reason_to_try_later(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where the directory should be")
    runner, url = await served(Source(chunks=1, open_gate=True))
    async with downloader(max_bytes=10_000_000) as media:
        with pytest.raises(DeliveryError) as caught:
            await media.download(url, tmp_path / "media" / "clip.mp4", accept)
    await runner.cleanup()
    assert caught.value.reason == "try_later"
