"""What an upload came to: an address, a later try, or a refusal of the image; nothing is ever unclear."""

from __future__ import annotations

import json
from typing import Any

import pytest

from klapper.errors import NotTaken, PauseScope, ProviderRejected
from klapper.segmind.retry import Answered, Break, decide_upload

URL = "https://images.segmind.com/assets/1b2c.png"
HTML = b"<html>sorry</html>"


def said(text: str) -> bytes:
    return json.dumps({"error": text}).encode()


def stored(**answer: Any) -> Answered:
    return Answered(200, json.dumps(answer).encode())


STORED = {
    "as the SDK reads it": stored(file_urls=[URL], message="Files uploaded successfully"),
    "as the page shows it": stored(urls=[URL]),
    "both": stored(file_urls=[URL], urls=["https://images.segmind.com/other.png"]),
    "the first is nothing": stored(file_urls=[], urls=[URL]),
    "the first is none to pass on": stored(file_urls=["ftp://x/y"], urls=[URL]),
    "another good code": Answered(201, json.dumps({"file_urls": [URL]}).encode()),
}


@pytest.mark.parametrize("outcome", STORED.values(), ids=STORED.keys())
def test_the_address_is_found_in_every_known_shape(outcome: Answered) -> None:
    assert decide_upload(outcome) == URL


PASSED_ON = (
    "https://storage.segmind.com/assets/a.jpg?x=%20y",
    "https://[2001:db8::1]/a.png",
    "http://127.0.0.1:8080/a.png",
    "http://[::1]/a.png",
    "http://10.0.0.7/a.png",
    "http://localhost/a.png",
    "http://sandbox:8080/a.png",
    "https://images.segmind.com/" + "a" * 1973,
)


@pytest.mark.parametrize("url", PASSED_ON)
def test_a_safe_address_is_passed_on_as_it_came(url: str) -> None:
    assert decide_upload(stored(file_urls=[url])) == url


KEPT_BACK: tuple[Any, ...] = (
    "http://images.segmind.com/a.png",
    "http://8.8.8.8/a.png",
    "data:image/png;base64,AAAA",
    "file:///etc/passwd",
    "//images.segmind.com/a.png",
    "https:///a.png",
    "https://user@images.segmind.com/a.png",
    "https://images.segmind.com:port/a.png",
    "https://[images/a.png",
    "https://images.segmind.com/a b.png",
    "https://images.segmind.com/\n",
    "https://images.segmind.com/ä.png",
    "https://images.segmind.com/" + "a" * 1974,
    "",
    None,
    7,
    {"url": URL},
)


@pytest.mark.parametrize("url", KEPT_BACK, ids=repr)
def test_any_other_address_never_reaches_a_paid_request(url: Any) -> None:
    decision = decide_upload(stored(file_urls=[url]))
    assert isinstance(decision, NotTaken)
    assert decision.reason == "upload_failed"


LATER: list[tuple[Answered | Break, str, PauseScope, float | None]] = [
    (Answered(401, said("Unauthorized. API key is invalid")), "bad_key", PauseScope.ALL, None),
    (Answered(403, said("insufficient_scope")), "forbidden", PauseScope.MODEL, None),
    (Answered(406, said("Insufficient credits: balance 0.1")), "no_credits", PauseScope.ALL, None),
    (Answered(406, b""), "no_credits", PauseScope.ALL, None),
    (Answered(406, said("Team spend limit reached")), "team_limit", PauseScope.ALL, None),
    (Answered(429, said("rate_limit_exceeded"), 12.0), "rate_limited", PauseScope.NONE, 12.0),
    *((broken, "upload_failed", PauseScope.NONE, None) for broken in Break),
    (Answered(500, said("clean 500")), "upload_failed", PauseScope.NONE, None),
    (Answered(503, HTML, 30.0), "upload_failed", PauseScope.NONE, 30.0),
    (Answered(200, HTML), "upload_failed", PauseScope.NONE, None),
    (Answered(200, b""), "upload_failed", PauseScope.NONE, None),
    (Answered(200, b'{"file_urls":"https://x.example/"}'), "upload_failed", PauseScope.NONE, None),
    (Answered(302, b""), "upload_failed", PauseScope.NONE, None),
    (Answered(500, json.dumps({"file_urls": [URL]}).encode()), "upload_failed", PauseScope.NONE, None),
    (Answered(404, said("no such path")), "upload_failed", PauseScope.NONE, None),
    (Answered(405, HTML), "upload_failed", PauseScope.NONE, None),
    (Answered(410, said("moved")), "upload_failed", PauseScope.NONE, None),
]


@pytest.mark.parametrize(("outcome", "reason", "pause", "retry_after_s"), LATER)
def test_what_is_not_the_images_fault_is_tried_again(
    outcome: Answered | Break, reason: str, pause: PauseScope, retry_after_s: float | None
) -> None:
    decision = decide_upload(outcome)
    assert isinstance(decision, NotTaken)
    assert (decision.reason, decision.pause, decision.retry_after_s) == (reason, pause, retry_after_s)


REFUSED = [
    (Answered(400, said("not an image")), "image_refused", "not an image"),
    (Answered(413, HTML), "image_refused", ""),
    (Answered(415, said("unsupported media type")), "image_refused", "unsupported media type"),
    (Answered(422, said("too many pixels")), "image_refused", "too many pixels"),
    (Answered(406, said("type must be one of png, jpg")), "image_refused", "type must be one of png, jpg"),
    (Answered(406, said("Invalid content type")), "bad_request", "Invalid content type"),
]


@pytest.mark.parametrize(("outcome", "reason", "text"), REFUSED)
def test_a_refused_image_fails_its_job_with_segminds_own_words(outcome: Answered, reason: str, text: str) -> None:
    decision = decide_upload(outcome)
    assert isinstance(decision, ProviderRejected)
    assert (decision.reason, decision.pause, decision.text) == (reason, PauseScope.NONE, text)
    assert text in decision.sentence


def test_no_status_code_refuses_an_image_but_the_named_ones() -> None:
    refusing = {code for code in range(100, 600) if isinstance(decide_upload(Answered(code, b"")), ProviderRejected)}
    assert refusing == {400, 413, 415, 422}
