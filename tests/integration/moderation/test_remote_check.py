"""The contextual check over real HTTP: only a readable answer about everything is a yes, and nothing leaks."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import traceback
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from klapper.clock import SystemClock
from klapper.errors import CheckUnavailable
from klapper.moderation import wire
from klapper.moderation.contextual import CheckBounds, ImageFile
from klapper.moderation.policy import Verdict
from klapper.moderation.remembered import Remembered
from klapper.moderation.remote import MOST_ANSWER_BYTES, RemoteCheck
from tests.fakes import Activity, ManualClock
from tests.integration.moderation.moderation_server import (
    Fault,
    ModerationServer,
    endless,
    half_an_answer,
    hang_up,
    moderation_server,
    result,
    says,
    says_json,
    silence,
    status,
)

KEY = "check-key-0123456789"
FOX, FIGHT = "a fox in the snow", "a bloody fight"
NO_BOUNDS = CheckBounds({})
HOUR_S = 3600

MakeCheck = Callable[..., Any]


@pytest.fixture
async def server() -> AsyncIterator[ModerationServer]:
    async with moderation_server() as running:
        yield running


@pytest.fixture
async def clock() -> ManualClock:
    """For what is remembered; a second try waits for it only when the server says so."""
    return ManualClock(Activity())


@pytest.fixture
async def make(server: ModerationServer, clock: ManualClock) -> AsyncIterator[MakeCheck]:
    """`await make(...)` is an open check of this server; everything can be another."""
    async with AsyncExitStack() as stack:

        async def make_(bounds: CheckBounds = NO_BOUNDS, **more: Any) -> RemoteCheck:
            plain: dict[str, Any] = {
                "url": server.url,
                "api_key": KEY,
                "model": "omni-moderation-latest",
                "timeout_s": 5.0,
                "remembered": Remembered(clock, for_s=24 * HOUR_S),
                "clock": SystemClock(),
            }
            return await stack.enter_async_context(RemoteCheck(bounds=bounds, **plain | more))

        yield make_


@pytest.fixture
async def check(make: MakeCheck) -> RemoteCheck:
    opened = await make()
    assert isinstance(opened, RemoteCheck)
    return opened


class WatchedClock(ManualClock):
    """Says when somebody sleeps."""

    def __init__(self, activity: Activity) -> None:
        super().__init__(activity)
        self.asleep = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await super().sleep(seconds)


def image(folder: Path, data: bytes = b"\xff\xd8 a picture") -> ImageFile:
    sha256 = hashlib.sha256(data).hexdigest()
    (folder / sha256).write_bytes(data)
    return ImageFile(sha256, folder / sha256, "image/jpeg")


def url_of(data: bytes) -> str:
    return f"data:image/jpeg;base64,{b64encode(data).decode()}"


async def why_not(check: RemoteCheck, *texts: str, images: tuple[ImageFile, ...] = ()) -> str:
    """The reason why there is no answer; whatever shows of it holds neither the key nor what was asked."""
    with pytest.raises(CheckUnavailable) as caught:
        await check.judge(texts or (FOX,), images)
    shown = "".join(traceback.format_exception(caught.value)) + repr(check)
    assert KEY not in shown
    assert FOX not in str(caught.value)
    return caught.value.reason


# What is asked and what it means


async def test_a_harmless_text_meets_no_objection(server: ModerationServer, check: RemoteCheck) -> None:
    assert await check.judge((FOX, "rain"), ()) is None
    assert server.bodies == [{"model": "omni-moderation-latest", "input": [FOX, "rain"]}]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.headers[0]["content-type"] == "application/json"


async def test_an_endpoint_without_a_key_gets_none(server: ModerationServer, make: MakeCheck) -> None:
    await (await make(api_key="")).judge((FOX,), ())
    assert "authorization" not in server.headers[0]


async def test_a_flagged_category_refuses_and_is_named(server: ModerationServer, check: RemoteCheck) -> None:
    server.results[FIGHT] = result("violence", violence=0.9)
    decision = await check.judge((FOX, FIGHT), ())
    assert decision is not None
    assert (decision.verdict, decision.rule) == (Verdict.REFUSED, "remote:violence")
    assert decision.sentence == (
        "An automatic check objects to this request (violence): change the text or the images and ask again."
    )


async def test_a_threshold_below_the_endpoints_own_refuses_what_it_does_not_flag(
    server: ModerationServer, make: MakeCheck
) -> None:
    server.results[FIGHT] = result(violence=0.41)
    assert await (await make()).judge((FIGHT,), ()) is None
    decision = await (await make(CheckBounds({"violence": 0.4}))).judge((FIGHT,), ())
    assert decision is not None
    assert decision.rule == "remote:violence"


async def test_a_category_for_review_is_reviewed(server: ModerationServer, make: MakeCheck) -> None:
    server.results[FIGHT] = result("violence", violence=0.9)
    decision = await (await make(CheckBounds({}, frozenset({"violence"})))).judge((FIGHT,), ())
    assert decision is not None
    assert (decision.verdict, decision.rule) == (Verdict.REVIEW, "remote:violence")


async def test_an_image_is_sent_as_a_data_url_of_exactly_its_bytes(
    server: ModerationServer, check: RemoteCheck, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 3000  # longer than one piece, and no multiple of three
    assert await check.judge((), (image(tmp_path, data),)) is None
    [body] = server.bodies
    assert body["input"] == [{"type": "image_url", "image_url": {"url": url_of(data)}}]


async def test_every_image_is_judged_in_a_request_of_its_own(
    server: ModerationServer, check: RemoteCheck, tmp_path: Path
) -> None:
    images = tuple(image(tmp_path, f"picture {n}".encode()) for n in range(6))
    server.results[url_of(b"picture 5")] = result("sexual", sexual=0.8)
    decision = await check.judge((FOX,), images)
    assert decision is not None
    assert decision.rule == "remote:sexual"
    assert server.asked == 7


# No answer is no


FAULTS: list[tuple[str, list[Fault]]] = [
    ("server_error", [status(500), status(500)]),
    ("server_error", [status(429), status(503)]),
    ("rate_limited", [status(429), status(429)]),
    ("rate_limited", [status(429, retry_after="60")]),
    ("bad_key", [status(401)]),
    ("bad_key", [status(403)]),
    ("not_taken", [status(400)]),
    ("not_taken", [status(204)]),
    ("redirect", [status(307, Location="/v1/elsewhere")]),
    ("unreadable", [says("<html>down for maintenance</html>", "text/html")]),
    ("unreadable", [says("")]),
    ("unreadable", [says(b"\xff\xfe")]),
    ("unreadable", [says_json({"results": []})]),
    ("unreadable", [says_json({"results": [result(), result()]})]),
    ("unreadable", [says_json({"results": [{"flagged": False}]})]),
    ("unreadable", [says_json({"results": [{**result(), "flagged": "false"}]})]),
    ("unreadable", [says_json({"results": [{**result(), "categories": {}}]})]),
    ("unreadable", [says_json({"results": [{**result(), "categories": {"@everyone **": False}}]})]),
    ("unreadable", [says_json({"results": [{**result(), "category_scores": {"violence": "0.1"}}]})]),
    ("unreadable", [says_json({"results": [{**result(), "category_scores": {"violence": -1}}]})]),
    (
        "unreadable",
        [says('{"results": [{"flagged": false, "categories": {"a": false}, "category_scores": {"a": NaN}}]}')],
    ),
    ("unreadable", [says_json([result()])]),
    ("too_large", [endless]),
    ("too_large", [says(" " * (MOST_ANSWER_BYTES + 1))]),
    ("unreachable", [hang_up]),
]


@pytest.mark.parametrize(("reason", "faults"), FAULTS)
async def test_what_is_no_answer_is_never_a_yes(
    server: ModerationServer, check: RemoteCheck, reason: str, faults: list[Fault]
) -> None:
    server.faults.extend(faults)
    assert await why_not(check) == reason
    assert server.asked == len(faults)


@pytest.mark.parametrize("fault", [silence, half_an_answer], ids=["silence", "half an answer"])
async def test_an_answer_that_does_not_come_is_given_up(
    server: ModerationServer, make: MakeCheck, fault: Fault
) -> None:
    server.faults.append(fault)
    assert await why_not(await make(timeout_s=0.05)) == "timeout"


async def test_nobody_listening_is_no_answer(make: MakeCheck) -> None:
    assert await why_not(await make(url="http://127.0.0.1:9/v1/moderations")) == "unreachable"


async def test_one_image_without_an_answer_is_enough(
    server: ModerationServer, check: RemoteCheck, tmp_path: Path
) -> None:
    await check.judge((FOX,), ())
    server.faults.append(status(400))
    assert await why_not(check, images=(image(tmp_path),)) == "not_taken"


async def test_an_image_that_is_gone_is_no_answer(server: ModerationServer, check: RemoteCheck, tmp_path: Path) -> None:
    lost = ImageFile("0" * 64, tmp_path / "lost", "image/png")
    assert await why_not(check, images=(lost,)) == "image_lost"


async def test_an_image_larger_than_the_endpoint_takes_is_not_sent(
    server: ModerationServer, check: RemoteCheck, tmp_path: Path
) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(wire.MOST_IMAGE_BYTES + 1)
    assert await why_not(check, images=(ImageFile("0" * 64, tmp_path / "large", "image/png"),)) == "image_too_large"
    assert all(isinstance(part, str) for body in server.bodies for part in body["input"])


async def test_a_category_with_a_threshold_and_no_score_is_no_answer(make: MakeCheck) -> None:
    assert await why_not(await make(CheckBounds({"violance": 0.5}))) == "no_score"
    assert await why_not(await make(CheckBounds({"illicit": 0.5}))) == "no_score"


# A second try


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_a_second_try_may_answer(server: ModerationServer, check: RemoteCheck, code: int) -> None:
    server.faults.append(status(code))
    assert await check.judge((FOX,), ()) is None
    assert server.asked == 2
    assert server.bodies[0] == server.bodies[1]


async def test_the_pause_before_it_is_the_endpoints(server: ModerationServer, make: MakeCheck) -> None:
    clock = WatchedClock(Activity())
    check = await make(clock=clock)
    server.faults.append(status(429, retry_after="3"))
    judging = asyncio.create_task(check.judge((FOX,), ()))
    await clock.asleep.wait()
    await clock.advance(2.9)
    assert server.asked == 1
    await clock.advance(0.2)
    assert await judging is None
    assert server.asked == 2


# What is remembered


async def test_what_was_answered_is_not_asked_again(
    server: ModerationServer, check: RemoteCheck, tmp_path: Path
) -> None:
    server.results[FIGHT] = result("violence", violence=0.9)
    first = await check.judge((FOX, FIGHT), (image(tmp_path),))
    assert await check.judge((FIGHT, FOX), (image(tmp_path),)) == first
    assert server.asked == 2


async def test_any_other_text_or_image_is_asked_about(
    server: ModerationServer, check: RemoteCheck, tmp_path: Path
) -> None:
    await check.judge((FOX,), (image(tmp_path),))
    await check.judge((FOX, f"{FOX} "), (image(tmp_path, b"another"),))
    assert [body["input"] for body in server.bodies if isinstance(body["input"][0], str)] == [[FOX], [f"{FOX} "]]
    assert server.asked == 4


async def test_an_answer_is_forgotten_after_its_time(
    server: ModerationServer, check: RemoteCheck, clock: ManualClock
) -> None:
    await check.judge((FOX,), ())
    await clock.jump(24 * HOUR_S - 1)
    await check.judge((FOX,), ())
    assert server.asked == 1
    await clock.jump(1)
    await check.judge((FOX,), ())
    assert server.asked == 2


@pytest.mark.parametrize("other", [{"model": "another"}, {"bounds": CheckBounds({"violence": 0.5})}])
async def test_another_model_or_threshold_asks_anew(
    server: ModerationServer, make: MakeCheck, clock: ManualClock, other: dict[str, Any]
) -> None:
    remembered = Remembered(clock, for_s=HOUR_S)
    await (await make(remembered=remembered)).judge((FOX,), ())
    await (await make(remembered=remembered, **other)).judge((FOX,), ())
    assert server.asked == 2


async def test_a_failure_is_not_remembered(server: ModerationServer, check: RemoteCheck) -> None:
    server.faults.append(status(400))
    await why_not(check)
    assert await check.judge((FOX,), ()) is None


# Nothing leaks


async def test_neither_key_nor_texts_are_logged(
    server: ModerationServer, check: RemoteCheck, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in (status(401), hang_up, says("<html>")):
        server.faults.append(fault)
        await why_not(check)
    await check.judge((FOX,), (image(tmp_path),))
    said = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert KEY not in said
    assert FOX not in said
    assert "base64" not in said


async def test_a_redirect_takes_nothing_along(server: ModerationServer, check: RemoteCheck) -> None:
    server.faults.append(status(302, Location=f"{server.url}/elsewhere"))
    await why_not(check)
    assert server.paths == ["/v1/moderations"]


async def test_a_cancelled_question_ends_at_once(server: ModerationServer, check: RemoteCheck) -> None:
    arrived = asyncio.Event()

    async def stay(request: Any) -> Any:
        arrived.set()
        return await silence(request)

    server.faults.append(stay)
    judging = asyncio.create_task(check.judge((FOX,), ()))
    await arrived.wait()
    judging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await judging
