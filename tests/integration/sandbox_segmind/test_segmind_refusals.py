"""Requests that get no job: keys, content types, verbs, models, money, rates."""

from __future__ import annotations

import pytest

from sandbox.segmind import SandboxSegmind, SegmindControl
from tests.integration.sandbox_segmind.caller import PLAIN, TEXT, Caller

KEYED_PATHS = [
    "/v1/get-user-credits",
    "/v1/requests/some-id",
    "/v2/requests/some-id",
    "/v2/requests/some-id/status",
    "/inference-request/request-history",
    "/inference-request/request-history/some-id",
]


@pytest.mark.parametrize("path", KEYED_PATHS)
async def test_a_missing_key_is_a_401_that_says_so(caller: Caller, path: str) -> None:
    answer = await caller.get(path, headers={})
    assert (answer.status, answer.error) == (401, "Missing Authorization or x-api-key in header")


@pytest.mark.parametrize("path", KEYED_PATHS)
async def test_a_wrong_key_is_a_401(caller: Caller, path: str) -> None:
    answer = await caller.get(path, headers={"x-api-key": "SG_0000000000000000"})
    assert answer.status == 401


async def test_the_right_key_as_bearer_is_a_401(caller: Caller, server: SandboxSegmind) -> None:
    answer = await caller.submit(headers={"Authorization": f"Bearer {server.api_key}"})
    assert answer.status == 401
    assert answer.error.startswith("Unauthorized. API key is invalid or may have expired")


async def test_the_history_host_words_a_wrong_key_its_own_way(caller: Caller) -> None:
    answer = await caller.get("/inference-request/request-history", headers={"x-api-key": "SG_nothing"})
    assert answer.json["error"] == "invalid_api_key"
    assert answer.json["status_code"] == 401


async def test_a_revoked_key_works_again_once_it_is_restored(caller: Caller, control: SegmindControl) -> None:
    await control.change(key_revoked=True)
    assert (await caller.get("/v1/get-user-credits")).status == 401
    await control.change(key_revoked=False)
    assert (await caller.get("/v1/get-user-credits")).status == 200


def test_a_default_key_looks_like_segmind_s() -> None:
    key = SandboxSegmind().api_key
    assert key.startswith("SG_")
    assert len(key) == 19
    assert int(key[3:], 16) >= 0


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_wrong_content_type_is_a_406_with_the_documented_text(
    caller: Caller, server: SandboxSegmind, content_type: str
) -> None:
    headers = {"x-api-key": server.api_key, "Content-Type": content_type}
    answer = await caller.request("POST", f"/v2/{TEXT}", data=b'{"prompt": "p"}', headers=headers)
    assert (answer.status, answer.error) == (406, "Invalid content type")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"p"', b"null", b'{"prompt": "p", "cfg_scale": NaN}', b"\xff"])
async def test_a_body_that_is_no_json_object_is_a_400(caller: Caller, server: SandboxSegmind, body: bytes) -> None:
    headers = {"x-api-key": server.api_key, "Content-Type": "application/json; charset=utf-8"}
    answer = await caller.request("POST", f"/v2/{TEXT}", data=body, headers=headers)
    assert answer.status == 400


async def test_an_unknown_slug_is_a_404(caller: Caller) -> None:
    assert (await caller.submit(slug="kling-9")).status == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", f"/v2/{TEXT}"), ("POST", "/v2/requests/x/status"), ("DELETE", "/v2/requests/x")]
)
async def test_a_wrong_verb_is_answered_in_html(caller: Caller, method: str, path: str) -> None:
    answer = await caller.request(method, path)
    assert (answer.status, answer.content_type) == (405, "text/html")
    assert b"<html>" in answer.body


async def test_a_retired_model_is_a_410_and_the_others_go_on(caller: Caller, control: SegmindControl) -> None:
    await control.change(retired=[TEXT])
    assert (await caller.submit()).status == 410
    assert (await caller.submit({"prompt": "p"}, slug="kling-text2video")).status == 200


async def test_a_forbidden_model_is_a_403_and_the_others_go_on(caller: Caller, control: SegmindControl) -> None:
    await control.change(forbidden=[TEXT])
    assert (await caller.submit()).status == 403
    assert (await caller.submit({"prompt": "p"}, slug="kling-text2video")).status == 200


async def test_too_little_money_for_this_call_is_a_406_that_names_both_sums(
    caller: Caller, control: SegmindControl
) -> None:
    await control.set_balance(0.5)
    answer = await caller.submit()  # 3 s silent: 0.504
    assert answer.status == 406
    assert answer.error == "Insufficient credits. Your balance is $0.5000, this request needs $0.5040."
    assert (await caller.submit({"prompt": "p"}, slug="kling-text2video")).status == 200  # 0.28


async def test_money_for_exactly_this_call_is_enough(caller: Caller, control: SegmindControl) -> None:
    await control.set_balance(0.504)
    job = await caller.finished()
    assert job.charged_usd == 0.504
    assert (await control.settings()).balance_usd == 0


async def test_the_team_s_spend_limit_is_a_406_of_its_own(caller: Caller, control: SegmindControl) -> None:
    await control.change(team_limit_reached=True)
    answer = await caller.submit()
    assert answer.status == 406
    assert "Team spend limit" in answer.error


async def test_above_the_rate_every_keyed_request_is_a_429(caller: Caller, control: SegmindControl) -> None:
    await control.change(requests_per_minute=2)
    job_id = await caller.accepted()
    assert (await caller.status(job_id)).status == 200
    for answer in (await caller.submit(), await caller.status(job_id), await caller.get("/v1/get-user-credits")):
        assert (answer.status, answer.error) == (429, "rate_limit_exceeded")
    assert len(await control.jobs()) == 1


async def test_nothing_but_the_submit_makes_a_job_and_every_submit_makes_one(
    caller: Caller, control: SegmindControl
) -> None:
    first, second = await caller.accepted(), await caller.accepted()
    await caller.status(first)
    await caller.get("/v1/get-user-credits")
    assert [job.id for job in await control.jobs()] == [first, second]
    assert [entry.body for entry in await control.submits()] == [PLAIN, PLAIN]


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Host": "rebound.example"}])
async def test_the_console_is_no_web_sites(caller: Caller, headers: dict[str, str]) -> None:
    answer = await caller.request("PATCH", "/sandbox/settings", json={"speed": 60}, headers=headers)
    assert answer.status == 403
    assert (await caller.get("/sandbox/settings")).json["speed"] != 60
