"""Every answer Segmind documents, and everything else: no news."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.segmind import wire
from klapper.segmind.answers import (
    Completed,
    Credits,
    Failed,
    Gone,
    HistoryPage,
    HistoryRow,
    Metrics,
    Processing,
    Queued,
    Result,
    RowState,
    Submitted,
    Unreadable,
)

ID = "2c7f59ea-13f1-402c-9353-915a2b5a2124"
OTHER = "00000000-13f1-402c-9353-915a2b5a2124"
URL = "https://images.segmind.com/generations/a.mp4"
HTML = b"<html><body>502 Bad Gateway</body></html>"


def body(**keys: Any) -> bytes:
    return json.dumps(keys).encode()


STATUS_ROWS: list[tuple[int, bytes, object]] = [
    (200, body(status="QUEUED", request_id=ID, metrics={}), Queued()),
    (200, body(status="PROCESSING", request_id=ID, metrics={}), Processing()),
    (200, body(status="COMPLETED", metrics={"inference_time": 13.06}), Completed(Metrics(inference_time_s=13.06))),
    (
        200,
        body(status="COMPLETED", metrics={"cost": 1.26, "remaining_credits": 9.999999, "total_time": 20}),
        Completed(Metrics(cost_micro_usd=1_260_000, remaining_micro_usd=9_999_999, total_time_s=20.0)),
    ),
    (200, body(status="COMPLETED", metrics=None), Completed(Metrics())),
    (200, body(status="COMPLETED", metrics={"cost": -1, "total_time": True}), Completed(Metrics())),
    # FAILED comes as 422, and under any other code is the same news.
    (
        422,
        body(status="FAILED", error="Prompt is Mandatory", metrics={}),
        Failed("Prompt is Mandatory", False, Metrics()),
    ),
    (200, body(status="FAILED", error="worker died"), Failed("worker died", False, Metrics())),
    (500, body(status="FAILED", error="worker died"), Failed("worker died", False, Metrics())),
    (422, body(status="FAILED", error=None), Failed("", False, Metrics())),
    (422, body(status="FAILED", error={"message": "unsafe content"}), Failed("unsafe content", True, Metrics())),
    (404, body(status="FAILED", error="x", request_id=ID), Failed("x", False, Metrics())),
    (404, body(error=f"Request {ID} not found"), Gone()),
    (404, HTML, Unreadable("http_404")),
    (200, HTML, Unreadable("not_json")),
    (200, b"", Unreadable("not_json")),
    (200, b"[]", Unreadable("not_json")),
    (200, b'"COMPLETED"', Unreadable("not_json")),
    (200, b"\xff\xfe{", Unreadable("not_json")),
    (200, b"[" * 100_000, Unreadable("not_json")),
    (502, HTML, Unreadable("http_502")),
    (500, body(error="clean 500"), Unreadable("http_500")),
    (502, body(status="QUEUED"), Unreadable("http_502")),
    (429, body(error="rate_limit_exceeded"), Unreadable("rate_limited")),
    (401, body(error="Unauthorized"), Unreadable("bad_key")),
    (403, body(error="insufficient_scope"), Unreadable("http_403")),
    (302, b"", Unreadable("http_302")),
    (200, body(status="CANCELED", request_id=ID), Unreadable("shape", ("request_id", "status"))),
    (200, body(status=["COMPLETED"], secret="SG_0123"), Unreadable("shape", ("secret", "status"))),
    (200, body(status="completed"), Unreadable("shape", ("status",))),
    (200, body(status="COMPLETED", request_id=OTHER), Unreadable("other_request")),
    (200, body(status="QUEUED", request_id=ID.replace("-", "").upper()), Queued()),
]


@pytest.mark.parametrize(("code", "answer", "meaning"), STATUS_ROWS)
def test_a_status_is_read_body_before_code(code: int, answer: bytes, meaning: object) -> None:
    assert wire.status(code, answer, ID) == meaning


MEDIA_ROWS: list[tuple[dict[str, Any], str | None]] = [
    ({"output": URL, "video": {"url": "https://first/x.mp4"}}, "https://first/x.mp4"),
    ({"output": URL}, URL),
    ({"output": URL, "video": {"url": None}}, URL),
    ({"output": [URL, "https://second"]}, URL),
    ({"output": {"url": URL}}, URL),
    ({"output": {"video_url": URL}}, URL),
    ({"video": URL}, URL),
    ({"output": None}, None),
    ({"output": []}, None),
    ({}, None),
    ({"output": "data:video/mp4;base64,AAAA"}, None),
    ({"output": "AAAA"}, None),
    ({"output": "file:///etc/passwd"}, None),
    ({"output": "https://a b/c"}, None),
    ({"output": "https://\ud800"}, None),
    ({"output": "https://" + "x" * 2001}, None),
    ({"output": [[URL]]}, None),
    ({"output": 7, "video": 8}, None),
]


@pytest.mark.parametrize(("keys", "url"), MEDIA_ROWS)
def test_the_clip_is_found_where_models_put_it(keys: dict[str, Any], url: str | None) -> None:
    answer = wire.result(200, body(status="COMPLETED", **keys), ID)
    assert isinstance(answer, Result)
    assert answer.media_url == url


def test_a_result_carries_cost_and_time_and_its_key_names() -> None:
    metrics = {"inference_time": 80.5, "queue_time": 2, "total_time": 82.5, "cost": 0.84, "remaining_credits": 1}
    answer = wire.result(200, body(status="COMPLETED", metrics=metrics, output=URL, seed="1"), ID)
    assert answer == Result(URL, Metrics(82.5, 80.5, 2.0, 840_000, 1_000_000), ("metrics", "output", "seed", "status"))


@pytest.mark.parametrize(
    ("code", "answer", "meaning"),
    [
        (422, body(status="FAILED", error="boom"), Failed("boom", False, Metrics())),
        (200, body(status="PROCESSING"), Processing()),
        (200, body(status="QUEUED"), Queued()),
        (404, body(error="not found"), Gone()),
        (200, HTML, Unreadable("not_json")),
        (200, body(output=URL), Unreadable("shape", ("output",))),
    ],
)
def test_a_result_that_is_not_ready_says_what_it_is(code: int, answer: bytes, meaning: object) -> None:
    assert wire.result(code, answer, ID) == meaning


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("The content violates our usage policy", True),
        ("Failure to pass the risk control system", True),
        ("Sensitive content detected", True),
        ("blocked by SAFETY filter", True),
        ("NSFW", True),
        ("Output failed moderation", True),
        ("RAI block", True),
        ("this content is prohibited", True),
        ("Prompt is Mandatory and must be string", False),
        ("parallel task over resource pack limit", False),
        ("worker crashed while training", False),
        ("asterisk in prompt", False),
        ("parameter names are case-sensitive", False),
        ("", False),
    ],
)
def test_a_content_refusal_is_known_by_its_words(text: str, refused: bool) -> None:
    assert wire.is_content_refusal(text) is refused


SUBMIT_ROWS: list[tuple[int, bytes, Submitted | None]] = [
    (200, body(request_id=ID, status="QUEUED", poll_url="x", status_url="y", response_url="z"), Submitted(ID)),
    (202, body(request_id=ID), Submitted(ID)),
    (200, body(request_id=ID, status="SOMETHING"), Submitted(ID)),
    (502, body(request_id=ID, status="QUEUED"), Submitted(ID)),
    (422, body(request_id=ID, status="FAILED", error="x"), Submitted(ID)),
    (500, body(request_id=ID, error="trace this"), None),
    (200, body(request_id="short"), None),
    (200, body(request_id="../../etc/passwd"), None),
    (200, body(request_id=f"{ID}\n"), None),
    (200, body(request_id="x" * 65), None),
    (200, body(request_id=12345678), None),
    (200, body(status="QUEUED"), None),
    (200, HTML, None),
    (200, b"", None),
]


@pytest.mark.parametrize(("code", "answer", "meaning"), SUBMIT_ROWS)
def test_a_submit_was_taken_only_when_the_answer_names_a_usable_id(
    code: int, answer: bytes, meaning: Submitted | None
) -> None:
    assert wire.submitted(code, answer) == meaning


ROW = {
    "request_id": ID,
    "model_name": "kling-o3-text2video",
    "model_status": "COMPLETED",
    "credits_deduction": 1.05,
    "request_body": {"prompt": "a fox", "cfg_scale": 0.7},
    "generation_url": URL,
    "latency_ms": 91_500,
    "model_created": "2026-09-01T12:00:00Z",
    "error": None,
}
READ = HistoryRow(
    request_id=ID,
    slug="kling-o3-text2video",
    state=RowState.COMPLETED,
    media_url=URL,
    cost_micro_usd=1_050_000,
    total_time_s=91.5,
    text="",
    refused=False,
    sent={"prompt": "a fox", "cfg_scale": 0.7},
    created_at_ms=1_788_264_000_000,
)


@pytest.mark.parametrize(
    "answer", [ROW, {"data": ROW}, {"data": [ROW, ROW]}, ROW | {"request_body": json.dumps(ROW["request_body"])}]
)
def test_a_history_row_is_read_alone_or_wrapped(answer: dict[str, Any]) -> None:
    assert wire.history_row(200, body(**answer), ID) == READ


def test_what_a_history_row_says_was_sent_compares_with_what_we_sent() -> None:
    row = wire.history_row(200, body(**ROW), ID)
    assert isinstance(row, HistoryRow)
    assert row.sent == {"prompt": "a fox", "cfg_scale": 0.7}


def test_a_failed_row_carries_its_words() -> None:
    row = wire.history_row(200, body(**ROW | {"model_status": "FAILED", "error": "policy violation"}), ID)
    assert isinstance(row, HistoryRow)
    assert (row.state, row.text, row.refused) == (RowState.FAILED, "policy violation", True)


def test_a_row_without_its_optional_values_is_still_news() -> None:
    row = wire.history_row(200, body(request_id=ID, model_status="PENDING"), ID)
    assert row == HistoryRow(ID, "", RowState.PENDING, None, None, None, "", False, None, None)


@pytest.mark.parametrize(
    ("code", "answer", "meaning"),
    [
        (404, body(error="not found"), Gone()),
        (404, HTML, Unreadable("http_404")),
        (200, body(data=[]), Unreadable("shape", ("data",))),
        (200, body(**ROW | {"model_status": "ODD"}), Unreadable("shape", tuple(sorted(ROW)))),
        (200, body(**ROW | {"request_id": OTHER}), Unreadable("other_request")),
        (500, body(**ROW), Unreadable("http_500")),
        (401, body(error="invalid_api_key", status_code=401), Unreadable("bad_key")),
    ],
)
def test_a_history_answer_without_a_row_is_no_row(code: int, answer: bytes, meaning: object) -> None:
    assert wire.history_row(code, answer, ID) == meaning


@pytest.mark.parametrize(
    ("code", "answer", "meaning"),
    [
        (200, b'{"credits":0.0,"free-credits":0.0184921035}', Credits(0, 18_492)),
        (200, body(credits=12.5), Credits(12_500_000, 0)),
        (200, body(credits="3.25"), Credits(3_250_000, 0)),
        (200, body(credits=-0.5), Credits(0, 0)),
        (404, body(error="No credits found for the user"), Credits(0, 0)),
        (404, body(error="no such route"), Unreadable("http_404")),
        (200, body(credits=None), Unreadable("shape", ("credits",))),
        (200, body(credits=True), Unreadable("shape", ("credits",))),
        (200, b'{"credits":NaN}', Unreadable("shape", ("credits",))),
        (401, body(error="Unauthorized"), Unreadable("bad_key")),
        (502, HTML, Unreadable("http_502")),
    ],
)
def test_a_balance_is_read_or_unknown_but_never_guessed(code: int, answer: bytes, meaning: object) -> None:
    assert wire.credit_balance(code, answer) == meaning


NOW_MS = 1_788_264_000_000  # 2026-09-01T12:00:00Z


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "86400"}, 300.0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "Tue, 01 Sep 2026 12:00:07 GMT"}, None),
        ({"x-rate-limit-reset-at-utc": "2026-09-01T12:00:09Z"}, 9.0),
        ({"x-rate-limit-reset-at-utc": "2026-09-01 12:00:09"}, 9.0),
        ({"x-rate-limit-reset-at-utc": "2026-09-01T11:00:00Z"}, 0.0),
        ({"x-rate-limit-reset-at-utc": "soon"}, None),
    ],
)
def test_the_wish_to_be_left_alone_is_read_from_either_header(headers: dict[str, str], wait_s: float | None) -> None:
    assert wire.retry_after_s(headers, NOW_MS) == wait_s


def test_error_texts_are_cut_to_a_line_without_keys() -> None:
    text = wire.error_text(body(error="bad\nkey SG_0123456789abcdef " + "x" * 1000))
    assert text.startswith("bad key [key] xxx")
    assert len(text) == 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
known_keys = st.sampled_from(
    ["status", "request_id", "error", "metrics", "output", "video", "data", "credits", "free-credits", "model_status",
     "request_body", "latency_ms", "model_created", "generation_url"]
)  # fmt: skip
states = st.sampled_from(["QUEUED", "COMPLETED", "FAILED", "PENDING", ID])
answers = st.dictionaries(known_keys, json_values | states, max_size=6).map(lambda keys: json.dumps(keys).encode())


@given(st.integers(100, 599), answers | st.binary(max_size=50))
def test_reading_never_raises_whatever_comes(code: int, answer: bytes) -> None:
    wire.submitted(code, answer)
    wire.error_text(answer)
    readings = (
        wire.status(code, answer, ID),
        wire.result(code, answer, ID),
        wire.history_row(code, answer, ID),
        wire.credit_balance(code, answer),
    )
    assert all(repr(reading).encode() for reading in readings)


# A page of the history


def test_a_page_has_each_request_once_and_says_whether_there_are_older_ones() -> None:
    rows = [ROW, ROW, ROW | {"request_id": OTHER}]
    page = wire.history_page(200, body(data=rows, page=1))
    assert isinstance(page, HistoryPage)
    assert [row.request_id for row in page.rows] == [ID, OTHER]
    assert page.is_last
    full = wire.history_page(200, body(data=[ROW] * wire.ROWS_PER_PAGE))
    assert isinstance(full, HistoryPage)
    assert not full.is_last


def test_a_page_says_which_of_its_rows_it_could_not_read() -> None:
    rows = [ROW, {"request_id": OTHER, "model_status": "VANISHED"}, {"model_status": "FAILED"}, "row", None]
    assert wire.history_page(200, body(data=rows)) == HistoryPage((READ,), True, (OTHER, "", "", ""))


@pytest.mark.parametrize(
    ("code", "answer", "kind"),
    [
        (200, body(data={}), "shape"),
        (200, body(rows=[]), "shape"),
        (200, b"[]", "not_json"),
        (404, body(error="no route"), "http_404"),
        (401, body(error="Unauthorized"), "bad_key"),
        (502, HTML, "http_502"),
        (500, body(data=[]), "http_500"),
    ],
)
def test_what_is_no_page_proves_nothing(code: int, answer: bytes, kind: str) -> None:
    read = wire.history_page(code, answer)
    assert isinstance(read, Unreadable)
    assert read.kind == kind


def test_a_page_is_asked_for_by_model_and_days() -> None:
    query = wire.history_page_query("kling-a", from_ms=1_700_000_000_000, to_ms=1_700_100_000_000, page=2)
    assert query["model_name"] == "kling-a"
    assert (query["from_date"], query["to_date"]) == ("2023-11-14", "2023-11-16")
    assert (query["page"], query["per_page"], query["sort_order"]) == ("2", "100", "desc")


def test_a_page_of_every_model_names_none() -> None:
    query = wire.history_page_query(None, from_ms=1_700_000_000_000, to_ms=1_700_100_000_000, page=1)
    assert "model_name" not in query
    assert query["from_date"] == "2023-11-14"
