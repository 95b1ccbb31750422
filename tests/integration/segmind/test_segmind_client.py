"""The client against the sandbox's Segmind, over real HTTP."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from klapper.clock import DAY_MS, SystemClock
from klapper.errors import NotTaken, OutcomeUnknown, PauseScope, ProviderRejected
from klapper.segmind.answers import (
    Completed,
    Credits,
    Failed,
    Gone,
    HistoryPage,
    HistoryRow,
    Processing,
    Queued,
    Result,
    RowState,
    Unreadable,
)
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient
from sandbox.segmind import Fault, Kind, SandboxSegmind, Stage

SLUG = "kling-3-standard-text2video"
BODY: dict[str, Any] = {
    "prompt": "a fox",
    "duration": "5",
    "aspect_ratio": "16:9",
    "generate_audio": False,
    "negative_prompt": "fog",
    "cfg_scale": 0.5,
}
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def segmind() -> AsyncIterator[SandboxSegmind]:
    async with SandboxSegmind(run_time_s=30) as server:
        yield server


@pytest.fixture
async def budget() -> RequestBudget:
    return RequestBudget(5000, SystemClock())


@pytest.fixture
async def client(segmind: SandboxSegmind, budget: RequestBudget) -> AsyncIterator[SegmindClient]:
    async with connected(segmind, budget) as client:
        yield client


def ignore(kind: str, outcome: str) -> None:
    """Nobody counts."""


def connected(
    segmind: SandboxSegmind,
    budget: RequestBudget,
    *,
    key: str | None = None,
    observe: Callable[[str, str], None] = ignore,
) -> SegmindClient:
    return SegmindClient(
        api_key=key or segmind.api_key,
        endpoints=Endpoints(segmind.url, segmind.url, segmind.url),
        download_hosts=("127.0.0.1",),
        budget=budget,
        clock=SystemClock(),
        read_s=1.0,
        observe=observe,
    )


async def finish(segmind: SandboxSegmind, job: str) -> None:
    await segmind.control.complete(job)
    await segmind.control.wait_for_state(job, "COMPLETED")


async def test_a_job_is_followed_from_submit_to_result(segmind: SandboxSegmind, client: SegmindClient) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    assert await client.status(job) in (Queued(), Processing())
    await finish(segmind, job)
    status = await client.status(job)
    assert isinstance(status, Completed)
    assert status.metrics.cost_micro_usd == 840_000
    result = await client.result(job)
    assert isinstance(result, Result)
    assert result.media_url is not None
    assert result.media_url.startswith(f"{segmind.url}/generations/")
    assert result.metrics.cost_micro_usd == 840_000


async def test_a_failed_job_says_why(segmind: SandboxSegmind, client: SegmindClient) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    await segmind.control.fail(job, "worker ran out of memory")
    status = await client.status(job)
    assert isinstance(status, Failed)
    assert (status.text, status.refused) == ("worker ran out of memory", False)
    result = await client.result(job)
    assert isinstance(result, Failed)


async def test_a_content_refusal_is_told_from_a_failure(segmind: SandboxSegmind, client: SegmindClient) -> None:
    await segmind.control.add_fault(Fault(Stage.JOB, Kind.FAIL_CONTENT))
    await segmind.control.change(run_time_s=0.01)
    job = (await client.submit(SLUG, BODY)).request_id
    await segmind.control.wait_for_state(job, "FAILED")
    status = await client.status(job)
    assert isinstance(status, Failed)
    assert status.refused


async def test_an_expired_job_is_gone_and_its_history_is_not(segmind: SandboxSegmind, client: SegmindClient) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    await finish(segmind, job)
    await segmind.control.expire(job)
    assert await client.status(job) == Gone()
    assert await client.result(job) == Gone()
    row = await client.history(job)
    assert isinstance(row, HistoryRow)
    assert (row.state, row.slug, row.sent, row.cost_micro_usd) == (RowState.COMPLETED, SLUG, BODY, 840_000)
    assert row.media_url is not None
    assert row.created_at_ms is not None


async def test_a_job_nobody_submitted_is_gone_everywhere(client: SegmindClient) -> None:
    assert await client.status(UNKNOWN_ID) == Gone()
    assert await client.history(UNKNOWN_ID) == Gone()


async def test_the_balance_is_read_in_micro_usd(segmind: SandboxSegmind, client: SegmindClient) -> None:
    await segmind.control.change(balance_usd=12.34, free_credits_usd=0.5)
    assert await client.credits() == Credits(12_340_000, 500_000)


async def test_every_request_names_klapper_and_carries_the_key_in_its_header(
    segmind: SandboxSegmind, client: SegmindClient
) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    await client.status(job)
    await client.credits()
    requests = [seen for seen in await segmind.control.requests() if not seen.path.startswith("/sandbox")]
    assert len(requests) == 3
    assert {seen.api_key for seen in requests} == {segmind.api_key}
    assert {seen.authorization for seen in requests} == {None}
    assert all((seen.user_agent or "").startswith("Klapper/") for seen in requests)
    assert (await segmind.control.submits())[0].content_type == "application/json"
    assert (await segmind.control.submits())[0].body == BODY


NOT_TAKEN = [
    (Kind.RATE_LIMITED, "rate_limited", PauseScope.NONE),
    (Kind.UNAUTHORIZED, "bad_key", PauseScope.ALL),
    (Kind.FORBIDDEN, "forbidden", PauseScope.MODEL),
    (Kind.INSUFFICIENT_CREDITS, "no_credits", PauseScope.ALL),
    (Kind.TEAM_LIMIT, "team_limit", PauseScope.ALL),
]


@pytest.mark.parametrize(("kind", "reason", "pause"), NOT_TAKEN)
async def test_a_submit_that_was_not_taken_may_be_sent_again(
    kind: Kind, reason: str, pause: PauseScope, segmind: SandboxSegmind, client: SegmindClient
) -> None:
    await segmind.control.add_fault(Fault(Stage.SUBMIT, kind))
    with pytest.raises(NotTaken) as caught:
        await client.submit(SLUG, BODY)
    assert (caught.value.reason, caught.value.pause) == (reason, pause)
    assert await segmind.control.jobs() == []
    assert len(await segmind.control.submits()) == 1


REJECTED = [
    (Kind.BAD_REQUEST, "bad_request"),
    (Kind.NOT_FOUND, "unknown_model"),
    (Kind.RETIRED, "retired"),
    (Kind.PARAMETER_REFUSED, "bad_parameter"),
    (Kind.INVALID_CONTENT_TYPE, "bad_request"),
]


@pytest.mark.parametrize(("kind", "reason"), REJECTED)
async def test_a_submit_that_was_refused_fails(
    kind: Kind, reason: str, segmind: SandboxSegmind, client: SegmindClient
) -> None:
    await segmind.control.add_fault(Fault(Stage.SUBMIT, kind))
    with pytest.raises(ProviderRejected) as caught:
        await client.submit(SLUG, BODY)
    assert caught.value.reason == reason
    assert len(await segmind.control.submits()) == 1


UNCLEAR = [
    (Fault(Stage.SUBMIT, Kind.DROP), "connection_broken", 0),
    (Fault(Stage.ACCEPTED, Kind.DROP), "connection_broken", 1),
    (Fault(Stage.ACCEPTED, Kind.BAD_GATEWAY), "http_502", 1),
    (Fault(Stage.SUBMIT, Kind.SERVER_ERROR), "http_500", 0),
    (Fault(Stage.ACCEPTED, Kind.GATEWAY_TIMEOUT), "http_504", 1),
    (Fault(Stage.ACCEPTED, Kind.HTML), "unreadable_answer", 1),
    (Fault(Stage.ACCEPTED, Kind.HTML, status=502), "http_502", 1),
    (Fault(Stage.ACCEPTED, Kind.NOT_JSON, text="ok"), "unreadable_answer", 1),
    (Fault(Stage.ACCEPTED, Kind.MALFORMED_ID, text="../x"), "unreadable_answer", 1),
    (Fault(Stage.ACCEPTED, Kind.DELAY, seconds=1.5), "timeout", 1),
]


@pytest.mark.parametrize(("fault", "reason", "jobs"), UNCLEAR)
async def test_an_unclear_submit_is_unknown_and_was_sent_once(
    fault: Fault, reason: str, jobs: int, segmind: SandboxSegmind, client: SegmindClient
) -> None:
    await segmind.control.add_fault(fault)
    with pytest.raises(OutcomeUnknown) as caught:
        await client.submit(SLUG, BODY)
    assert caught.value.reason == reason
    assert len(await segmind.control.submits()) == 1
    assert len(await segmind.control.jobs()) == jobs


async def test_a_queued_job_under_an_odd_code_was_taken(segmind: SandboxSegmind, client: SegmindClient) -> None:
    await segmind.control.add_fault(Fault(Stage.ACCEPTED, Kind.ODD_CODE, status=502))
    submitted = await client.submit(SLUG, BODY)
    assert [job.id for job in await segmind.control.jobs()] == [submitted.request_id]


NO_NEWS = [
    (Fault(Stage.STATUS, Kind.HTML), "not_json"),
    (Fault(Stage.STATUS, Kind.HTML, status=502), "http_502"),
    (Fault(Stage.STATUS, Kind.BAD_GATEWAY), "http_502"),
    (Fault(Stage.STATUS, Kind.NOT_JSON, text="["), "not_json"),
    (Fault(Stage.STATUS, Kind.DROP), "network"),
    (Fault(Stage.STATUS, Kind.DELAY, seconds=1.5), "network"),
    (Fault(Stage.STATUS, Kind.RATE_LIMITED), "rate_limited"),
    (Fault(Stage.STATUS, Kind.UNAUTHORIZED), "bad_key"),
    (Fault(Stage.STATUS, Kind.UNKNOWN_STATUS, text="CANCELED"), "shape"),
    (Fault(Stage.STATUS, Kind.MALFORMED_ID, text="somebody-elses"), "other_request"),
]


@pytest.mark.parametrize(("fault", "kind"), NO_NEWS)
async def test_a_bad_poll_is_no_news_and_the_next_one_is_read(
    fault: Fault, kind: str, segmind: SandboxSegmind, client: SegmindClient
) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    await finish(segmind, job)
    # The HTTP library itself repeats a GET once when its connection drops.
    await segmind.control.add_fault(replace(fault, times=2 if fault.kind is Kind.DROP else 1))
    answer = await client.status(job)
    assert isinstance(answer, Unreadable)
    assert answer.kind == kind
    assert isinstance(await client.status(job), Completed)


@pytest.mark.parametrize("shape", ["no_video", "list", "dict", "video_string"])
async def test_the_clip_is_found_in_every_known_shape(
    shape: str, segmind: SandboxSegmind, client: SegmindClient
) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    await finish(segmind, job)
    await segmind.control.add_fault(Fault(Stage.RESULT, Kind.OUTPUT_SHAPE, text=shape))
    result = await client.result(job)
    assert isinstance(result, Result)
    assert (result.media_url or "").endswith(".mp4")


@pytest.mark.parametrize("shape", ["base64", "nothing"])
async def test_a_result_without_a_link_names_its_keys_only(
    shape: str, segmind: SandboxSegmind, client: SegmindClient
) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    await finish(segmind, job)
    await segmind.control.add_fault(Fault(Stage.RESULT, Kind.OUTPUT_SHAPE, text=shape))
    result = await client.result(job)
    assert isinstance(result, Result)
    assert result.media_url is None
    assert "metrics" in result.keys


async def test_a_429_slows_every_request_down(
    segmind: SandboxSegmind, client: SegmindClient, budget: RequestBudget
) -> None:
    before = budget.per_minute
    await segmind.control.add_fault(Fault(Stage.CREDITS, Kind.RATE_LIMITED))
    assert await client.credits() == Unreadable("rate_limited")
    assert budget.per_minute < before * 0.6


async def test_a_wrong_key_is_found_out_by_the_balance(segmind: SandboxSegmind, budget: RequestBudget) -> None:
    async with connected(segmind, budget, key="SG_ffffffffffffffff") as client:
        assert await client.credits() == Unreadable("bad_key")


async def test_a_wrong_slug_or_id_never_becomes_a_path(segmind: SandboxSegmind, client: SegmindClient) -> None:
    for slug in ("", "../v1/get-user-credits", "a/b", "a?b", "A"):
        with pytest.raises(ValueError, match="slug"):
            await client.submit(slug, BODY)
    for request_id in ("", "short", "../../x-x-x-x", "a" * 65):
        with pytest.raises(ValueError, match="request id"):
            await client.status(request_id)
    assert await segmind.control.requests() == []


async def test_every_request_is_counted_by_kind_and_outcome(segmind: SandboxSegmind, budget: RequestBudget) -> None:
    seen: list[tuple[str, str]] = []
    async with connected(segmind, budget, observe=lambda kind, outcome: seen.append((kind, outcome))) as client:
        job = (await client.submit(SLUG, BODY)).request_id
        await client.status(job)
        await client.history(UNKNOWN_ID)
    assert seen == [("submit", "200"), ("status", "200"), ("history", "404")]


async def test_the_key_is_in_no_log_line_error_or_repr(
    segmind: SandboxSegmind, client: SegmindClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await segmind.control.add_fault(Fault(Stage.SUBMIT, Kind.BAD_REQUEST, text=f"bad key {segmind.api_key}"))
    await segmind.control.add_fault(Fault(Stage.STATUS, Kind.UNKNOWN_STATUS, text=segmind.api_key))
    with pytest.raises(ProviderRejected) as caught:
        await client.submit(SLUG, BODY)
    job = (await client.submit(SLUG, BODY)).request_id
    answer = await client.status(job)
    shown = f"{caught.value!r} {caught.value} {vars(caught.value)} {answer!r} {client!r}"
    logged = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert segmind.api_key not in shown + logged
    assert "[key]" in shown


async def test_the_history_lists_the_jobs_of_one_model_newest_first(
    segmind: SandboxSegmind, client: SegmindClient
) -> None:
    first = (await client.submit(SLUG, BODY)).request_id
    await finish(segmind, first)
    second = (await client.submit(SLUG, {**BODY, "prompt": "another"})).request_id
    now_ms = round(time.time() * 1000)
    page = await client.history_page(SLUG, from_ms=now_ms - DAY_MS, to_ms=now_ms + DAY_MS, page=1)
    assert isinstance(page, HistoryPage)
    assert [row.request_id for row in page.rows] == [second, first]
    assert [row.state for row in page.rows][1] is RowState.COMPLETED
    assert page.rows[1].sent == BODY
    assert page.is_last
    assert page.unread == ()


async def test_a_request_that_the_history_repeats_is_one_row(segmind: SandboxSegmind, client: SegmindClient) -> None:
    job = (await client.submit(SLUG, BODY)).request_id
    await segmind.control.add_fault(Fault(Stage.HISTORY_LIST, Kind.REPEATED_ROWS))
    now_ms = round(time.time() * 1000)
    page = await client.history_page(SLUG, from_ms=now_ms, to_ms=now_ms, page=1)
    assert isinstance(page, HistoryPage)
    assert [row.request_id for row in page.rows] == [job]
