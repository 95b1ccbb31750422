"""The client's uploads against the sandbox's storage, over real HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from klapper.clock import SystemClock
from klapper.errors import NotTaken, PauseScope, ProviderRejected
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient
from sandbox.segmind import Fault, Kind, SandboxSegmind, Stage


@pytest.fixture
async def segmind() -> AsyncIterator[SandboxSegmind]:
    async with SandboxSegmind(run_time_s=30) as server:
        yield server


@pytest.fixture
async def client(segmind: SandboxSegmind) -> AsyncIterator[SegmindClient]:
    async with SegmindClient(
        api_key=segmind.api_key,
        endpoints=Endpoints(segmind.url, segmind.url, segmind.url),
        download_hosts=("127.0.0.1",),
        budget=RequestBudget(5000, SystemClock()),
        clock=SystemClock(),
        upload_read_s=1.0,
    ) as client:
        yield client


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.write_bytes(bytes(range(256)) * 4000)
    return path


async def test_what_is_uploaded_is_what_is_served_at_its_address(
    segmind: SandboxSegmind, client: SegmindClient, image: Path
) -> None:
    url = await client.upload(image, "image/jpeg")
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert await answer.read() == image.read_bytes()
    [upload] = await segmind.control.uploads()
    assert upload.sha256 == hashlib.sha256(image.read_bytes()).hexdigest()
    assert upload.media_type == "image/jpeg"


async def test_the_other_documented_answer_is_read_as_well(
    segmind: SandboxSegmind, client: SegmindClient, image: Path
) -> None:
    await segmind.control.add_fault(Fault(Stage.UPLOAD, Kind.UPLOAD_SHAPE, text="urls"))
    assert (await client.upload(image, "image/png")).startswith(segmind.url)


LATER = [
    (Fault(Stage.UPLOAD, Kind.UPLOAD_SHAPE, text="empty"), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.UPLOAD_SHAPE, text="nothing"), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.RATE_LIMITED), "rate_limited", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.UNAUTHORIZED), "bad_key", PauseScope.ALL),
    (Fault(Stage.UPLOAD, Kind.FORBIDDEN), "forbidden", PauseScope.MODEL),
    (Fault(Stage.UPLOAD, Kind.INSUFFICIENT_CREDITS), "no_credits", PauseScope.ALL),
    (Fault(Stage.UPLOAD, Kind.TEAM_LIMIT), "team_limit", PauseScope.ALL),
    (Fault(Stage.UPLOAD, Kind.SERVER_ERROR), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.GATEWAY_TIMEOUT), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.NOT_FOUND), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.RETIRED), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.HTML), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.NOT_JSON, text="ok"), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.DROP), "upload_failed", PauseScope.NONE),
    (Fault(Stage.UPLOAD, Kind.DELAY, seconds=1.5), "upload_failed", PauseScope.NONE),
]


@pytest.mark.parametrize(("fault", "reason", "pause"), LATER)
async def test_what_is_not_the_images_fault_is_tried_again_and_then_works(
    fault: Fault, reason: str, pause: PauseScope, segmind: SandboxSegmind, client: SegmindClient, image: Path
) -> None:
    await segmind.control.add_fault(fault)
    with pytest.raises(NotTaken) as caught:
        await client.upload(image, "image/png")
    assert (caught.value.reason, caught.value.pause) == (reason, pause)
    assert (await client.upload(image, "image/png")).startswith(segmind.url)


REFUSED = [
    (Kind.BAD_REQUEST, "image_refused"),
    (Kind.PARAMETER_REFUSED, "image_refused"),
    (Kind.INVALID_CONTENT_TYPE, "bad_request"),
]


@pytest.mark.parametrize(("kind", "reason"), REFUSED)
async def test_a_refusal_is_for_good(
    kind: Kind, reason: str, segmind: SandboxSegmind, client: SegmindClient, image: Path
) -> None:
    await segmind.control.add_fault(Fault(Stage.UPLOAD, kind))
    with pytest.raises(ProviderRejected) as caught:
        await client.upload(image, "image/png")
    assert caught.value.reason == reason


async def test_an_image_over_the_storages_limit_is_refused(
    segmind: SandboxSegmind, client: SegmindClient, image: Path
) -> None:
    await segmind.control.change(upload_limit_bytes=100_000)
    with pytest.raises(ProviderRejected) as caught:
        await client.upload(image, "image/png")
    assert caught.value.reason == "image_refused"
