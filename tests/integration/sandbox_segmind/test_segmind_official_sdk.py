"""Segmind's own SDK, unmodified but for its transport, is the judge of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from segmind import InferenceFailed, InferenceTimeout, SegmindError  # type: ignore[import-untyped]

from sandbox.segmind import Fault, Kind, SandboxSegmind, SegmindControl, Stage
from tests.integration.sandbox_segmind.caller import PLAIN, TEXT
from tests.integration.sandbox_segmind.drawing import drawn
from tests.integration.sandbox_segmind.official_sdk import LoopbackSegmindClient


@pytest.fixture
def sdk(server: SandboxSegmind) -> Iterator[LoopbackSegmindClient]:
    client = LoopbackSegmindClient(server.url, server.api_key)
    yield client
    client.close()


async def _submitted(sdk: LoopbackSegmindClient, **parameters: Any) -> Any:
    return await asyncio.to_thread(sdk.submit_async, TEXT, **{**PLAIN, **parameters})


async def test_the_sdk_submits_waits_and_reads_the_output(sdk: LoopbackSegmindClient) -> None:
    job = await _submitted(sdk)
    result = await asyncio.to_thread(job.wait, timeout=10, interval=0.02)
    assert result["status"] == "COMPLETED"
    assert result["output"].startswith("https://images.segmind.com/generations/")
    assert result["video"]["url"] == result["output"]
    assert result["metrics"]["cost"] == 0.504


async def test_the_sdk_gets_segmind_addresses_when_it_calls_segmind(sdk: LoopbackSegmindClient) -> None:
    job = await _submitted(sdk)
    assert job.status_url == f"https://api.segmind.com/v2/requests/{job.request_id}/status"
    assert job.response_url == f"https://api.segmind.com/v2/requests/{job.request_id}"
    assert job.submit_response["status"] == "QUEUED"


async def test_the_sdk_runs_a_model_in_one_call(sdk: LoopbackSegmindClient) -> None:
    result = await asyncio.to_thread(sdk.run, "kling-text2video", prompt="a lighthouse", duration=5)
    assert result["status"] == "COMPLETED"
    assert result["prompt"] == "a lighthouse"


async def test_the_sdk_follows_a_job_through_its_states(sdk: LoopbackSegmindClient, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.STUCK_PROCESSING))
    job = await _submitted(sdk)
    await control.wait_for_state(job.request_id, "PROCESSING")
    assert (await asyncio.to_thread(job.status))["status"] == "PROCESSING"
    await control.complete(job.request_id)
    await control.wait_for_state(job.request_id, "COMPLETED")
    assert (await asyncio.to_thread(job.status))["status"] == "COMPLETED"


@pytest.mark.parametrize("kind", [Kind.FAIL_TECHNICAL, Kind.FAIL_CONTENT])
async def test_the_sdk_raises_a_failed_job_with_its_words(
    sdk: LoopbackSegmindClient, control: SegmindControl, kind: Kind
) -> None:
    await control.add_fault(Fault(Stage.JOB, kind, text="the words of the provider"))
    job = await _submitted(sdk)
    with pytest.raises(InferenceFailed) as failure:
        await asyncio.to_thread(job.wait, timeout=10, interval=0.02)
    assert failure.value.detail == "the words of the provider"
    assert failure.value.status_body["request_id"] == job.request_id


async def test_the_sdk_gives_up_on_a_stuck_job_without_ending_it(
    sdk: LoopbackSegmindClient, control: SegmindControl
) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.STUCK_QUEUED))
    job = await _submitted(sdk)
    with pytest.raises(InferenceTimeout):
        await asyncio.to_thread(job.wait, timeout=0.1, interval=0.02)
    assert (await control.job(job.request_id)).state == "QUEUED"


async def test_the_sdk_is_told_why_a_parameter_is_refused(sdk: LoopbackSegmindClient) -> None:
    with pytest.raises(SegmindError) as refusal:
        await _submitted(sdk, cfg_scale=2)
    assert refusal.value.status == 406
    assert "cfg_scale" in refusal.value.detail


async def test_the_sdk_with_a_wrong_key_is_refused_on_both_hosts(server: SandboxSegmind) -> None:
    stranger = LoopbackSegmindClient(server.url, "SG_0000000000000000")
    for call in (lambda: stranger.submit_async(TEXT, **PLAIN), stranger.generations.history):
        with pytest.raises(SegmindError) as refusal:
            await asyncio.to_thread(call)
        assert refusal.value.status == 401
    stranger.close()


async def test_the_sdk_reads_the_balance_before_and_after_a_job(sdk: LoopbackSegmindClient) -> None:
    url = "https://api.segmind.com/v1/get-user-credits"
    before = (await asyncio.to_thread(sdk._request, "GET", url)).json()
    await asyncio.to_thread((await _submitted(sdk)).wait, timeout=10, interval=0.02)
    after = (await asyncio.to_thread(sdk._request, "GET", url)).json()
    assert before == {"credits": 100.0, "free-credits": 0.0}
    assert after["credits"] == pytest.approx(100.0 - 0.504)


async def test_the_sdk_finds_an_expired_request_in_the_history(
    sdk: LoopbackSegmindClient, control: SegmindControl
) -> None:
    job = await _submitted(sdk)
    await control.wait_for_state(job.request_id, "COMPLETED")
    await control.expire(job.request_id)
    with pytest.raises(SegmindError) as gone:
        await asyncio.to_thread(job.status)
    assert (gone.value.status, gone.value.detail) == (404, f"Request {job.request_id} not found")
    row = await asyncio.to_thread(sdk.generations.get, job.request_id)
    assert row["model_status"] == "COMPLETED"
    assert row["credits_deduction"] == 0.504
    assert row["request_body"] == PLAIN
    assert row["generation_url"].startswith("https://images.segmind.com/")


async def test_the_sdk_finds_a_job_in_the_history_when_two_hours_passed_at_once(
    sdk: LoopbackSegmindClient, control: SegmindControl
) -> None:
    await control.change(run_time_s=3000.0, history_hides_unfinished=True)
    job = await _submitted(sdk)
    with pytest.raises(SegmindError):
        await asyncio.to_thread(sdk.generations.get, job.request_id)
    await control.advance(7200)
    await control.wait_for_state(job.request_id, "COMPLETED")
    with pytest.raises(SegmindError):
        await asyncio.to_thread(job.status)
    row = await asyncio.to_thread(sdk.generations.get, job.request_id)
    assert row["model_status"] == "COMPLETED"


@pytest.mark.parametrize(
    "fault",
    [Fault(Stage.JOB, Kind.CODEC, text="hevc"), Fault(Stage.JOB, Kind.DENSE, mebibytes=12)],
    ids=["hevc", "dense"],
)
async def test_the_sdk_sees_no_difference_in_an_unusual_film(
    sdk: LoopbackSegmindClient, control: SegmindControl, fault: Fault
) -> None:
    await control.add_fault(fault)
    result = await asyncio.to_thread((await _submitted(sdk)).wait, timeout=20, interval=0.05)
    assert result["output"].startswith("https://images.segmind.com/generations/")


async def test_the_sdk_lists_the_history_with_failures_in_it(
    sdk: LoopbackSegmindClient, control: SegmindControl
) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.FAIL_TECHNICAL))
    failed = (await _submitted(sdk)).request_id
    await control.wait_for_state(failed, "FAILED")
    page = await asyncio.to_thread(sdk.generations.history, model_name=TEXT, status="FAILED")
    assert [(row["request_id"], row["model_status"]) for row in page["data"]] == [(failed, "FAILED")]
    assert page["data"][0]["error"]
    assert page["data"][0]["credits_deduction"] == 0


async def test_the_sdk_is_recorded_with_the_headers_it_sent(sdk: LoopbackSegmindClient, server: SandboxSegmind) -> None:
    await _submitted(sdk)
    (entry,) = await server.control.submits()
    assert (entry.host, entry.api_key) == ("api.segmind.com", server.api_key)
    assert entry.user_agent == "segmind-python-sdk/1.3.0"
    assert entry.body == PLAIN


async def test_the_sdk_uploads_files_and_gets_segmind_addresses(
    sdk: LoopbackSegmindClient, control: SegmindControl, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("first.png", "last.jfif")]
    for path, form in zip(paths, ("PNG", "JPEG"), strict=True):
        path.write_bytes(drawn(form=form))
    answer = await asyncio.to_thread(sdk.files.upload, paths)
    uploads = await control.uploads()
    assert answer["file_urls"] == [f"https://images.segmind.com/assets/{upload.name}" for upload in uploads]
    assert [(upload.media_type, upload.size_bytes) for upload in uploads] == [
        ("image/png", paths[0].stat().st_size),
        ("image/jpeg", paths[1].stat().st_size),
    ]
    (entry,) = await control.requests("POST", "/upload-asset")
    assert (entry.host, entry.status) == ("workflows-api.segmind.com", 200)


async def test_the_sdk_animates_an_image_it_uploaded_and_finds_it_in_the_history(
    sdk: LoopbackSegmindClient, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(drawn(form="JPEG"))
    (url,) = (await asyncio.to_thread(sdk.files.upload, photo))["file_urls"]
    body = {"prompt": "clouds drift", "image_url": url, "duration": "3", "mode": "std"}
    job = await asyncio.to_thread(sdk.submit_async, "kling-o3-image2video", **body)
    result = await asyncio.to_thread(job.wait, timeout=10, interval=0.02)
    assert result["metrics"]["cost"] == 0.63
    row = await asyncio.to_thread(sdk.generations.get, job.request_id)
    page = await asyncio.to_thread(sdk.generations.history, model_name="image2video", sort_by="credits_deduction")
    assert (row["request_body"], row["generation_url"]) == (body, result["output"])
    assert page["data"] == [row]


async def test_the_sdk_raises_an_image_that_cannot_be_used_as_a_failed_job(sdk: LoopbackSegmindClient) -> None:
    foreign = "https://cdn.discordapp.com/attachments/1/2/photo.png"
    job = await asyncio.to_thread(sdk.submit_async, "kling-o3-image2video", prompt="p", image_url=foreign)
    with pytest.raises(InferenceFailed, match="image_url: the image could not be downloaded"):
        await asyncio.to_thread(job.wait, timeout=10, interval=0.02)


async def test_the_sdk_is_told_why_an_upload_is_refused(
    sdk: LoopbackSegmindClient, control: SegmindControl, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(drawn())
    await control.change(upload_limit_bytes=100)
    with pytest.raises(SegmindError) as refusal:
        await asyncio.to_thread(sdk.files.upload, photo)
    assert (refusal.value.status, refusal.value.detail) == (413, "Request body is larger than 100 bytes")


async def test_the_sdk_pages_through_a_month_of_history(sdk: LoopbackSegmindClient, control: SegmindControl) -> None:
    made = [(await control.import_job(TEXT, PLAIN, age_s=days * 24 * 3600)).id for days in (1, 10, 29)]
    month_ago = (datetime.now(UTC) - timedelta(days=31)).strftime("%Y-%m-%d")
    pages = [
        await asyncio.to_thread(sdk.generations.history, page=page, per_page=2, from_date=month_ago) for page in (1, 2)
    ]
    assert [row["request_id"] for page in pages for row in page["data"]] == made
    week = await asyncio.to_thread(sdk.generations.history, user_email="operator@example.com")
    assert [row["request_id"] for row in week["data"]] == made[:1]


async def test_a_segmind_host_has_only_its_own_paths(sdk: LoopbackSegmindClient) -> None:
    wrong_door = "https://api.spotprod.segmind.com/v1/get-user-credits"
    with pytest.raises(SegmindError) as refusal:
        await asyncio.to_thread(sdk._request, "GET", wrong_door)
    assert refusal.value.status == 404
