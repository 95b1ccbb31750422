"""Every scripted fault does what it says, as often and to whom it says."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from sandbox.segmind import Fault, Kind, SegmindControl, Stage
from sandbox.segmind.faults import possible
from tests.integration.sandbox_segmind.caller import PLAIN, TEXT, Answer, Caller

LIST = "/inference-request/request-history"
ANSWERS = [
    (Kind.RATE_LIMITED, 429, "rate_limit_exceeded"),
    (Kind.SERVER_ERROR, 500, "Internal Server Error"),
    (Kind.BAD_GATEWAY, 502, "Bad Gateway"),
    (Kind.GATEWAY_TIMEOUT, 504, "Gateway Timeout"),
    (Kind.BAD_REQUEST, 400, "Invalid parameters"),
    (Kind.UNAUTHORIZED, 401, "Unauthorized. API key is invalid or may have expired"),
    (Kind.FORBIDDEN, 403, "not permitted"),
    (Kind.NOT_FOUND, 404, "ot found"),
    (Kind.RETIRED, 410, "retired"),
    (Kind.INVALID_CONTENT_TYPE, 406, "Invalid content type"),
    (Kind.INSUFFICIENT_CREDITS, 406, "Insufficient credits"),
    (Kind.TEAM_LIMIT, 406, "Team spend limit"),
    (Kind.PARAMETER_REFUSED, 406, "Invalid value for parameter"),
]


async def _ask(caller: Caller, stage: Stage) -> Answer:
    """One request that passes the stage; for those about a job, of a finished one."""
    match stage:
        case Stage.SUBMIT | Stage.ACCEPTED:
            return await caller.submit()
        case Stage.STATUS:
            return await caller.status((await caller.finished()).id)
        case Stage.RESULT:
            return await caller.result((await caller.finished()).id)
        case Stage.HISTORY:
            return await caller.history((await caller.finished()).id)
        case Stage.HISTORY_LIST:
            return await caller.get(LIST)
        case Stage.CREDITS:
            return await caller.get("/v1/get-user-credits")
        case Stage.UPLOAD:
            return await caller.upload("data:image/png;base64,AAAA")
        case _:
            return await caller.output(await caller.finished())


ANSWERING = [stage for stage in Stage if stage is not Stage.JOB]


@pytest.mark.parametrize(("kind", "status", "words"), ANSWERS)
async def test_a_submit_can_be_refused_before_a_job_exists(
    caller: Caller, control: SegmindControl, kind: Kind, status: int, words: str
) -> None:
    await control.add_fault(Fault(Stage.SUBMIT, kind))
    answer = await caller.submit()
    assert answer.status == status
    assert words in answer.error
    assert await control.jobs() == []
    assert (await caller.submit()).status == 200


@pytest.mark.parametrize("stage", ANSWERING)
async def test_any_answer_can_be_a_502_once(caller: Caller, control: SegmindControl, stage: Stage) -> None:
    await control.add_fault(Fault(stage, Kind.BAD_GATEWAY))
    assert (await _ask(caller, stage)).status == 502
    assert (await _ask(caller, stage)).status == 200


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("stage", [stage for stage in ANSWERING if stage is not Stage.MEDIA])
async def test_any_answer_can_be_html(caller: Caller, control: SegmindControl, stage: Stage, status: int) -> None:
    await control.add_fault(Fault(stage, Kind.HTML, status=status))
    answer = await _ask(caller, stage)
    assert (answer.status, answer.content_type) == (status, "text/html")
    assert b"<html>" in answer.body


@pytest.mark.parametrize("stage", ANSWERING)
async def test_any_connection_can_be_dropped(caller: Caller, control: SegmindControl, stage: Stage) -> None:
    await control.add_fault(Fault(stage, Kind.DROP, times=2))  # aiohttp's client asks again once, except by POST
    with pytest.raises(aiohttp.ClientError):
        await _ask(caller, stage)
    assert (await control.requests())[-1].status is None


async def test_json_can_be_broken(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.STATUS, Kind.NOT_JSON, text='{"status": "COMP'))
    answer = await _ask(caller, Stage.STATUS)
    assert (answer.status, answer.content_type, answer.body) == (200, "application/json", b'{"status": "COMP')


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.HTML, Kind.GATEWAY_TIMEOUT])
async def test_a_lost_answer_leaves_a_job_that_runs_and_is_charged(
    caller: Caller, control: SegmindControl, kind: Kind
) -> None:
    await control.add_fault(Fault(Stage.ACCEPTED, kind, status=500))
    assert (await caller.submit()).status == 500
    await _one_charged_job(caller, control)


async def test_a_connection_dropped_after_accepting_leaves_a_job_that_runs_and_is_charged(
    caller: Caller, control: SegmindControl
) -> None:
    await control.add_fault(Fault(Stage.ACCEPTED, Kind.DROP))
    with pytest.raises(aiohttp.ClientError):
        await caller.submit()
    await _one_charged_job(caller, control)


async def _one_charged_job(caller: Caller, control: SegmindControl) -> None:
    (job,) = await control.wait_for_jobs(1)
    done = await control.wait_for_state(job.id, "COMPLETED")
    assert done.charged_usd == done.price_usd
    assert [row["request_id"] for row in (await caller.get(LIST)).json["data"]] == [job.id]


async def test_a_connection_dropped_before_accepting_leaves_no_job(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.SUBMIT, Kind.DROP))
    with pytest.raises(aiohttp.ClientError):
        await caller.submit()
    assert await control.jobs() == []
    assert [entry.status for entry in await control.submits()] == [None]


async def test_a_delay_comes_before_the_answer_and_before_another_fault(
    caller: Caller, control: SegmindControl
) -> None:
    await control.add_fault(Fault(Stage.CREDITS, Kind.DELAY, times=None, seconds=0.1))
    await control.add_fault(Fault(Stage.CREDITS, Kind.SERVER_ERROR))
    loop = asyncio.get_running_loop()
    for expected in (500, 200):
        began = loop.time()
        assert (await _ask(caller, Stage.CREDITS)).status == expected
        assert loop.time() - began >= 0.1


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.STATUS, Stage.HISTORY])
async def test_an_id_can_be_malformed(caller: Caller, control: SegmindControl, stage: Stage) -> None:
    await control.add_fault(Fault(stage, Kind.MALFORMED_ID, text="../../etc"))
    answer = await _ask(caller, stage)
    assert (answer.status, answer.json["request_id"]) == (200, "../../etc")


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.STATUS, Stage.RESULT, Stage.HISTORY])
async def test_a_status_word_can_be_unknown(caller: Caller, control: SegmindControl, stage: Stage) -> None:
    await control.add_fault(Fault(stage, Kind.UNKNOWN_STATUS, text="RENDERING"))
    body = (await _ask(caller, stage)).json
    assert (body.get("model_status") or body["status"]) == "RENDERING"


@pytest.mark.parametrize("code", [200, 500])
async def test_a_failed_body_can_come_under_another_code(caller: Caller, control: SegmindControl, code: int) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.FAIL_TECHNICAL))
    await control.add_fault(Fault(Stage.STATUS, Kind.ODD_CODE, status=code))
    job_id = await caller.accepted()
    await control.wait_for_state(job_id, "FAILED")
    answer = await caller.status(job_id)
    assert (answer.status, answer.json["status"]) == (code, "FAILED")


async def test_an_account_without_credits_is_worded_as_the_real_one(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.CREDITS, Kind.NOT_FOUND))
    assert (await _ask(caller, Stage.CREDITS)).error == "No credits found for the user"


SHAPES: list[tuple[str, Any]] = [
    ("no_video", lambda body, url: body["output"] == url and "video" not in body),
    ("list", lambda body, url: body["output"] == [url]),
    ("dict", lambda body, url: body["output"] == {"url": url}),
    ("video_string", lambda body, url: body["video"] == url and body["output"] is None),
    ("base64", lambda body, url: isinstance(body["output"], str) and url not in str(body)),
    ("nothing", lambda body, url: url not in str(body)),
]


@pytest.mark.parametrize(("shape", "holds"), SHAPES)
async def test_an_output_can_have_another_shape(
    caller: Caller, control: SegmindControl, shape: str, holds: Any
) -> None:
    job = await caller.finished()
    url = (await caller.result(job.id)).json["output"]
    await control.add_fault(Fault(Stage.RESULT, Kind.OUTPUT_SHAPE, text=shape))
    body = (await caller.result(job.id)).json
    assert body["status"] == "COMPLETED"
    assert holds(body, url)


@pytest.mark.parametrize(("stage", "kind"), [(Stage.RESULT, Kind.OUTPUT_SHAPE), (Stage.UPLOAD, Kind.UPLOAD_SHAPE)])
async def test_an_unknown_shape_is_not_taken(stage: Stage, kind: Kind) -> None:
    with pytest.raises(ValueError, match="shape"):
        Fault(stage, kind, text="round")


@pytest.mark.parametrize(
    ("kind", "words"), [(Kind.FAIL_TECHNICAL, "Internal error"), (Kind.FAIL_CONTENT, "content policy")]
)
async def test_a_job_can_fail_with_words_that_tell_the_reason(
    caller: Caller, control: SegmindControl, kind: Kind, words: str
) -> None:
    await control.add_fault(Fault(Stage.JOB, kind))
    job_id = await caller.accepted()
    job = await control.wait_for_state(job_id, "FAILED")
    assert words in str(job.error)
    assert (job.charged_usd, (await control.settings()).balance_usd) == (None, 100)


@pytest.mark.parametrize(("kind", "state"), [(Kind.STUCK_QUEUED, "QUEUED"), (Kind.STUCK_PROCESSING, "PROCESSING")])
async def test_a_stuck_job_stays_where_it_is(caller: Caller, control: SegmindControl, kind: Kind, state: str) -> None:
    await control.add_fault(Fault(Stage.JOB, kind))
    job_id = await caller.accepted()
    await control.wait_for_state(job_id, state)
    await control.set_speed(1_000_000)
    assert (await caller.finished()).state == "COMPLETED"  # others pass it
    assert (await control.job(job_id)).state == state


async def test_one_job_can_be_given_its_own_run_time(caller: Caller, control: SegmindControl) -> None:
    await control.change(run_time_s=1000)
    await control.add_fault(Fault(Stage.JOB, Kind.RUN_TIME, seconds=0.01))
    assert (await caller.finished()).state == "COMPLETED"


async def test_a_fault_strikes_as_often_as_it_says(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.CREDITS, Kind.SERVER_ERROR, times=2))
    assert [(await _ask(caller, Stage.CREDITS)).status for _ in range(3)] == [500, 500, 200]
    (entry,) = await control.faults()
    assert entry.struck == 2


async def test_a_fault_without_end_strikes_until_it_is_cleared(caller: Caller, control: SegmindControl) -> None:
    number = await control.add_fault(Fault(Stage.CREDITS, Kind.SERVER_ERROR, times=None))
    await control.add_fault(Fault(Stage.SUBMIT, Kind.SERVER_ERROR))
    assert [(await _ask(caller, Stage.CREDITS)).status for _ in range(3)] == [500, 500, 500]
    await control.clear_faults(number)
    assert (await _ask(caller, Stage.CREDITS)).status == 200
    assert (await caller.submit()).status == 500


async def test_a_fault_can_be_for_one_prompt(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.SUBMIT, Kind.RATE_LIMITED, prompt='ünder "the"', times=None))
    assert (await caller.submit()).status == 200
    assert (await caller.submit({**PLAIN, "prompt": 'a whale ünder "the" ice'})).status == 429


async def test_a_fault_can_be_for_one_slug(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.STATUS, Kind.BAD_GATEWAY, slug=TEXT, times=None))
    other = await caller.finished({"prompt": "p"}, "kling-text2video")
    assert (await caller.status(other.id)).status == 200
    assert (await _ask(caller, Stage.STATUS)).status == 502


async def test_faults_are_drawn_in_the_order_they_were_written(caller: Caller, control: SegmindControl) -> None:
    for kind in (Kind.SERVER_ERROR, Kind.RATE_LIMITED):
        await control.add_fault(Fault(Stage.CREDITS, kind))
    assert [(await _ask(caller, Stage.CREDITS)).status for _ in range(3)] == [500, 429, 200]


async def test_a_missing_record_is_worded_as_the_real_one(caller: Caller, control: SegmindControl) -> None:
    job = await caller.finished()
    await control.add_fault(Fault(Stage.STATUS, Kind.NOT_FOUND))
    assert (await caller.status(job.id)).error == f"Request {job.id} not found"


@pytest.mark.parametrize("stage", list(Stage))
def test_a_fault_that_cannot_strike_at_its_stage_is_not_taken(stage: Stage) -> None:
    impossible = set(Kind) - possible(stage)
    assert impossible
    for kind in impossible:
        with pytest.raises(ValueError, match="cannot strike"):
            Fault(stage, kind)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_fault_survives_the_wire(stage: Stage) -> None:
    for kind in possible(stage) - {Kind.OUTPUT_SHAPE, Kind.UPLOAD_SHAPE}:
        fault = Fault(stage, kind, slug=TEXT, prompt="p", times=None, status=418, text="hevc", seconds=1.5, mebibytes=3)
        assert Fault.from_json(fault.to_json()) == fault


async def test_the_sandbox_refuses_a_fault_it_does_not_know(caller: Caller) -> None:
    answer = await caller.request("POST", "/sandbox/faults", json={"at": "submit", "kind": "earthquake"})
    assert answer.status == 400
    assert "earthquake" in answer.error
