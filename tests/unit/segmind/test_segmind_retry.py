"""What a submit came to: exactly the edges that leave `sending`."""

from __future__ import annotations

import json

import pytest

from klapper.errors import NotTaken, OutcomeUnknown, PauseScope, ProviderRejected
from klapper.segmind.answers import Submitted
from klapper.segmind.retry import Answered, Break, decide_submit

ID = "2c7f59ea-13f1-402c-9353-915a2b5a2124"
HTML = b"<html>sorry</html>"


def said(text: str) -> bytes:
    return json.dumps({"error": text}).encode()


NOT_TAKEN: list[tuple[Answered | Break, str, PauseScope, float | None]] = [
    (Break.NOT_CONNECTED, "unreachable", PauseScope.NONE, None),
    (Answered(429, said("rate_limit_exceeded")), "rate_limited", PauseScope.NONE, None),
    (Answered(429, HTML, 12.0), "rate_limited", PauseScope.NONE, 12.0),
    (Answered(401, said("Unauthorized. API key is invalid or may have expired...")), "bad_key", PauseScope.ALL, None),
    (Answered(401, b""), "bad_key", PauseScope.ALL, None),
    (Answered(403, said("insufficient_scope")), "forbidden", PauseScope.MODEL, None),
    (Answered(406, said("Insufficient credits: balance 0.1, needs 1.05")), "no_credits", PauseScope.ALL, None),
    (Answered(406, said("Not enough balance")), "no_credits", PauseScope.ALL, None),
    (Answered(406, b""), "no_credits", PauseScope.ALL, None),
    (Answered(406, said("Team spend limit reached")), "team_limit", PauseScope.ALL, None),
    (Answered(406, said("Spending limit of your team: no credits left")), "team_limit", PauseScope.ALL, None),
]


@pytest.mark.parametrize(("outcome", "reason", "pause", "retry_after_s"), NOT_TAKEN)
def test_a_job_that_was_provably_not_taken_goes_back_to_waiting(
    outcome: Answered | Break, reason: str, pause: PauseScope, retry_after_s: float | None
) -> None:
    decision = decide_submit(outcome)
    assert isinstance(decision, NotTaken)
    assert (decision.reason, decision.pause, decision.retry_after_s) == (reason, pause, retry_after_s)


REJECTED: list[tuple[Answered, str, PauseScope, str]] = [
    (Answered(400, said("prompt is required")), "bad_request", PauseScope.NONE, "prompt is required"),
    (Answered(404, said("no such model")), "unknown_model", PauseScope.NONE, "no such model"),
    (
        Answered(406, said("duration must be one of 5, 10")),
        "bad_parameter",
        PauseScope.NONE,
        "duration must be one of 5, 10",
    ),
    (Answered(406, said("Invalid content type")), "bad_request", PauseScope.NONE, "Invalid content type"),
    (Answered(410, said("model retired")), "retired", PauseScope.MODEL, "model retired"),
    (Answered(400, HTML), "bad_request", PauseScope.NONE, ""),
]


@pytest.mark.parametrize(("outcome", "reason", "pause", "text"), REJECTED)
def test_a_refused_job_fails_with_segminds_own_words(
    outcome: Answered, reason: str, pause: PauseScope, text: str
) -> None:
    decision = decide_submit(outcome)
    assert isinstance(decision, ProviderRejected)
    assert (decision.reason, decision.pause, decision.text) == (reason, pause, text)
    assert text in decision.sentence


UNKNOWN: list[tuple[Answered | Break, str]] = [
    (Break.BROKEN, "connection_broken"),
    (Break.TIMEOUT, "timeout"),
    (Answered(200, HTML), "unreadable_answer"),
    (Answered(200, b""), "unreadable_answer"),
    (Answered(200, b'{"request_id":"no"}'), "unreadable_answer"),
    (Answered(500, said("clean 500")), "http_500"),
    (Answered(502, HTML), "http_502"),
    (Answered(504, b""), "http_504"),
    (Answered(500, json.dumps({"request_id": ID, "error": "x"}).encode()), "http_500"),
    (Answered(302, b""), "http_302"),
    (Answered(405, HTML), "http_405"),
    (Answered(408, b""), "http_408"),
    (Answered(413, b""), "http_413"),
    (Answered(422, said("unprocessable")), "http_422"),
]


@pytest.mark.parametrize(("outcome", "reason"), UNKNOWN)
def test_everything_else_is_unknown(outcome: Answered | Break, reason: str) -> None:
    decision = decide_submit(outcome)
    assert isinstance(decision, OutcomeUnknown)
    assert decision.reason == reason


@pytest.mark.parametrize("code", [200, 202, 502])
def test_an_answer_that_names_the_queued_job_is_news_under_any_code(code: int) -> None:
    outcome = Answered(code, json.dumps({"request_id": ID, "status": "QUEUED"}).encode())
    assert decide_submit(outcome) == Submitted(ID)


def test_no_status_code_leads_back_to_waiting_but_the_named_ones() -> None:
    back = {code for code in range(100, 600) if isinstance(decide_submit(Answered(code, b"")), NotTaken)}
    assert back == {401, 403, 406, 429}
