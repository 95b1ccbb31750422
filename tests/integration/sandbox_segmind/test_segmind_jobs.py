"""The life of a job: its states, its hour of record, its money, its time."""

from __future__ import annotations

import asyncio
import math
import statistics
import time

import aiohttp
import pytest

from sandbox.segmind import ControlError, Fault, Kind, SandboxSegmind, SegmindControl, Stage
from tests.integration.sandbox_segmind.caller import PLAIN, TEXT, Caller

HOUR_S = 3600


@pytest.fixture
async def stuck(caller: Caller, control: SegmindControl) -> str:
    """A job that waits in the queue until the driver decides."""
    await control.add_fault(Fault(Stage.JOB, Kind.STUCK_QUEUED))
    return await caller.accepted()


async def test_a_submit_answers_queued_and_three_addresses(caller: Caller, server: SandboxSegmind) -> None:
    body = (await caller.submit()).json
    job_id = body["request_id"]
    assert body == {
        "request_id": job_id,
        "status": "QUEUED",
        "poll_url": f"{server.url}/v1/requests/{job_id}",
        "status_url": f"{server.url}/v2/requests/{job_id}/status",
        "response_url": f"{server.url}/v2/requests/{job_id}",
    }


async def test_a_waiting_job_says_no_more_than_queued(caller: Caller, stuck: str) -> None:
    answer = await caller.status(stuck)
    assert answer.status == 200
    assert answer.json.keys() == {"status", "request_id", "status_url", "response_url", "metrics"}
    assert (answer.json["status"], answer.json["metrics"]) == ("QUEUED", {})


async def test_a_job_is_queued_then_processing_then_completed(caller: Caller, control: SegmindControl) -> None:
    job = await caller.finished()
    kinds = [event.kind for event in await control.events() if event.job_id == job.id]
    assert kinds == ["submitted", "processing", "completed"]


async def test_the_status_of_a_completed_job_has_no_output(caller: Caller) -> None:
    body = (await caller.status((await caller.finished()).id)).json
    assert body.keys() == {"status", "request_id", "metrics"}
    assert body["metrics"]["cost"] == 0.504
    assert body["metrics"]["remaining_credits"] == pytest.approx(99.496)


async def test_metrics_are_seconds_that_a_client_could_have_measured(caller: Caller) -> None:
    began = time.monotonic()
    metrics = (await caller.status((await caller.finished()).id)).json["metrics"]
    assert 0.05 <= metrics["total_time"] <= time.monotonic() - began
    assert metrics["total_time"] == pytest.approx(metrics["queue_time"] + metrics["inference_time"], abs=0.002)


async def test_the_result_names_the_output_twice(caller: Caller, server: SandboxSegmind) -> None:
    job = await caller.finished()
    body = (await caller.result(job.id)).json
    assert body["output"] == body["video"]["url"] == f"{server.url}/generations/{job.clip}"
    assert body["video"]["content_type"] == "video/mp4"
    assert (body["status"], body["error"], body["prompt"]) == ("COMPLETED", None, PLAIN["prompt"])


async def test_the_result_of_an_unfinished_job_is_its_status(caller: Caller, stuck: str) -> None:
    assert (await caller.result(stuck)).json["status"] == "QUEUED"


async def test_the_old_poll_address_knows_the_job_too(caller: Caller) -> None:
    job = await caller.finished()
    assert (await caller.get(f"/v1/requests/{job.id}")).json["output"]


@pytest.mark.parametrize("path", ["/v2/requests/{}/status", "/v2/requests/{}", "/v1/requests/{}"])
async def test_a_failed_job_is_a_422_whose_body_says_why(
    caller: Caller, control: SegmindControl, stuck: str, path: str
) -> None:
    await control.fail(stuck, "Prompt is Mandatory and must be string")
    await control.wait_for_state(stuck, "FAILED")
    answer = await caller.get(path.format(stuck))
    assert answer.status == 422
    assert (answer.json["status"], answer.error) == ("FAILED", "Prompt is Mandatory and must be string")
    assert "cost" not in answer.json["metrics"]


async def test_only_a_completed_job_is_charged(caller: Caller, control: SegmindControl, stuck: str) -> None:
    assert (await control.settings()).balance_usd == 100
    await control.fail(stuck)
    assert (await control.wait_for_state(stuck, "FAILED")).charged_usd is None
    assert (await control.settings()).balance_usd == 100
    job = await caller.finished()
    assert job.charged_usd == job.price_usd == 0.504
    assert (await caller.get("/v1/get-user-credits")).json == {"credits": 99.496, "free-credits": 0.0}


async def test_a_job_ends_once(control: SegmindControl, stuck: str) -> None:
    await control.complete(stuck)
    done = await control.wait_for_state(stuck, "COMPLETED")
    with pytest.raises(Exception, match="has ended already"):
        await control.fail(stuck)
    assert await control.job(stuck) == done
    assert (await control.settings()).balance_usd == 100 - done.price_usd


async def test_an_unknown_request_is_a_404_that_names_it(caller: Caller) -> None:
    answer = await caller.status("00000000-0000-0000-0000-000000000000")
    assert (answer.status, answer.error) == (404, "Request 00000000-0000-0000-0000-000000000000 not found")


@pytest.mark.parametrize("path", ["/v2/requests/{}/status", "/v2/requests/{}", "/v1/requests/{}"])
async def test_a_record_is_gone_an_hour_after_submission(caller: Caller, control: SegmindControl, path: str) -> None:
    job = await caller.finished()
    await control.backdate(job.id, HOUR_S - 30)
    assert (await caller.get(path.format(job.id))).status == 200
    await control.backdate(job.id, 31)
    assert (await caller.get(path.format(job.id))).status == 404
    assert (await control.job(job.id)).expired


async def test_a_running_job_outlives_its_record_and_ends_in_the_history(
    caller: Caller, control: SegmindControl, stuck: str
) -> None:
    await control.expire(stuck)
    assert (await caller.status(stuck)).status == 404
    assert (await caller.history(stuck)).json["model_status"] == "PENDING"
    await control.complete(stuck)
    await control.wait_for_state(stuck, "COMPLETED")
    assert (await caller.history(stuck)).json["generation_url"]


async def test_speed_shortens_what_is_still_to_come(caller: Caller, control: SegmindControl) -> None:
    await control.change(run_time_s=1000)
    job_id = await caller.accepted()
    await control.set_speed(1_000_000)
    assert (await control.wait_for_state(job_id, "COMPLETED")).state == "COMPLETED"


async def test_a_record_expires_at_the_provider_s_speed() -> None:
    async with SandboxSegmind(speed=36_000, run_time_s=0.01) as server, aiohttp.ClientSession() as http:
        caller = Caller(server, http)
        job_id = await caller.accepted()  # an hour passes in a tenth of a second
        await asyncio.sleep(0.15)
        assert (await caller.status(job_id)).status == 404
        assert (await server.control.job(job_id)).expired


async def test_run_times_are_drawn_around_the_published_average() -> None:
    drawn = await _planned(seed=1, count=60)
    assert statistics.mean(drawn) == pytest.approx(145.3, rel=0.2)
    assert statistics.stdev(map(math.log, drawn)) == pytest.approx(0.4, abs=0.12)


async def test_run_times_repeat_with_the_seed() -> None:
    first, second, other = [await _planned(seed, count=3) for seed in (7, 7, 8)]
    assert first == second != other


async def _planned(seed: int, count: int) -> list[float]:
    """Provider seconds that jobs of 5 s are going to take."""
    async with SandboxSegmind(seed=seed) as server, aiohttp.ClientSession() as http:
        for _ in range(count):
            await Caller(server, http).accepted({"prompt": "p"})
        return [job.planned_s for job in await server.control.jobs() if job.planned_s is not None]


async def test_many_jobs_run_side_by_side(caller: Caller, control: SegmindControl) -> None:
    bodies = [{**PLAIN, "prompt": f"number {number}"} for number in range(10)]
    ids = await asyncio.gather(*(caller.accepted(body) for body in bodies))
    done = [await control.wait_for_state(job_id, "COMPLETED") for job_id in ids]
    assert len({job.clip for job in done}) == 10
    assert (await control.settings()).balance_usd == pytest.approx(100 - 10 * 0.504)


async def test_what_was_sent_is_kept_as_it_was_sent(caller: Caller) -> None:
    job = await caller.finished(PLAIN, TEXT)
    assert job.parameters == PLAIN
    assert job.effective["negative_prompt"] == "blur, distort, and low quality"


async def test_hours_that_pass_at_once_end_jobs_and_records_but_not_the_history() -> None:
    async with SandboxSegmind(run_time_s=3000) as server, aiohttp.ClientSession() as http:
        caller = Caller(server, http)
        job_id = await caller.accepted()
        assert (await caller.status(job_id)).json["status"] == "QUEUED"
        await server.control.advance(7200)
        assert (await server.control.wait_for_state(job_id, "COMPLETED")).expired
        assert (await caller.status(job_id)).status == 404
        assert (await caller.history(job_id)).json["model_status"] == "COMPLETED"
        with pytest.raises(ControlError, match="forward"):
            await server.control.advance(-1)
