"""Deadlines and errors of calls to Discord."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import discord
import pytest

from klapper.errors import DeliveryError
from klapper.messages.discord_errors import is_of_discord, reason_of
from klapper.messages.rest_calls import RestCalls


class Answer:
    """As much of a response as discord.py's errors look at."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.reason = "because"


def refused(status: int, code: int, message: str = "x", **body: object) -> discord.HTTPException:
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    return kinds.get(status, discord.HTTPException)(Answer(status), {"code": code, "message": message, **body})


GONE_REPLY = {"message_reference": {"_errors": [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]}}

REASONS: list[tuple[BaseException, str]] = [
    (refused(404, 10003), "channel_gone"),
    (refused(404, 10008), "card_deleted"),
    (refused(400, 50035, errors=GONE_REPLY), "card_deleted"),
    (refused(403, 50001), "forbidden"),
    (refused(403, 50013), "forbidden"),
    (refused(400, 50083), "archived"),
    (refused(404, 10004), "forbidden"),
    (refused(403, 0), "try_later"),
    (refused(403, 40333), "try_later"),
    (discord.Forbidden(Answer(403), "<html>blocked</html>"), "try_later"),
    (refused(413, 0), "too_large"),
    (refused(413, 40005), "too_large"),
    (refused(400, 40005), "too_large"),
    (refused(429, 30046), "too_old"),
    (refused(400, 30046), "too_old"),
    (refused(403, 50007), "dm_closed"),
    (refused(429, 0), "try_later"),
    (refused(500, 0), "try_later"),
    (refused(503, 0), "try_later"),
    (refused(401, 0), "try_later"),
    (refused(400, 50035), "try_later"),
    (discord.RateLimited(40.0), "try_later"),
    (TimeoutError(), "try_later"),
    (ConnectionResetError(), "try_later"),
    (aiohttp.ServerDisconnectedError(), "try_later"),
    (aiohttp.ClientPayloadError(), "try_later"),
]


@pytest.mark.parametrize(("error", "reason"), REASONS)
def test_every_error_of_discord_has_a_reason(error: BaseException, reason: str) -> None:
    assert reason_of(error) == reason


@pytest.mark.parametrize("error", [TypeError("x"), KeyError("x"), ValueError("x"), asyncio.CancelledError()])
def test_an_error_of_our_own_is_not_discords(error: BaseException) -> None:
    assert not is_of_discord(error)


async def fail(error: Exception) -> None:
    raise error


async def test_a_call_raises_in_the_ports_words() -> None:
    with pytest.raises(DeliveryError) as caught:
        await RestCalls()(fail(refused(404, 10008)), deadline_s=1)
    assert caught.value.reason == "card_deleted"


async def test_an_error_of_our_own_comes_through() -> None:
    with pytest.raises(TypeError):
        await RestCalls()(fail(TypeError("x")), deadline_s=1)


async def test_a_reason_that_is_known_already_stays() -> None:
    with pytest.raises(DeliveryError) as caught:
        await RestCalls()(fail(DeliveryError("media_gone")), deadline_s=1)
    assert caught.value.reason == "media_gone"


async def test_a_body_that_discord_refuses_is_logged_as_our_mistake(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(DeliveryError):
        await RestCalls()(fail(refused(400, 50035)), deadline_s=1)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_late_call_is_left_alone() -> None:
    open_, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        await open_.wait()
        ended.set()

    with pytest.raises(DeliveryError) as caught:
        await RestCalls()(slow(), deadline_s=0)
    assert caught.value.reason == "try_later"
    open_.set()
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_late_failure_bothers_nobody(caplog: pytest.LogCaptureFixture) -> None:
    open_ = asyncio.Event()

    async def slow() -> None:
        await open_.wait()
        raise ValueError("x")

    with pytest.raises(DeliveryError):
        await RestCalls()(slow(), deadline_s=0)
    open_.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert not caplog.records


async def test_edits_of_one_message_are_made_in_their_order_even_late() -> None:
    calls, open_, made = RestCalls(), asyncio.Event(), list[str]()

    async def edit(name: str, *, is_slow: bool) -> None:
        if is_slow:
            await open_.wait()
        made.append(name)

    with pytest.raises(DeliveryError):
        await calls(edit("old", is_slow=True), deadline_s=0, edits=1)
    newer = asyncio.ensure_future(calls(edit("new", is_slow=False), deadline_s=5, edits=1))
    await calls(edit("other message", is_slow=False), deadline_s=5, edits=2)
    open_.set()
    await newer
    assert made == ["other message", "old", "new"]


async def test_an_edit_that_would_overtake_a_late_one_is_not_made() -> None:
    calls, open_, made = RestCalls(), asyncio.Event(), list[str]()

    async def edit(name: str) -> None:
        await open_.wait()
        made.append(name)

    for name in ("first", "second"):
        with pytest.raises(DeliveryError) as caught:
            await calls(edit(name), deadline_s=0, edits=1)
        assert caught.value.reason == "try_later"
    open_.set()
    await calls(edit("third"), deadline_s=5, edits=1)
    assert made == ["first", "third"]


async def test_an_edit_that_is_cancelled_while_it_waits_is_not_made() -> None:
    calls, open_, made = RestCalls(), asyncio.Event(), list[str]()

    async def edit(name: str) -> None:
        await open_.wait()
        made.append(name)

    with pytest.raises(DeliveryError):
        await calls(edit("first"), deadline_s=0, edits=1)
    second = asyncio.ensure_future(calls(edit("second"), deadline_s=5, edits=1))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    open_.set()
    await calls(edit("third"), deadline_s=5, edits=1)
    assert made == ["first", "third"]
