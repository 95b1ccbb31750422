"""The driver's door, in process and from outside."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import aiohttp
import pytest

from sandbox.segmind import ControlError, Fault, Kind, SandboxSegmind, SegmindControl, Stage
from tests.integration.sandbox_segmind.caller import PLAIN, TEXT, Caller


async def test_every_request_is_recorded_with_its_key_and_its_status(caller: Caller, server: SandboxSegmind) -> None:
    job_id = await caller.accepted()
    await caller.get(f"/v2/requests/{job_id}/status", headers={})
    submit, poll = await server.control.requests()
    assert (submit.method, submit.path, submit.body, submit.status) == ("POST", f"/v2/{TEXT}", PLAIN, 200)
    assert (submit.api_key, submit.content_type) == (server.api_key, "application/json")
    assert (poll.path, poll.body, poll.api_key, poll.status) == (f"/v2/requests/{job_id}/status", None, None, 401)


async def test_the_driver_is_not_in_the_record(control: SegmindControl) -> None:
    await control.settings()
    await control.jobs()
    assert await control.requests() == []


async def test_a_body_that_is_no_json_is_recorded_as_text(caller: Caller, control: SegmindControl) -> None:
    await caller.request("POST", f"/v2/{TEXT}", data=b"{nonsense")
    assert [entry.body for entry in await control.submits()] == ["{nonsense"]


async def test_the_record_can_be_cleared(caller: Caller, control: SegmindControl) -> None:
    await caller.get("/v1/get-user-credits")
    await control.clear_requests()
    assert await control.requests() == []


async def test_submits_can_be_counted_by_prompt(caller: Caller, control: SegmindControl) -> None:
    await caller.accepted()
    await caller.accepted({**PLAIN, "prompt": "a blue door"})
    assert [entry.body["prompt"] for entry in await control.submits("blue")] == ["a blue door"]


async def test_a_long_poll_wakes_when_something_happens(caller: Caller, control: SegmindControl) -> None:
    waiting = asyncio.create_task(control.wait_for_event(lambda event: event.kind == "submitted"))
    job_id = await caller.accepted()
    assert (await waiting).job_id == job_id


async def test_events_after_a_number_are_only_the_later_ones(caller: Caller, control: SegmindControl) -> None:
    await caller.finished()
    events = await control.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert await control.events(after=events[-2].seq) == events[-1:]


async def test_waiting_in_vain_says_what_for(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.STUCK_QUEUED))
    job_id = await caller.accepted()
    with pytest.raises(TimeoutError, match="is not COMPLETED"):
        await control.wait_for_state(job_id, "COMPLETED", timeout_s=0.05)
    with pytest.raises(TimeoutError, match="not 2 jobs"):
        await control.wait_for_jobs(2, timeout_s=0.05)


async def test_polls_results_and_downloads_are_counted(caller: Caller, control: SegmindControl) -> None:
    job = await caller.finished()
    await caller.status(job.id)
    await caller.status(job.id)
    await caller.output(job)
    seen = await control.job(job.id)
    assert (seen.polls, seen.results, seen.downloads) == (2, 1, 1)


@pytest.mark.parametrize(
    "wrong", [{"weather": "bad"}, {"speed": 0}, {"speed": "fast"}, {"balance_usd": None}, {"retired": 5}]
)
async def test_a_wrong_setting_is_refused_by_name(control: SegmindControl, wrong: dict[str, object]) -> None:
    before = await control.settings()
    with pytest.raises(ControlError, match=next(iter(wrong))):
        await control.change(**wrong)
    assert await control.settings() == before


def test_time_cannot_stand_still() -> None:
    with pytest.raises(ValueError, match="speed"):
        asyncio.run(SandboxSegmind(speed=0).__aenter__())


async def test_an_unknown_job_is_refused(control: SegmindControl) -> None:
    with pytest.raises(ControlError, match="no such job"):
        await control.complete("nothing")


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "PENDING"])
async def test_an_imported_job_is_charged_only_when_completed(control: SegmindControl, state: str) -> None:
    job = await control.import_job(TEXT, PLAIN, age_s=7200, state=state)
    assert (job.charged_usd is not None) == (state == "COMPLETED")
    assert job.expired


async def test_an_imported_pending_job_can_be_ended_late(caller: Caller, control: SegmindControl) -> None:
    job = await control.import_job(TEXT, PLAIN, age_s=7200, state="PENDING")
    await control.complete(job.id)
    await control.wait_for_state(job.id, "COMPLETED")
    assert (await caller.history(job.id)).json["model_status"] == "COMPLETED"


async def test_leaving_with_stalled_downloads_and_stuck_jobs_is_quick(caller: Caller) -> None:
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as http:
        async with SandboxSegmind(run_time_s=0.01) as server:
            other = Caller(server, http)
            job = await other.finished()
            await server.control.add_fault(Fault(Stage.JOB, Kind.STUCK_QUEUED))
            await server.control.add_fault(Fault(Stage.MEDIA, Kind.STALL))
            await other.accepted()
            stalled = await http.get(f"{server.url}/generations/{job.clip}")
            began = loop.time()
        assert loop.time() - began < 2
        stalled.close()


async def test_the_process_says_where_it_is_serves_and_ends_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sandbox.segmind", "--run-time", "0.05", "--key", "SG_0123456789abcdef"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said = json.loads(await process.stdout.readline())
    assert said["api_key"] == "SG_0123456789abcdef"
    async with SegmindControl(said["control_url"]) as control, aiohttp.ClientSession() as http:
        headers = {"x-api-key": said["api_key"]}
        async with http.post(f"{said['api_url']}/v2/{TEXT}", json=PLAIN, headers=headers) as response:
            job_id = (await response.json())["request_id"]
        assert (await control.wait_for_state(job_id, "COMPLETED")).clip
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 5) == 0
    assert await process.stdout.read() == b""
