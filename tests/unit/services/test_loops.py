"""The small parts that keep the loops running: alarm, supervisor, shelf."""

from __future__ import annotations

import asyncio
import os
from itertools import pairwise
from pathlib import Path

import pytest

from klapper.services.alarm import Alarm
from klapper.services.media_shelf import MediaShelf
from klapper.services.supervisor import CALM_AFTER_S, LONGEST_REST_S, supervise
from tests.fakes import Activity, ManualClock

DAY_S = 86400


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(Activity())


# Alarm


async def waits(clock: ManualClock, alarm: Alarm, seconds: float | None) -> asyncio.Task[None]:
    waiting = asyncio.create_task(alarm.wait(seconds))
    await clock.advance(0)
    return waiting


async def test_a_wait_ends_with_its_time(clock: ManualClock) -> None:
    waiting = await waits(clock, Alarm(clock), 5)
    await clock.advance(4.9)
    assert not waiting.done()
    await clock.advance(0.1)
    assert waiting.done()


@pytest.mark.parametrize("seconds", [5, None])
async def test_a_wait_ends_with_the_news(clock: ManualClock, seconds: float | None) -> None:
    alarm = Alarm(clock)
    waiting = await waits(clock, alarm, seconds)
    assert not waiting.done()
    alarm.ring()
    await clock.advance(0)
    assert waiting.done()


async def test_news_before_the_wait_are_not_missed_and_news_before_the_look_are(clock: ManualClock) -> None:
    alarm = Alarm(clock)
    alarm.ring()
    assert (await waits(clock, alarm, None)).done()
    alarm.clear()
    waiting = await waits(clock, alarm, None)
    assert not waiting.done()
    waiting.cancel()
    await clock.advance(0)


async def test_a_cancelled_wait_leaves_nothing_behind(clock: ManualClock) -> None:
    before = asyncio.all_tasks()
    waiting = await waits(clock, Alarm(clock), 5)
    waiting.cancel()
    await clock.advance(0)
    assert asyncio.all_tasks() == before


# Supervisor


async def test_a_loop_that_crashes_or_ends_is_started_again_after_growing_rests(clock: ManualClock) -> None:
    starts: list[float] = []
    crashes: list[str] = []

    async def loop() -> None:
        starts.append(clock.monotonic_s())
        if len(starts) % 2:
            raise ZeroDivisionError

    task = asyncio.create_task(supervise("cards", loop, clock=clock, crashed=crashes.append))
    await clock.advance(300)
    rests = [later - earlier for earlier, later in pairwise(starts)]
    assert rests[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(rests[6:]) == {LONGEST_REST_S}
    assert set(crashes) == {"cards"}
    assert abs(2 * len(crashes) - len(starts)) <= 1
    task.cancel()
    await clock.advance(0)


async def test_a_loop_that_was_healthy_for_long_is_started_again_soon(clock: ManualClock) -> None:
    starts: list[float] = []

    async def loop() -> None:
        starts.append(clock.monotonic_s())
        if len(starts) == 8:
            await clock.sleep(CALM_AFTER_S + 1)
        raise ZeroDivisionError

    task = asyncio.create_task(supervise("cards", loop, clock=clock, crashed=lambda _: None))
    await clock.advance(1000)
    assert starts[8] - starts[7] == CALM_AFTER_S + 1 + 1
    task.cancel()
    await clock.advance(0)


async def test_cancelling_ends_a_supervised_loop(clock: ManualClock) -> None:
    task = asyncio.create_task(supervise("cards", lambda: clock.sleep(1e6), clock=clock, crashed=lambda _: None))
    await clock.advance(1)
    task.cancel()
    await clock.advance(0)
    assert task.cancelled()


# Shelf


def test_only_old_clips_that_nobody_needs_are_swept(tmp_path: Path, clock: ManualClock) -> None:
    shelf = MediaShelf(tmp_path / "media", keep_days=7, clock=clock)
    now_s = clock.now_ms() / 1000
    for name, age_days in {"old": 8, "needed": 8, "young": 6}.items():
        shelf.path(name).write_bytes(b"clip")
        os.utime(shelf.path(name), (now_s, now_s - age_days * DAY_S))
    assert shelf.sweep(["needed"]) == 1
    assert {name: shelf.size_bytes(name) for name in ("old", "needed", "young")} == {
        "old": None,
        "needed": 4,
        "young": 4,
    }


def test_sweeping_an_empty_shelf_is_nothing(tmp_path: Path, clock: ManualClock) -> None:
    assert MediaShelf(tmp_path / "media", keep_days=7, clock=clock).sweep([]) == 0
