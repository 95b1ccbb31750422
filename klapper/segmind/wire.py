"""Segmind's field names and what they mean. No other file knows them.

Sources: Segmind docs (async inference, segmind storage, account and billing) and the official SDK 1.3.0. The body is
read before the status code, because a job that failed comes as 422 with its reason. Unknown shapes are `Unreadable`,
with key names only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from klapper.segmind.answers import (
    Completed,
    Credits,
    CreditsAnswer,
    Failed,
    Gone,
    HistoryAnswer,
    HistoryPage,
    HistoryPageAnswer,
    HistoryRow,
    Metrics,
    Processing,
    Queued,
    Result,
    ResultAnswer,
    RowState,
    Status,
    Submitted,
    Unreadable,
)
from klapper.segmind.values import (
    clean_text,
    epoch_ms,
    json_object,
    micro_usd,
    number,
    passable_url,
    plain_object,
    seconds,
)

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
URL = re.compile(r"https?://[!-~]{1,2000}")
MAX_KEYS = 20
ROWS_PER_PAGE = 100  # the most that the history gives at once (SDK 1.3.0)
# Longer silence would let results expire, which live for an hour.
MAX_RETRY_AFTER_S = 300.0

STATES = frozenset({"QUEUED", "PROCESSING", "COMPLETED", "FAILED"})

# "Content / RAI blocks surface as FAILED, not a separate state" (Segmind docs), so only the words tell.
REFUSAL_WORDS = re.compile(
    r"\b(polic(?:y|ies)|(?<!case[ -])sensitive|risk|risky|safety|unsafe|moderat(?:ion|ed)|nsfw|rai|prohibited)\b",
    re.IGNORECASE,
)


def is_request_id(value: object) -> bool:
    """Whether this can be put into a path and a database: letters, digits and dashes, 8 to 64."""
    return isinstance(value, str) and REQUEST_ID.fullmatch(value) is not None


def is_content_refusal(text: str) -> bool:
    """Whether the words of a failure are about content rather than technique."""
    return REFUSAL_WORDS.search(text) is not None


def submitted(code: int, body: bytes) -> Submitted | None:
    """The id of a job that Segmind says it took; None when the answer does not say so."""
    answer = json_object(body)
    if answer is None or not is_request_id(answer.get("request_id")):
        return None
    # An error may carry an id for tracing; only a state of the job says that there is a job.
    taken = code < 300 or answer.get("status") in STATES
    return Submitted(answer["request_id"]) if taken else None


def around_image(media_type: str) -> tuple[bytes, bytes]:
    """What stands before and after the base64 of an image in the body of `POST /upload-asset`."""
    return f'{{"data_urls":["data:{media_type};base64,'.encode(), b'"]}'


def stored_image(code: int, body: bytes) -> str | None:
    """Where Segmind put an uploaded image; None when the answer names no address that may go into a request.

    The SDK reads `file_urls`, the page about storage shows `urls`.
    """
    answer = json_object(body)
    if answer is None or not 200 <= code < 300:
        return None
    named = (answer.get(key) for key in ("file_urls", "urls"))
    firsts = (urls[0] for urls in named if isinstance(urls, list) and urls)
    return next((url for first in firsts if (url := passable_url(first)) is not None), None)


def error_text(body: bytes) -> str:
    """Segmind's own words in an error envelope; empty when there are none."""
    answer = json_object(body)
    if answer is None:
        return ""
    texts = (clean_text(answer.get(key)) for key in ("error", "error_description", "message", "detail"))
    return next((text for text in texts if text), "")


def retry_after_s(headers: Mapping[str, str], now_ms: int) -> float | None:
    """How long Segmind asks to be left alone; it documents no header, so both known ones are tried."""
    wait_s = seconds(headers.get("Retry-After", ""))
    if wait_s is None:
        reset_ms = epoch_ms(headers.get("x-rate-limit-reset-at-utc", ""))
        wait_s = None if reset_ms is None else max(0.0, (reset_ms - now_ms) / 1000)
    return None if wait_s is None else min(wait_s, MAX_RETRY_AFTER_S)


def status(code: int, body: bytes, request_id: str) -> Status:
    """Answer of `GET /v2/requests/{id}/status`."""
    answer = _about(request_id, code, body)
    if not isinstance(answer, dict):
        return answer
    state = answer.get("status")
    if state == "COMPLETED":
        return Completed(_metrics(answer))
    return _failed(answer) if state == "FAILED" else _waiting(code, answer)


def result(code: int, body: bytes, request_id: str) -> ResultAnswer:
    """Answer of `GET /v2/requests/{id}`."""
    answer = _about(request_id, code, body)
    if not isinstance(answer, dict):
        return answer
    state = answer.get("status")
    if state == "COMPLETED":
        return Result(_media_url(answer), _metrics(answer), _keys(answer))
    return _failed(answer) if state == "FAILED" else _waiting(code, answer)


def history_row(code: int, body: bytes, request_id: str) -> HistoryAnswer:
    """Answer of `GET /inference-request/request-history/{id}`; the row alone or under `data`."""
    answer = json_object(body)
    row = _row(answer) if answer is not None else None
    if row is not None and code < 300:
        read = _history_row(row)
        is_other = isinstance(read, HistoryRow) and bare_id(read.request_id) != bare_id(request_id)
        return Unreadable("other_request") if is_other else read
    return Gone() if code == 404 and answer is not None else _unreadable(code, answer)


def history_page_query(slug: str | None, *, from_ms: int, to_ms: int, page: int) -> dict[str, str]:
    """The query of `GET /inference-request/request-history` for the days of these times; None: every model's."""
    model = {} if slug is None else {"model_name": slug}
    return model | {
        "from_date": _utc_day(from_ms),
        "to_date": _utc_day(to_ms),
        "page": str(page),
        "per_page": str(ROWS_PER_PAGE),
        "sort_by": "model_created",
        "sort_order": "desc",
    }


def history_page(code: int, body: bytes) -> HistoryPageAnswer:
    """Answer of `GET /inference-request/request-history`. A request with several outputs has a row for each."""
    answer = json_object(body)
    found = answer.get("data") if answer is not None else None
    if not isinstance(found, list) or code >= 300:
        return _unreadable(code, answer)
    objects = [row if isinstance(row, dict) else {} for row in found]
    read = [_history_row(row) for row in objects]
    rows = {bare_id(row.request_id): row for row in read if isinstance(row, HistoryRow)}
    unread = [row.get("request_id") for row, what in zip(objects, read, strict=True) if isinstance(what, Unreadable)]
    ids = tuple(str(id_) if is_request_id(id_) else "" for id_ in unread)
    return HistoryPage(tuple(rows.values()), is_last=len(found) < ROWS_PER_PAGE, unread=ids)


def credit_balance(code: int, body: bytes) -> CreditsAnswer:
    """Answer of `GET /v1/get-user-credits`; an account that never had credits answers 404."""
    answer = json_object(body)
    if code == 404 and "credits" in error_text(body).lower():
        return Credits(0, 0)
    spendable = number(answer.get("credits")) if answer is not None and code < 300 else None
    if answer is None or spendable is None:
        return _unreadable(code, answer)
    # A balance below zero is nothing to spend.
    return Credits(micro_usd(spendable) or 0, micro_usd(answer.get("free-credits")) or 0)


def _about(request_id: str, code: int, body: bytes) -> dict[str, Any] | Gone | Unreadable:
    answer = json_object(body)
    if answer is None:
        return _unreadable(code, answer)
    named = answer.get("request_id")
    if isinstance(named, str) and bare_id(named) != bare_id(request_id):
        return Unreadable("other_request")
    if code == 404 and answer.get("status") not in STATES:
        return Gone()
    return answer


def bare_id(request_id: str) -> str:
    """An id in one form: the history of some accounts shows ids without dashes (examples of the SDK)."""
    return request_id.replace("-", "").lower()


def _waiting(code: int, answer: dict[str, Any]) -> Queued | Processing | Unreadable:
    if code < 300 and answer.get("status") == "QUEUED":
        return Queued()
    if code < 300 and answer.get("status") == "PROCESSING":
        return Processing()
    return _unreadable(code, answer)


def _unreadable(code: int, answer: dict[str, Any] | None) -> Unreadable:
    kinds = {401: "bad_key", 429: "rate_limited"}
    if code in kinds:
        return Unreadable(kinds[code])
    if code >= 300:
        return Unreadable(f"http_{code}")
    return Unreadable("not_json") if answer is None else Unreadable("shape", _keys(answer))


def _keys(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(clean_text(key)[:40] for key in sorted(answer)[:MAX_KEYS])


def _failed(answer: Mapping[str, Any]) -> Failed:
    text = clean_text(answer.get("error"))
    return Failed(text, is_content_refusal(text), _metrics(answer))


def _metrics(answer: Mapping[str, Any]) -> Metrics:
    metrics = answer.get("metrics")
    if not isinstance(metrics, dict):
        return Metrics()
    return Metrics(
        total_time_s=seconds(metrics.get("total_time")),
        inference_time_s=seconds(metrics.get("inference_time")),
        queue_time_s=seconds(metrics.get("queue_time")),
        cost_micro_usd=micro_usd(metrics.get("cost")),
        remaining_micro_usd=micro_usd(metrics.get("remaining_credits")),
    )


def _media_url(answer: Mapping[str, Any]) -> str | None:
    return next((url for url in _media_candidates(answer) if _is_url(url)), None)


def _media_candidates(answer: Mapping[str, Any]) -> Iterator[Any]:
    """Where models put the URL, the likeliest place first."""
    video, output = answer.get("video"), answer.get("output")
    if isinstance(video, dict):
        yield video.get("url")
    yield output
    if isinstance(output, list) and output:
        yield output[0]
    if isinstance(output, dict):
        yield output.get("url")
        yield output.get("video_url")
    yield video


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and URL.fullmatch(value) is not None


def _row(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    held = answer.get("data", answer)
    row = held[0] if isinstance(held, list) and held else held
    return row if isinstance(row, dict) and "request_id" in row else None


def _utc_day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


def _history_row(row: Mapping[str, Any]) -> HistoryRow | Unreadable:
    state = _row_state(row.get("model_status", row.get("status")))
    named = row.get("request_id")
    if state is None or not is_request_id(named):
        return Unreadable("shape", _keys(row))
    text = clean_text(row.get("error"))
    url, latency_ms = row.get("generation_url"), seconds(row.get("latency_ms"))
    return HistoryRow(
        request_id=str(named),
        slug=clean_text(row.get("model_name")),
        state=state,
        media_url=url if _is_url(url) else None,
        cost_micro_usd=micro_usd(row.get("credits_deduction")),
        total_time_s=None if latency_ms is None else latency_ms / 1000,
        text=text,
        refused=is_content_refusal(text),
        sent=plain_object(row.get("request_body")),
        created_at_ms=epoch_ms(row.get("model_created", row.get("created_at"))),
    )


def _row_state(value: Any) -> RowState | None:
    # "status: One of COMPLETED, FAILED, PENDING" (SDK 1.3.0); the v2 words are taken as what they mean.
    states = {"QUEUED": RowState.PENDING, "PROCESSING": RowState.PENDING} | {s.name: s for s in RowState}
    return states.get(value.upper()) if isinstance(value, str) else None
