"""Whenever the process dies and whichever answer is lost: one visible clip, one refund, one ping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from klapper.errors import DeliveryError
from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.jobs.store import Changes
from klapper.services.views import MoneyState
from tests.unit.services.brought import LOOPS, finished, outcome, the_clip
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import World, tiny_clip

S = JobStatus
DELIVERED, UNDELIVERABLE = DeliveryState.DELIVERED, DeliveryState.UNDELIVERABLE
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 1_000_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )


@pytest.mark.parametrize("method", ["edit_card", "reply_with_clip", "send_clip"])
@pytest.mark.parametrize("wait_s", [0, 600], ids=["asked again at once", "asked again when the nonce is forgotten"])
async def test_a_lost_answer_does_not_show_the_clip_twice(world: World, method: str, wait_s: float) -> None:
    job = await finished(world)
    lost = {"edit_card": None, "reply_with_clip": "too_old", "send_clip": "card_deleted"}[method]
    if lost:
        world.messenger.errors["edit_card"].append((lost, "before"))
    world.messenger.errors[method].append(("try_later", "after"))
    await world.start("delivery")
    if wait_s:
        await world.kill()
        await world.clock.jump(wait_s)
        await world.start("delivery")
    await world.advance(30)
    assert (await world.delivery(job.job_id)).state is DELIVERED
    the_clip(world, job)


@pytest.mark.parametrize("then", ["too_old", "archived", "forbidden"])
@pytest.mark.parametrize("limit", [10_000_000, 10], ids=["as a file", "as a link"])
async def test_a_clip_that_is_in_the_card_although_the_answer_was_lost_goes_nowhere_else(
    world: World, then: str, limit: int
) -> None:
    world.messenger.said_limit_bytes = limit
    job = await finished(world)
    world.messenger.errors["edit_card"].extend([("try_later", "after"), (then, "before")])
    await world.start("delivery")
    await world.advance(30)
    assert await outcome(world, job) == (DELIVERED, "attached" if limit > 10 else "linked")
    assert the_clip(world, job).kind == "card"


@pytest.mark.parametrize("limit", [10_000_000, 10], ids=["as a file", "as a link"])
async def test_a_reply_that_woke_its_thread_although_the_answer_was_lost_keeps_the_clip_out_of_the_card(
    world: World, limit: int
) -> None:
    world.messenger.said_limit_bytes = limit
    job = await finished(world)
    world.messenger.errors["edit_card"].append(("archived", "before"))
    world.messenger.errors["reply_with_clip"].append(("try_later", "after"))
    await world.start("delivery")
    await world.advance(30)
    assert await outcome(world, job) == (DELIVERED, "replied")
    assert the_clip(world, job).kind == "clip"


async def test_a_clip_in_the_dm_although_the_answer_was_lost_is_not_shown_in_a_channel_that_opens_again(
    world: World,
) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].append(("forbidden", "before"))
    world.messenger.errors["send_clip"].append(("try_later", "after"))
    await world.start("delivery")
    await world.advance(30)
    assert await outcome(world, job) == (DELIVERED, "dm")
    assert the_clip(world, job).kind == "clip"


# Crashes


async def to_the_card(world: World, job: Job) -> None:
    """Nothing in the way."""


async def to_a_reply(world: World, job: Job) -> None:
    world.messenger.refuse_old_edits = True
    await world.clock.jump(2 * HOUR_S)


async def to_the_dm(world: World, job: Job) -> None:
    world.messenger.vanish(world.messenger.cards(job.job_id)[0].ref)


@pytest.mark.parametrize("down_s", [0, 600], ids=["back at once", "back when nonces are forgotten"])
@pytest.mark.parametrize("way", [to_the_card, to_a_reply, to_the_dm])
async def test_a_process_killed_at_any_await_shows_the_clip_once(world: World, way: Any, down_s: float) -> None:
    n, was_killed = 0, True
    while was_killed:
        n += 1
        job = await world.sent(f"{n}")
        await world.klapper.board.ensure_placed(job.job_id)
        await way(world, job)
        assert job.request_id is not None
        url = world.provider.jobs[job.request_id].url
        await world.move(job, S.SUCCEEDED, reason="completed", changes=Changes(media_url=url))
        was_killed = await world.killed_at(n, 2, *LOOPS)
        await world.clock.jump(down_s)
        await world.start(*LOOPS)
        await world.advance(20)
        assert (await world.delivery(job.job_id)).state is DELIVERED, n
        assert the_clip(world, job).clip == world.provider.clip, n
        assert len(world.messenger.pings(job.job_id)) == (0 if way is to_the_dm else 1), n
        await world.kill()
    assert n > 50


Setting = Callable[[World], None]


def too_large(world: World) -> None:
    """Discord says so, and the clip is not even tried."""
    world.messenger.said_limit_bytes = 1000


def too_large_twice(world: World) -> None:
    """Discord says nothing of the sort, and refuses the clip and the first copy."""
    world.messenger.real_limit_bytes = 400


def not_played(world: World) -> None:
    world.provider.clip = tiny_clip("mpeg4")


def no_copy_of_it(world: World) -> None:
    """Small enough, and neither played nor converted."""
    not_played(world)
    world.copies.errors.extend([DeliveryError("copy_failed")] * 1000)


COPIES: list[tuple[Setting, Any, float, CopyState]] = [  # how long the process is down: at last, nonces are forgotten
    (too_large, to_the_card, 0, CopyState.SMALLER),
    (too_large, to_the_card, 600, CopyState.SMALLER),
    (too_large, to_a_reply, 600, CopyState.SMALLER),
    (too_large, to_the_dm, 600, CopyState.SMALLER),
    (too_large_twice, to_the_card, 600, CopyState.SMALLER),
    (not_played, to_the_card, 600, CopyState.CONVERTED),
    (no_copy_of_it, to_the_card, 600, CopyState.FAILED),
]


@pytest.mark.parametrize(
    ("setting", "way", "down_s", "copy"),
    COPIES,
    ids=[f"{setting.__name__}-{way.__name__}-{down_s}" for setting, way, down_s, _ in COPIES],
)
async def test_a_process_killed_at_any_third_await_of_a_copy_shows_one_clip(
    world: World, setting: Setting, way: Any, down_s: float, copy: CopyState
) -> None:
    setting(world)
    world.copies.take_s = 0.5
    n, was_killed = 0, True
    while was_killed:
        n += 3  # the simulator dies at all of them, now and then
        await world.execute("DELETE FROM guild_limits")  # every job meets the refusals anew
        job = await world.sent(f"{n}")
        await world.klapper.board.ensure_placed(job.job_id)
        await way(world, job)
        assert job.request_id is not None
        url = world.provider.jobs[job.request_id].url
        await world.move(job, S.SUCCEEDED, reason="completed", changes=Changes(media_url=url))
        was_killed = await world.killed_at(n, 5, *LOOPS)
        await world.clock.jump(down_s)
        await world.start(*LOOPS)
        await world.advance(30)
        delivery = await world.delivery(job.job_id)
        assert (delivery.state, delivery.copy) == (DELIVERED, copy), n
        shown = the_clip(world, job).clip
        assert shown is not None, n
        assert shown.startswith(b"copy") == (copy is not CopyState.FAILED), n
        assert len(world.messenger.pings(job.job_id)) == (0 if way is to_the_dm else 1), n
        assert world.copies.at_once == 0, n
        await world.kill()
    assert n > 50


async def test_a_process_killed_at_any_await_refunds_a_lost_clip_once_and_never_says_so_before(world: World) -> None:
    n, was_killed = 0, True
    while was_killed:
        n += 1
        job = await world.sent(f"{n}")
        await world.klapper.board.ensure_placed(job.job_id)
        await world.move(job, S.SUCCEEDED, reason="completed")  # Segmind named no clip
        was_killed = await world.killed_at(n, 2, *LOOPS)
        said = [
            m for m in world.messenger.messages if m.job_id == job.job_id and m.view.money.state is MoneyState.REFUNDED
        ]
        assert not said or (await world.view(job.job_id)).money.state is MoneyState.REFUNDED, n
        await world.start(*LOOPS)
        await world.advance(20)
        assert await outcome(world, job) == (UNDELIVERABLE, "no_media"), n
        [card] = world.messenger.cards(job.job_id)
        assert card.view.money.state is MoneyState.REFUNDED, n
        assert len(world.messenger.pings(job.job_id)) == 1, n
        await world.kill()
    assert (await world.balance()).held == 0
    assert (await world.balance()).available == 1_000_000
