"""The request history: rows of any age, windows, filters, order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.segmind import Fault, Kind, SegmindControl, Stage
from tests.integration.sandbox_segmind.caller import PLAIN, TEXT, Caller

LIST = "/inference-request/request-history"
DAY_S = 24 * 3600
V1 = "kling-text2video"


async def _ids(caller: Caller, query: str = "") -> list[str]:
    answer = await caller.get(f"{LIST}?{query}")
    assert answer.status == 200, answer.body
    return [row["request_id"] for row in answer.json["data"]]


def _day(days_ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%d")


async def test_a_row_has_every_documented_field(caller: Caller) -> None:
    job = await caller.finished()
    row = (await caller.history(job.id)).json
    assert row["request_id"] == job.id
    assert (row["model_name"], row["model_status"]) == (TEXT, "COMPLETED")
    assert (row["credits_deduction"], row["request_body"], row["error"]) == (0.504, PLAIN, None)
    assert row["generation_url"].endswith(f"/generations/{job.clip}")
    assert row["latency_ms"] >= 50


async def test_an_unfinished_request_is_a_pending_row_from_its_submission_on(
    caller: Caller, control: SegmindControl
) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.STUCK_PROCESSING))
    job_id = await caller.accepted()
    row = (await caller.history(job_id)).json
    assert (row["model_status"], row["generation_url"], row["credits_deduction"]) == ("PENDING", None, 0)


async def test_an_unknown_id_is_a_404(caller: Caller) -> None:
    assert (await caller.history("00000000-0000-0000-0000-000000000000")).status == 404


async def test_a_lag_hides_new_rows_from_both_doors(caller: Caller, control: SegmindControl) -> None:
    job = await caller.finished()
    await control.change(history_lag_s=60)
    assert (await caller.history(job.id)).status == 404
    assert await _ids(caller) == []
    await control.backdate(job.id, 61)
    assert (await caller.history(job.id)).status == 200
    assert await _ids(caller) == [job.id]


async def test_a_history_can_show_only_what_has_ended(caller: Caller, control: SegmindControl) -> None:
    await control.change(history_hides_unfinished=True)
    await control.add_fault(Fault(Stage.JOB, Kind.STUCK_PROCESSING))
    job_id = await caller.accepted()
    assert await _ids(caller) == []
    assert (await caller.history(job_id)).status == 404
    await control.fail(job_id)
    await control.wait_for_state(job_id, "FAILED")
    assert await _ids(caller) == [job_id]


async def test_a_row_of_any_age_is_found_by_id(caller: Caller, control: SegmindControl) -> None:
    old = await control.import_job(TEXT, PLAIN, age_s=400 * DAY_S)
    row = (await caller.history(old.id)).json
    assert (row["model_status"], row["latency_ms"]) == ("COMPLETED", 145_300)
    assert (await caller.status(old.id)).status == 404


async def test_the_list_shows_seven_days_unless_asked(caller: Caller, control: SegmindControl) -> None:
    week = await control.import_job(TEXT, PLAIN, age_s=6 * DAY_S)
    month = await control.import_job(TEXT, PLAIN, age_s=29 * DAY_S)
    assert await _ids(caller) == [week.id]
    assert await _ids(caller, f"from_date={_day(30)}") == [week.id, month.id]


async def test_both_ends_of_the_window_are_included(caller: Caller, control: SegmindControl) -> None:
    job = await control.import_job(TEXT, PLAIN, age_s=10 * DAY_S)
    day = job.submitted_at[:10]
    assert await _ids(caller, f"from_date={day}&to_date={day}") == [job.id]


@pytest.mark.parametrize(
    "query",
    [
        "per_page=0",
        "per_page=101",
        "page=0",
        "page=x",
        "status=QUEUED",
        "sort_by=price",
        "sort_order=up",
        "from_date=yesterday",
        "from_date=2026-02-30",
        "from_date=2026-01-01&to_date=2026-02-02",
        "from_date=2026-01-02&to_date=2026-01-01",
    ],
)
async def test_a_wrong_query_is_a_400(caller: Caller, query: str) -> None:
    assert (await caller.get(f"{LIST}?{query}")).status == 400


async def test_a_window_of_31_days_is_taken(caller: Caller) -> None:
    assert await _ids(caller, "from_date=2026-01-01&to_date=2026-02-01") == []


async def test_the_list_is_filtered_by_model_and_status(caller: Caller, control: SegmindControl) -> None:
    done = await control.import_job(TEXT, PLAIN)
    failed = await control.import_job(TEXT, PLAIN, state="FAILED", error="no")
    waiting = await control.import_job(V1, {"prompt": "p"}, state="PENDING")
    assert await _ids(caller, "status=COMPLETED") == [done.id]
    assert await _ids(caller, "status=FAILED") == [failed.id]
    assert await _ids(caller, "status=PENDING") == [waiting.id]
    assert set(await _ids(caller, f"model_name={TEXT}")) == {done.id, failed.id}
    assert set(await _ids(caller, "model_name=kling")) == {done.id, failed.id, waiting.id}


async def test_the_newest_comes_first_unless_asked(caller: Caller, control: SegmindControl) -> None:
    dear = await control.import_job(TEXT, {"prompt": "p", "duration": "15"}, age_s=200)
    cheap = await control.import_job(V1, {"prompt": "p"}, age_s=100)
    assert await _ids(caller) == [cheap.id, dear.id]
    assert await _ids(caller, "sort_order=asc") == [dear.id, cheap.id]
    assert await _ids(caller, "sort_by=credits_deduction") == [dear.id, cheap.id]
    assert await _ids(caller, "sort_by=model_name&sort_order=asc") == [dear.id, cheap.id]


async def test_pages_cover_every_row_once(caller: Caller, control: SegmindControl) -> None:
    made = [(await control.import_job(V1, {"prompt": "p"}, age_s=age, state="FAILED")).id for age in range(5)]
    pages = [await _ids(caller, f"per_page=2&page={page}") for page in (1, 2, 3, 4)]
    assert pages == [made[:2], made[2:4], made[4:], []]
    assert (await caller.get(f"{LIST}?per_page=2")).json["total"] == 5


async def test_a_list_can_show_every_request_once_per_output(caller: Caller, control: SegmindControl) -> None:
    newer, older = [(await control.import_job(V1, {"prompt": "p"}, age_s=age)).id for age in (1, 2)]
    await control.add_fault(Fault(Stage.HISTORY_LIST, Kind.REPEATED_ROWS, times=2))
    assert await _ids(caller) == [newer, newer, older, older]
    assert await _ids(caller, "per_page=3&page=2") == [older]
    assert await _ids(caller) == [newer, older]


async def test_another_user_s_rows_are_not_there(caller: Caller, control: SegmindControl) -> None:
    await control.import_job(V1, {"prompt": "p"})
    assert await _ids(caller, "user_id=11111111-1111-1111-1111-111111111111") == []
    assert await _ids(caller, "user_email=somebody@example.com") == []
